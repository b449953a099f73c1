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

// objects keeps objects as files. A folder goes with its last object, and
// where that happens while another object is put into it the files below say
// that a folder stands at the new object's key: a conflict, which no client
// repeats. It is said only where a folder does; else the client is asked to
// try again, as S3 asks.
type objects struct{ *posix.Posix }

// PutObject implements backend.Backend.
func (o objects) PutObject(ctx context.Context, in s3response.PutObjectInput) (s3response.PutObjectOutput, error) {
	out, err := o.Posix.PutObject(ctx, in)
	return out, again(err, *in.Bucket, *in.Key)
}

// CopyObject implements backend.Backend.
func (o objects) CopyObject(ctx context.Context, in s3response.CopyObjectInput) (s3response.CopyObjectOutput, error) {
	out, err := o.Posix.CopyObject(ctx, in)
	return out, again(err, *in.Bucket, *in.Key)
}

func again(err error, bucket, key string) error {
	if !errors.Is(err, s3err.GetAPIError(s3err.ErrExistingObjectIsDirectory)) {
		return err
	}
	if info, statErr := os.Stat(filepath.Join(bucket, key)); statErr == nil && info.IsDir() {
		return err
	}
	return s3err.GetAPIError(s3err.ErrSlowDown)
}
