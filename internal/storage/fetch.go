package storage

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/storyreel/storyreel/internal/machine"
)

// Fetch downloads the object to the file path, which is created atomically,
// and returns the SHA-256 of its bytes (lower-case hex) and their number. If
// etag is not empty and the object has another, the error is fault.Conflict
// "object.changed". What prevents writing, such as a full disk, is a fault of
// package machine; a minute without data is fault.Unavailable
// "storage.unavailable".
func (b *Bucket) Fetch(ctx context.Context, key, etag, path string) (string, int64, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stall := time.AfterFunc(b.stall, cancel)
	defer stall.Stop()

	out, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: &key, IfMatch: quote(etag)})
	if err != nil {
		return "", 0, failure("fetch object", err, errChanged)
	}
	defer out.Body.Close()
	if got := unquote(out.ETag); etag != "" && got != "" && got != etag { // the server ignored the condition
		return "", 0, fmt.Errorf("fetch object: %w", errChanged)
	}

	f, err := os.CreateTemp(filepath.Dir(path), ".fetch-*")
	if err != nil {
		return "", 0, diskFailure(err)
	}
	defer os.Remove(f.Name())
	sum, n, err := copyAndHash(f, &stallReader{out.Body, stall, b.stall})
	if closeErr := f.Close(); err == nil && closeErr != nil {
		err = diskFailure(closeErr)
	}
	if err != nil {
		return "", 0, err
	}
	if want := out.ContentLength; want != nil && *want != n {
		return "", 0, fmt.Errorf("fetch object: %w", errUnavailable.Because(io.ErrUnexpectedEOF))
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return "", 0, diskFailure(err)
	}
	return sum, n, nil
}

// copyAndHash copies src to dst and returns the SHA-256 (lower-case hex) and
// the number of the bytes. Errors of dst are disk failures; errors of src are
// storage failures.
func copyAndHash(dst io.Writer, src io.Reader) (string, int64, error) {
	h := sha256.New()
	buf := make([]byte, 256<<10)
	var n int64
	for {
		read, readErr := src.Read(buf)
		h.Write(buf[:read])
		if _, err := dst.Write(buf[:read]); err != nil {
			return "", n, diskFailure(err)
		}
		n += int64(read)
		switch {
		case errors.Is(readErr, io.EOF):
			return hex.EncodeToString(h.Sum(nil)), n, nil
		case readErr != nil:
			return "", n, fmt.Errorf("fetch object: %w", errUnavailable.Because(readErr))
		}
	}
}

func diskFailure(err error) error { return fmt.Errorf("write file: %w", machine.OfDisk(err)) }

// stallReader resets a timer whenever data arrives.
type stallReader struct {
	io.Reader
	stall *time.Timer
	wait  time.Duration
}

func (a *stallReader) Read(p []byte) (int, error) {
	n, err := a.Reader.Read(p)
	if n > 0 {
		a.stall.Reset(a.wait)
	}
	return n, err
}
