package storage

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"golang.org/x/sync/errgroup"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
)

const (
	deleteWorkers = 8 // objects deleted at a time where the server deletes no batches
	// relistPause separates rounds that found the same objects again, of which
	// maxRelists are allowed: listings of some servers lag.
	relistPause = 200 * time.Millisecond
	maxRelists  = 5
)

// errStillListed is a removal that the server accepted and did not perform.
var errStillListed = fault.New(fault.Unavailable, "storage.still_listed",
	"storage accepted the removal of objects but still lists them")

// Delete removes one object with all its versions. A missing object is no
// error.
func (b *Bucket) Delete(ctx context.Context, key string) error {
	if err := b.deleteOne(ctx, key, ""); err != nil || !b.learned(ctx).versions {
		return err
	}
	versions, err := b.versionsOf(ctx, key)
	if err != nil {
		return err
	}
	_, err = b.deleteEach(ctx, slices.DeleteFunc(versions, func(v types.ObjectIdentifier) bool {
		return aws.ToString(v.Key) != key
	}))
	return err
}

// deleteOne deletes one object, or one version of it.
func (b *Bucket) deleteOne(ctx context.Context, key, version string) error {
	ctx, cancel := context.WithTimeout(ctx, shortTimeout)
	defer cancel()
	in := &s3.DeleteObjectInput{Bucket: &b.name, Key: &key}
	if version != "" {
		in.VersionId = &version
	}
	_, err := b.client.DeleteObject(ctx, in)
	if err != nil && classify(err, nil) != errMissing {
		return failure("delete object", err, nil)
	}
	return nil
}

// DeletePrefix removes every object under prefix, which must be a folder
// below one of the bucket's roots and end in a slash, and all their versions.
// It returns the number of removed objects, also with an error; a repeated
// call continues. Objects that are still listed after their removal are
// fault.Unavailable "storage.still_listed".
func (b *Bucket) DeletePrefix(ctx context.Context, prefix string) (int, error) {
	if err := checkPrefix(prefix); err != nil {
		return 0, err
	}
	removed, err := b.deleteListed(ctx, func() ([]types.ObjectIdentifier, error) {
		objects, err := b.Keys(ctx, prefix, "", pageSize)
		ids := make([]types.ObjectIdentifier, len(objects))
		for i := range objects {
			ids[i].Key = &objects[i].Key
		}
		return ids, err
	})
	if err != nil || !b.learned(ctx).versions {
		return removed, err
	}
	_, err = b.deleteVersions(ctx, prefix)
	return removed, err
}

// deleteVersions removes every version and delete marker under prefix.
func (b *Bucket) deleteVersions(ctx context.Context, prefix string) (int, error) {
	return b.deleteListed(ctx, func() ([]types.ObjectIdentifier, error) { return b.versionsOf(ctx, prefix) })
}

// deleteListed deletes what list returns until that is nothing.
func (b *Bucket) deleteListed(ctx context.Context, list func() ([]types.ObjectIdentifier, error)) (int, error) {
	removed, again := 0, 0
	var last types.ObjectIdentifier
	for {
		ids, err := list()
		if err != nil || len(ids) == 0 {
			return removed, err
		}
		if aws.ToString(ids[0].Key) == aws.ToString(last.Key) &&
			aws.ToString(ids[0].VersionId) == aws.ToString(last.VersionId) {
			if again++; again > maxRelists {
				return removed, fmt.Errorf("delete objects: %w", errStillListed)
			}
			b.noBatches.Store(true) // perhaps only single deletes have an effect
			select {
			case <-ctx.Done():
				return removed, failure("delete objects", ctx.Err(), nil)
			case <-time.After(relistPause):
			}
		}
		last = ids[0]
		n, err := b.deleteAll(ctx, ids)
		removed += n
		if err != nil {
			return removed, err
		}
	}
}

// deleteAll deletes at most pageSize objects by one call, and each on its own
// where the server refuses that.
func (b *Bucket) deleteAll(ctx context.Context, ids []types.ObjectIdentifier) (int, error) {
	if b.noBatches.Load() {
		return b.deleteEach(ctx, ids)
	}
	left, err := b.deleteBatch(ctx, ids)
	switch {
	case err == nil && len(left) == 0:
		return len(ids), nil
	case err != nil && ctx.Err() != nil:
		return 0, err
	case isRefusal(err):
		b.noBatches.Store(true)
	}
	n, err := b.deleteEach(ctx, left)
	return len(ids) - len(left) + n, err
}

// deleteBatch deletes objects by one call and returns those that were not.
func (b *Bucket) deleteBatch(ctx context.Context, ids []types.ObjectIdentifier) ([]types.ObjectIdentifier, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*shortTimeout)
	defer cancel()
	out, err := b.client.DeleteObjects(ctx, &s3.DeleteObjectsInput{
		Bucket: &b.name, Delete: &types.Delete{Objects: ids, Quiet: aws.Bool(true)},
	}, contentMD5)
	if err != nil {
		return ids, failure("delete objects", err, nil)
	}
	left := make([]types.ObjectIdentifier, 0, len(out.Errors))
	for _, e := range out.Errors {
		left = append(left, types.ObjectIdentifier{Key: e.Key, VersionId: e.VersionId})
	}
	return left, nil
}

// deleteEach deletes objects one by one and returns how many it has deleted.
func (b *Bucket) deleteEach(ctx context.Context, ids []types.ObjectIdentifier) (int, error) {
	var n atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(deleteWorkers)
	for _, id := range ids {
		g.Go(func() error {
			err := b.deleteOne(ctx, aws.ToString(id.Key), aws.ToString(id.VersionId))
			if err == nil {
				n.Add(1)
			}
			return err
		})
	}
	err := g.Wait()
	return int(n.Load()), err
}

// keepsVersions reports whether the bucket still holds versions of the
// objects under prefix, which were deleted. A server that cannot list
// versions has none.
func (b *Bucket) keepsVersions(ctx context.Context, prefix string) (bool, error) {
	left, err := b.versionsOf(ctx, prefix)
	if isRefusal(err) || fault.KindOf(err) == fault.NotFound || fault.KindOf(err) == fault.Forbidden {
		return false, nil
	}
	return len(left) > 0, err
}

// versionsOf lists at most a page of versions and delete markers of objects
// whose keys begin with prefix.
func (b *Bucket) versionsOf(ctx context.Context, prefix string) ([]types.ObjectIdentifier, error) {
	ctx, cancel := context.WithTimeout(ctx, shortTimeout)
	defer cancel()
	out, err := b.client.ListObjectVersions(ctx, &s3.ListObjectVersionsInput{Bucket: &b.name, Prefix: &prefix})
	if err != nil {
		return nil, failure("list versions", err, nil)
	}
	var ids []types.ObjectIdentifier
	for _, v := range out.Versions {
		ids = append(ids, types.ObjectIdentifier{Key: v.Key, VersionId: v.VersionId})
	}
	for _, m := range out.DeleteMarkers {
		ids = append(ids, types.ObjectIdentifier{Key: m.Key, VersionId: m.VersionId})
	}
	return ids, nil
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
