package storage

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
)

// support is what a server does with a header.
type support int

const (
	honoured support = iota
	ignored          // accepted without effect
	refused          // the request fails
)

// capabilities are the differences between servers that change what we send.
// The zero value is what AWS does, except for versions. docs/storage.md lists
// them by product.
type capabilities struct {
	conditionalPut support // If-None-Match on PUT
	copyCondition  support // x-amz-copy-source-if-match; refused also where CopyObject is
	noChecksum     bool    // x-amz-checksum-sha256 on PUT is refused
	versions       bool    // a deleted object stays as an older version
}

// How long a failed attempt to learn holds, and how long one may take.
const (
	learnPause   = 30 * time.Second
	learnTimeout = 10 * time.Second
)

// learner keeps what was learned of the server for the life of the process.
type learner struct {
	mu    sync.Mutex
	known bool
	caps  capabilities
	tried time.Time
}

// learned returns the server's capabilities, which the first call finds out
// with a few small objects under incoming/. While the server cannot be
// reached, it assumes those of AWS.
func (b *Bucket) learned(ctx context.Context) capabilities {
	b.learner.mu.Lock()
	defer b.learner.mu.Unlock()
	if b.learner.known || time.Since(b.learner.tried) < learnPause {
		return b.learner.caps
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), learnTimeout)
	defer cancel()
	caps, err := b.learn(ctx)
	b.learner.tried = time.Now()
	if err == nil {
		b.learner.caps, b.learner.known = caps, true
	}
	return b.learner.caps
}

// learn tries the server. An error means that it gave no usable answer.
func (b *Bucket) learn(ctx context.Context) (c capabilities, err error) {
	prefix := media.IncomingPrefix(".check-" + rand.Text())
	from, to := prefix+"from", prefix+"to"
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shortTimeout)
		defer cancel()
		for _, key := range []string{from, to} {
			_ = b.deleteOne(ctx, key, "") // fails only where the server does
		}
		if err == nil {
			c.versions, err = b.keepsVersions(ctx, prefix)
		}
		if err == nil && c.versions {
			_, err = b.deleteVersions(ctx, prefix)
		}
	}()
	if err = b.learnPut(ctx, from, &c); err != nil {
		return c, err
	}
	switch err := b.copy(ctx, from, "0123456789abcdef0123456789abcdef", to); {
	case fault.Is(err, errChanged.Code):
		c.copyCondition = honoured
	case err == nil:
		c.copyCondition = ignored
	case isRefusal(err):
		c.copyCondition = refused
	default:
		return c, err
	}
	return c, nil
}

// learnPut leaves an object at key.
func (b *Bucket) learnPut(ctx context.Context, key string, c *capabilities) error {
	var err error
	for _, try := range []capabilities{
		{}, {noChecksum: true}, {conditionalPut: refused}, {noChecksum: true, conditionalPut: refused},
	} {
		if err = b.putSmall(ctx, key, try); !isRefusal(err) {
			*c = try
			break
		}
	}
	if err != nil || c.conditionalPut == refused {
		return err
	}
	switch err := b.putSmall(ctx, key, *c); {
	case err == nil:
		c.conditionalPut = ignored
	case !fault.Is(err, errExists.Code):
		return err
	}
	return nil
}

// probeBody is what probes and tests of the server write.
var probeBody = []byte("storyreel probe\n")

// putSmall writes probeBody with the headers that the server supports.
func (b *Bucket) putSmall(ctx context.Context, key string, c capabilities) error {
	in := &s3.PutObjectInput{
		Bucket: &b.name, Key: &key, Body: bytes.NewReader(probeBody), ContentType: aws.String("text/plain"),
		CacheControl: aws.String("no-store"),
	}
	if c.conditionalPut != refused {
		in.IfNoneMatch = aws.String("*")
	}
	if !c.noChecksum {
		sum := sha256.Sum256(probeBody)
		in.ChecksumSHA256 = aws.String(base64.StdEncoding.EncodeToString(sum[:]))
	}
	_, err := b.client.PutObject(ctx, in)
	return failure("put probe", err, errExists)
}

// isRefusal reports whether the server understood the request and will not do
// it, so that another form of it is worth trying.
func isRefusal(err error) bool {
	return fault.Is(err, errUnsupported.Code) || fault.Is(err, errRefused.Code)
}
