//go:build !noembed

package embedded

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/s3api/middlewares"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
)

// objects stores objects as files. The backend removes a folder with its last
// object; when another object is being written into that folder at the same
// time, the backend reports a folder at the new object's key, a conflict that
// no client retries. objects answers SlowDown instead, which clients retry,
// unless a folder really is there. The backend also stores what has arrived of a
// body whose client is gone; objects holds bodies to their lengths. Parts of an
// upload need no such care: their lengths are compared before it is completed,
// and they can be sent again.
type objects struct{ *posix.Posix }

// PutObject implements backend.Backend.
func (o objects) PutObject(ctx context.Context, in s3response.PutObjectInput) (s3response.PutObjectOutput, error) {
	in.Body = whole(in.Body, in.ContentLength)
	out, err := o.Posix.PutObject(ctx, in)
	return out, slowDown(err, *in.Bucket, *in.Key)
}

// whole is the body, whose end before the length is an error. Bodies with a
// checksum at their end are checked by that, and the backend has to recognize
// them.
func whole(body io.Reader, length *int64) io.Reader {
	if sum, ok := body.(middlewares.ChecksumReader); ok && sum.Algorithm() != "" || body == nil || length == nil {
		return body
	}
	return &wholeBody{body, *length}
}

type wholeBody struct {
	io.Reader
	left int64 // bytes
}

// Read implements io.Reader. The backend takes io.ErrUnexpectedEOF for an end.
func (w *wholeBody) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	w.left -= int64(n)
	if w.left > 0 && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)) {
		err = errCutBody
	}
	return n, err
}

var errCutBody = errors.New("embedded: the client is gone before the end of the body")

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
