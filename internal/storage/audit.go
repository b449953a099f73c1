package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

var errTooLong = errors.New("the object is longer than expected")

// Read returns the bytes of an object. A missing one is fault.NotFound
// "object.missing", and one of more than limit bytes is an
// error.
func (b *Bucket) Read(ctx context.Context, key string, limit int64) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, shortTimeout)
	defer cancel()
	out, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: &key})
	if err != nil {
		return nil, failure("read object", err, nil)
	}
	defer out.Body.Close()
	data, err := io.ReadAll(io.LimitReader(out.Body, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read object: %w", errUnavailable.Because(err))
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("read object: %w", errTooLong)
	}
	return data, nil
}

// Sum returns the SHA-256 of an object's bytes, in lower-case hex, which are
// kept nowhere. Its errors are those of Fetch.
func (b *Bucket) Sum(ctx context.Context, key, etag string) (string, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stall := time.AfterFunc(b.stall, cancel)
	defer stall.Stop()
	out, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: &key, IfMatch: quote(etag)})
	if err != nil {
		return "", failure("read object", err, errChanged)
	}
	defer out.Body.Close()
	sum, n, err := copyAndHash(io.Discard, &stallReader{out.Body, stall, b.stall})
	if want := out.ContentLength; err == nil && want != nil && *want != n {
		err = fmt.Errorf("read object: %w", errUnavailable.Because(io.ErrUnexpectedEOF))
	}
	return sum, err
}

// Unsigned sends a request without a signature for the first byte of an object
// to each address by which it might be read, and returns the statuses, 0 for no
// answer. The last is that of PublicURL.
func (b *Bucket) Unsigned(ctx context.Context, key string) []int {
	bases := slices.Compact([]string{b.baseURL, b.browserURL, b.mediaURL})
	statuses := make([]int, len(bases))
	for i, base := range bases {
		r, err := b.unsigned(ctx, http.MethodGet, base+escape(key), nil, "Range", "bytes=0-0")
		if r.status != 0 || err == nil {
			statuses[i] = r.status
		}
	}
	return statuses
}
