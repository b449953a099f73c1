//go:build !noembed

package embedded

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
)

// objects stores objects as files. The backend removes a folder with its last
// object; when another object is being written into that folder at the same
// time, the backend reports a folder at the new object's key, a conflict that
// no client retries. objects answers SlowDown instead, which clients retry,
// unless a folder really is there.
type objects struct{ *posix.Posix }

// PutObject implements backend.Backend.
func (o objects) PutObject(ctx context.Context, in s3response.PutObjectInput) (s3response.PutObjectOutput, error) {
	out, err := o.Posix.PutObject(ctx, in)
	return out, slowDown(err, *in.Bucket, *in.Key)
}

// CopyObject implements backend.Backend.
func (o objects) CopyObject(ctx context.Context, in s3response.CopyObjectInput) (s3response.CopyObjectOutput, error) {
	out, err := o.Posix.CopyObject(ctx, in)
	return out, slowDown(err, *in.Bucket, *in.Key)
}

// slowDown replaces the conflict by SlowDown unless the key is a folder.
func slowDown(err error, bucket, key string) error {
	if !errors.Is(err, s3err.GetAPIError(s3err.ErrExistingObjectIsDirectory)) {
		return err
	}
	if info, statErr := os.Stat(filepath.Join(bucket, key)); statErr == nil && info.IsDir() {
		return err
	}
	return s3err.GetAPIError(s3err.ErrSlowDown)
}
