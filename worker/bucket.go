package worker

import (
	"context"
	"time"

	"github.com/storyreel/storyreel/internal/media"
)

// removal removes media, published media also from caches in front of the bucket.
type removal interface {
	Remove(ctx context.Context, prefix string) (int, error)
	Retry(ctx context.Context) error
}

// bucket is the part of storage that the worker uses.
type bucket interface {
	Head(ctx context.Context, key string) (media.Object, error)
	Fetch(ctx context.Context, key, etag, path string) (sha256 string, bytes int64, err error)
	Pin(ctx context.Context, from, etag, to, path string) error
	PutTree(ctx context.Context, prefix, dir string, progress func(done, total int64)) (int64, error)
	Keys(ctx context.Context, prefix, after string, limit int) ([]media.Object, error)
	Delete(ctx context.Context, key string) error
	Folders(ctx context.Context, prefix, after string, limit int) ([]string, error)
	PartialUploads(ctx context.Context, olderThan time.Time) ([]media.PartialUpload, error)
	AbortMultipart(ctx context.Context, key, uploadID string) error
}
