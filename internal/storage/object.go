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

// pageSize is the most that S3 lists or deletes in one call.
const pageSize = 1000

// Head returns what storage knows of one object; fault.NotFound
// "object.missing" when there is none.
func (b *Bucket) Head(ctx context.Context, key string) (media.Object, error) {
	ctx, cancel := context.WithTimeout(ctx, shortWait)
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

// Copy copies an object within the bucket, up to S3's 5 GiB, with its type.
// When etag is not empty and the object is another by now, the answer is
// fault.Conflict "object.changed" and nothing is written. An object at to is
// replaced. It can take minutes.
func (b *Bucket) Copy(ctx context.Context, from, etag, to string) error {
	ctx, cancel := context.WithTimeout(ctx, slowWait)
	defer cancel()
	in := &s3.CopyObjectInput{Bucket: &b.name, Key: &to, CopySource: aws.String(escape(b.name + "/" + from))}
	if etag != "" {
		in.CopySourceIfMatch = aws.String(`"` + etag + `"`)
	}
	_, err := b.client.CopyObject(ctx, in)
	return failure("copy object", err, errChanged)
}

// Delete removes one object. One that is gone already is no error.
func (b *Bucket) Delete(ctx context.Context, key string) error {
	ctx, cancel := context.WithTimeout(ctx, shortWait)
	defer cancel()
	_, err := b.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.name, Key: &key})
	if err != nil && meaning(err, nil) != errMissing {
		return failure("delete object", err, nil)
	}
	return nil
}

// DeletePrefix removes every object under prefix, which must be a folder
// below one of the bucket's roots and end in a slash, and returns how many it
// removed, also beside an error. Calling it again continues.
func (b *Bucket) DeletePrefix(ctx context.Context, prefix string) (int, error) {
	if err := folder(prefix); err != nil {
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
	ctx, cancel := context.WithTimeout(ctx, 2*shortWait)
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

// folder refuses prefixes that cover more than one story's objects, or that
// could match a neighbour's name.
func folder(prefix string) error {
	root, rest, _ := strings.Cut(prefix, "/")
	known := slices.Contains(media.Roots(), root+"/")
	if !known || len(rest) < 2 || !strings.HasSuffix(rest, "/") || strings.Contains("/"+rest, "//") ||
		slices.Contains(strings.Split(rest, "/"), "..") {
		return fault.New(fault.Internal, "storage.prefix", "the prefix is not a folder below one of the bucket's roots")
	}
	return nil
}

// Keys lists at most limit objects under prefix in the order of their keys,
// beginning after the key after (empty: from the first). Content types are
// not part of a listing and stay empty.
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

// Folders lists at most limit folders directly under prefix, as full prefixes
// that end in a slash, in order, beginning after the folder after (empty:
// from the first).
func (b *Bucket) Folders(ctx context.Context, prefix, after string, limit int) ([]string, error) {
	var folders []string
	err := b.list(ctx, prefix, after, "/", limit, func(page *s3.ListObjectsV2Output) int {
		for _, p := range page.CommonPrefixes {
			// What stands in the folder after comes after its name, so it is listed again.
			if f := aws.ToString(p.Prefix); f > after && len(folders) < limit {
				folders = append(folders, f)
			}
		}
		return len(folders)
	})
	return folders, err
}

// list walks pages until take has seen limit entries or there are no more.
func (b *Bucket) list(ctx context.Context, prefix, after, delimiter string, limit int,
	take func(*s3.ListObjectsV2Output) int) error {
	if limit <= 0 {
		return nil
	}
	page := int32(min(limit, pageSize)) //nolint:gosec // at most pageSize
	in := &s3.ListObjectsV2Input{Bucket: &b.name, Prefix: &prefix, MaxKeys: &page}
	if after != "" {
		in.StartAfter = &after
	}
	if delimiter != "" {
		in.Delimiter = &delimiter
	}
	for {
		page, err := func() (*s3.ListObjectsV2Output, error) {
			ctx, cancel := context.WithTimeout(ctx, shortWait)
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
