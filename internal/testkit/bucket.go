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

// Origin is the web origin that buckets of tests let upload.
const Origin = "https://stories.example"

var s3 = sync.OnceValues(func() (*embedded.S3, error) {
	dir, err := scratch()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), opWait)
	defer cancel()
	s, err := embedded.StartS3(ctx, embedded.S3Options{Dir: dir})
	switch {
	case fault.Is(err, "embedded.main"):
		return nil, errNoMain
	case err != nil:
		return nil, err
	}
	atEnd(func() { _ = s.Close() }) // returns nil
	return s, nil
})

// BucketConfig returns how to reach a bucket of this test's own, which does
// not exist yet: Setup makes it. It is removed with the test.
func BucketConfig(t testing.TB) storage.Config {
	t.Helper()
	s, err := s3()
	must(t, "start S3", err)
	dir, err := scratch()
	must(t, "start S3", err)
	name := "test-" + strings.ToLower(rand.Text())
	t.Cleanup(func() { _ = os.RemoveAll(filepath.Join(dir, "s3", "objects", name)) }) // goes with the folder otherwise
	return storage.Config{
		Endpoint: s.Endpoint, Region: embedded.Region, Bucket: name, Origins: []string{Origin},
		AccessKey: s.AccessKey, SecretKey: s.SecretKey,
	}
}

// Bucket returns a fresh bucket of this test's own, set up. It is removed
// with the test.
func Bucket(t testing.TB) *storage.Bucket {
	t.Helper()
	c := BucketConfig(t)
	var b *storage.Bucket
	must(t, "set up bucket", during(func(ctx context.Context) (err error) {
		if b, err = storage.Open(ctx, c); err != nil {
			return err
		}
		return b.Setup(ctx)
	}))
	return b
}
