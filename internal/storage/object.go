package storage

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
)

// pageSize is S3's limit for the objects listed or deleted by one call.
const pageSize = 1000

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

// Copy copies an object within the bucket, with its content type, up to S3's
// limit of 5 GiB. If etag is not empty and the object has another, the error
// is fault.Conflict "object.changed" and nothing is written. An existing
// object at to is replaced. It can take minutes.
func (b *Bucket) Copy(ctx context.Context, from, etag, to string) error {
	ctx, cancel := context.WithTimeout(ctx, slowTimeout)
	defer cancel()
	in := &s3.CopyObjectInput{Bucket: &b.name, Key: &to, CopySource: aws.String(escape(b.name + "/" + from))}
	if etag != "" {
		in.CopySourceIfMatch = aws.String(`"` + etag + `"`)
	}
	_, err := b.client.CopyObject(ctx, in)
	return failure("copy object", err, errChanged)
}

// Delete removes one object. A missing object is no error.
func (b *Bucket) Delete(ctx context.Context, key string) error {
	ctx, cancel := context.WithTimeout(ctx, shortTimeout)
	defer cancel()
	_, err := b.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.name, Key: &key})
	if err != nil && classify(err, nil) != errMissing {
		return failure("delete object", err, nil)
	}
	return nil
}

// DeletePrefix removes every object under prefix, which must be a folder
// below one of the bucket's roots and end in a slash. It returns the number of
// removed objects, also with an error; a repeated call continues.
func (b *Bucket) DeletePrefix(ctx context.Context, prefix string) (int, error) {
	if err := checkPrefix(prefix); err != nil {
		return 0, err
	}
	removed := 0
	for {
		objects, err := b.Keys(ctx, prefix, "", pageSize)
		if err != nil || len(objects) == 0 {
			return removed, err
		}
		n, err := b.deleteBatch(ctx, objects)
		removed += n
		if err != nil {
			return removed, err
		}
	}
}

func (b *Bucket) deleteBatch(ctx context.Context, objects []media.Object) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*shortTimeout)
	defer cancel()
	ids := make([]types.ObjectIdentifier, len(objects))
	for i := range objects {
		ids[i].Key = &objects[i].Key
	}
	out, err := b.client.DeleteObjects(ctx, &s3.DeleteObjectsInput{
		Bucket: &b.name, Delete: &types.Delete{Objects: ids, Quiet: aws.Bool(true)},
	})
	if err != nil {
		return 0, failure("delete objects", err, nil)
	}
	if n := len(out.Errors); n > 0 {
		e := out.Errors[0]
		f := byCode[aws.ToString(e.Code)]
		switch {
		case aws.ToString(e.Code) == "AccessDenied":
			f = errForbidden
		case f == nil:
			f = errUnavailable
		}
		return len(objects) - n, fmt.Errorf("delete objects: %w",
			f.Because(fmt.Errorf("%d refused, the first with %s", n, aws.ToString(e.Code))))
	}
	return len(objects), nil
}

// checkPrefix rejects prefixes that could match objects of more than one
// story: whole roots, and names without a final slash.
func checkPrefix(prefix string) error {
	root, rest, _ := strings.Cut(prefix, "/")
	known := slices.Contains(media.Roots(), root+"/")
	if !known || len(rest) < 2 || !strings.HasSuffix(rest, "/") || strings.Contains("/"+rest, "//") ||
		slices.Contains(strings.Split(rest, "/"), "..") {
		return fault.New(fault.Internal, "storage.prefix", "the prefix is not a folder below one of the bucket's roots")
	}
	return nil
}

// Keys lists at most limit objects under prefix whose keys are greater than
// after, in the order of their keys. ContentType stays empty, because S3 does
// not list it.
func (b *Bucket) Keys(ctx context.Context, prefix, after string, limit int) ([]media.Object, error) {
	var objects []media.Object
	err := b.list(ctx, prefix, after, "", limit, func(page *s3.ListObjectsV2Output) int {
		for _, o := range page.Contents {
			if key := aws.ToString(o.Key); key > after && len(objects) < limit {
				objects = append(objects, media.Object{
					Key: key, Bytes: aws.ToInt64(o.Size), ETag: unquote(o.ETag),
					ModifiedAt: aws.ToTime(o.LastModified).UTC(),
				})
			}
		}
		return len(objects)
	})
	return objects, err
}

// Folders lists at most limit folders directly under prefix that are greater
// than after, in order, as full prefixes that end in a slash.
func (b *Bucket) Folders(ctx context.Context, prefix, after string, limit int) ([]string, error) {
	var folders []string
	err := b.list(ctx, prefix, after, "/", limit, func(page *s3.ListObjectsV2Output) int {
		for _, p := range page.CommonPrefixes {
			// S3 lists the folder after again: the keys in it are greater than its name.
			if f := aws.ToString(p.Prefix); f > after && len(folders) < limit {
				folders = append(folders, f)
			}
		}
		return len(folders)
	})
	return folders, err
}

// list passes pages to take until that returns limit or more, or no page is
// left. take returns the number of entries collected so far.
func (b *Bucket) list(ctx context.Context, prefix, after, delimiter string, limit int,
	take func(*s3.ListObjectsV2Output) int) error {
	if limit <= 0 {
		return nil
	}
	page := int32(min(limit, pageSize)) // at most pageSize
	in := &s3.ListObjectsV2Input{Bucket: &b.name, Prefix: &prefix, MaxKeys: &page}
	if after != "" {
		in.StartAfter = &after
	}
	if delimiter != "" {
		in.Delimiter = &delimiter
	}
	for {
		page, err := func() (*s3.ListObjectsV2Output, error) {
			ctx, cancel := context.WithTimeout(ctx, shortTimeout)
			defer cancel()
			return b.client.ListObjectsV2(ctx, in)
		}()
		if err != nil {
			return failure("list objects", err, nil)
		}
		if take(page) >= limit || !aws.ToBool(page.IsTruncated) || page.NextContinuationToken == nil {
			return nil
		}
		in.ContinuationToken = page.NextContinuationToken
	}
}
