package storage

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
)

// pageSize is S3's limit for the objects listed or deleted by one call.
const pageSize = 1000

// Keys lists at most limit objects under prefix whose keys are greater than
// after, in the order of their keys. ContentType stays empty, because S3 does
// not list it.
func (b *Bucket) Keys(ctx context.Context, prefix, after string, limit int) ([]media.Object, error) {
	var objects []media.Object
	err := b.list(ctx, query{prefix: prefix, after: after, page: limit}, func(p page) bool {
		for _, o := range p.objects {
			if key := aws.ToString(o.Key); key > after && len(objects) < limit {
				objects = append(objects, media.Object{
					Key: key, Bytes: aws.ToInt64(o.Size), ETag: unquote(o.ETag),
					ModifiedAt: aws.ToTime(o.LastModified).UTC(),
				})
			}
		}
		return len(objects) < limit
	})
	return objects, err
}

// Folders lists at most limit folders directly under prefix that are greater
// than after, in order, as full prefixes that end in a slash.
func (b *Bucket) Folders(ctx context.Context, prefix, after string, limit int) ([]string, error) {
	var folders []string
	err := b.list(ctx, query{prefix: prefix, after: after, delimiter: "/", page: limit}, func(p page) bool {
		for _, c := range p.folders {
			// S3 lists the folder after again: the keys in it are greater than its name.
			if f := aws.ToString(c.Prefix); f > after && len(folders) < limit {
				folders = append(folders, f)
			}
		}
		return len(folders) < limit
	})
	return folders, err
}

// query is one page to list: what follows token, or after without a token.
type query struct {
	prefix, after, delimiter string
	token                    *string
	page                     int // at most so many entries
}

// page is one page of a listing, from ListObjectsV2 or ListObjects.
type page struct {
	objects   []types.Object
	folders   []types.CommonPrefix
	truncated bool
	next      *string // token of the next page
}

// listTries is how often a page is asked for whose folders go meanwhile.
const listTries = 5

// list passes pages to take until that returns false or no page is left. A
// server without ListObjectsV2 either refuses it or, not knowing its
// parameters, returns a first page without a token; ListObjects is used then.
func (b *Bucket) list(ctx context.Context, q query, take func(page) bool) error {
	if q.page <= 0 {
		return nil
	}
	q.page = min(q.page, pageSize)
	gone := 0
	for {
		p, err := b.listPage(ctx, q)
		if fault.Is(err, errMissing.Code) { // a gateway over a file system met a folder that was just removed
			if gone++; gone < listTries {
				continue
			}
			err = errUnavailable.Because(err)
		}
		if !b.listV1.Load() && (isRefusal(err) || err == nil && p.truncated && p.next == nil) {
			b.listV1.Store(true)
			continue
		}
		if err != nil || !take(p) || !p.truncated || p.next == nil {
			return err
		}
		q.token = p.next
	}
}

func (b *Bucket) listPage(ctx context.Context, q query) (page, error) {
	ctx, cancel := context.WithTimeout(ctx, shortTimeout)
	defer cancel()
	size := int32(q.page) // at most pageSize
	if b.listV1.Load() {
		return b.listPageV1(ctx, q, size)
	}
	in := &s3.ListObjectsV2Input{
		Bucket: &b.name, Prefix: &q.prefix, MaxKeys: &size, ContinuationToken: q.token, StartAfter: optional(q.after),
		Delimiter: optional(q.delimiter),
	}
	out, err := b.client.ListObjectsV2(ctx, in)
	if err != nil {
		return page{}, failure("list objects", err, nil)
	}
	return page{out.Contents, out.CommonPrefixes, aws.ToBool(out.IsTruncated), out.NextContinuationToken}, nil
}

// listPageV1 lists with ListObjects, whose token is the last name listed. A
// folder as marker would list that folder again, with pages of one entry for
// ever; the marker that skips it is its name with the next character after
// the slash.
func (b *Bucket) listPageV1(ctx context.Context, q query, size int32) (page, error) {
	marker := q.after
	if q.token != nil {
		marker = *q.token
	}
	if folder, ok := strings.CutSuffix(marker, "/"); ok && q.delimiter == "/" {
		marker = folder + "0"
	}
	out, err := b.client.ListObjects(ctx, &s3.ListObjectsInput{
		Bucket: &b.name, Prefix: &q.prefix, MaxKeys: &size, Marker: optional(marker), Delimiter: optional(q.delimiter),
	})
	if err != nil {
		return page{}, failure("list objects", err, nil)
	}
	p := page{objects: out.Contents, folders: out.CommonPrefixes, truncated: aws.ToBool(out.IsTruncated)}
	last := ""
	if n := len(p.objects); n > 0 {
		last = aws.ToString(p.objects[n-1].Key)
	}
	if n := len(p.folders); n > 0 {
		last = max(last, aws.ToString(p.folders[n-1].Prefix))
	}
	p.next = optional(last)
	return p, nil
}

// optional returns nil for an empty string.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
