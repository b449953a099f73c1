package testkit

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/storyreel/storyreel/internal/embedded"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/storage"
)

// Origin is the web origin whose pages may upload to the buckets of tests.
const Origin = "https://stories.example"

var s3Server = sync.OnceValues(func() (*embedded.S3, error) {
	dir, err := scratch()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), operationTimeout)
	defer cancel()
	s, err := embedded.StartS3(ctx, embedded.S3Options{Dir: dir})
	switch {
	case fault.Is(err, "embedded.main"):
		return nil, errNoMain
	case err != nil:
		return nil, err
	}
	onExit(func() { _ = s.Close() }) // returns nil
	return s, nil
})

// BucketConfig returns the configuration of a bucket for this test alone. It
// does not exist until Setup, and is removed with the test.
func BucketConfig(t testing.TB) storage.Config {
	t.Helper()
	s, err := s3Server()
	requireNoError(t, "start S3", err)
	dir, err := scratch()
	requireNoError(t, "start S3", err)
	name := "test-" + strings.ToLower(rand.Text())
	// Otherwise it is removed with the folder of the process.
	t.Cleanup(func() { _ = os.RemoveAll(filepath.Join(dir, "s3", "objects", name)) })
	return storage.Config{
		Endpoint: s.Endpoint, Region: embedded.Region, Bucket: name, Origins: []string{Origin},
		AccessKey: s.AccessKey, SecretKey: s.SecretKey,
	}
}

// BucketNamed opens a bucket that exists on the S3 server of the tests, such as
// one that was made through a Store in front of it.
func BucketNamed(t testing.TB, name string) *storage.Bucket {
	t.Helper()
	c := BucketConfig(t)
	c.Bucket = name
	b, err := storage.Open(context.Background(), c)
	requireNoError(t, "open bucket", err)
	return b
}

// Bucket returns a new bucket for this test alone, after Setup. It is removed
// with the test.
func Bucket(t testing.TB) *storage.Bucket {
	t.Helper()
	c := BucketConfig(t)
	var b *storage.Bucket
	requireNoError(t, "set up bucket", withTimeout(func(ctx context.Context) (err error) {
		if b, err = storage.Open(ctx, c); err != nil {
			return err
		}
		return b.Setup(ctx)
	}))
	return b
}
