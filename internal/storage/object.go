package storage

import (
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/storyreel/storyreel/internal/media"
)

// Ping reports whether the bucket can be reached with our credentials.
func (b *Bucket) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, shortTimeout)
	defer cancel()
	_, err := b.client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &b.name})
	return failure("find bucket", err, nil)
}

// Head returns the metadata of one object. A missing object is fault.NotFound
// "object.missing".
func (b *Bucket) Head(ctx context.Context, key string) (media.Object, error) {
	ctx, cancel := context.WithTimeout(ctx, shortTimeout)
	defer cancel()
	out, err := b.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &b.name, Key: &key})
	if err != nil {
		return media.Object{}, failure("head object", err, nil)
	}
	return media.Object{
		Key: key, Bytes: aws.ToInt64(out.ContentLength), ETag: unquote(out.ETag),
		ContentType: aws.ToString(out.ContentType), ModifiedAt: aws.ToTime(out.LastModified).UTC(),
	}, nil
}

// Pin keeps the upload at from, whose bytes Fetch has written to the file path,
// at to, with its content type. If the object at from no longer has this ETag,
// the error is fault.Conflict "object.changed". The server copies the object
// if it checks the ETag while it does; otherwise the file is uploaded, which
// also works above 5 GiB, S3's limit for a copy. An existing object at to is
// replaced. It can take minutes.
func (b *Bucket) Pin(ctx context.Context, from, etag, to, path string) error {
	if b.learned(ctx).copyCondition == honoured {
		if err := b.copy(ctx, from, etag, to); !isRefusal(err) {
			return err
		}
	}
	o, err := b.Head(ctx, from)
	if err != nil {
		return err
	}
	if o.ETag != etag {
		return fmt.Errorf("pin upload: %w", errChanged)
	}
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("pin upload: %w", err)
	}
	return b.putFile(ctx, file{path: path, key: to, contentType: o.ContentType, bytes: info.Size()}, func(int64) {})
}

// copy copies an object within the bucket, with its content type. If the
// object has another ETag, the error is fault.Conflict "object.changed".
func (b *Bucket) copy(ctx context.Context, from, etag, to string) error {
	ctx, cancel := context.WithTimeout(ctx, slowTimeout)
	defer cancel()
	_, err := b.client.CopyObject(ctx, &s3.CopyObjectInput{
		Bucket: &b.name, Key: &to, CopySource: aws.String(escape(b.name + "/" + from)), CopySourceIfMatch: quote(etag),
	})
	return failure("copy object", err, errChanged)
}
