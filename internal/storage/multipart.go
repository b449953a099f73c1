package storage

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
)

// maxParts is S3's bound on the parts of one upload.
const maxParts = 10_000

// StartMultipart opens an upload in parts of at least 5 MiB (the last may be
// smaller) and returns its id. The content type is fixed here.
func (b *Bucket) StartMultipart(ctx context.Context, key, contentType string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, shortWait)
	defer cancel()
	out, err := b.client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{
		Bucket: &b.name, Key: &key, ContentType: &contentType, CacheControl: aws.String(cacheControl(key)),
	})
	if err != nil {
		return "", failure("start upload", err, nil)
	}
	return aws.ToString(out.UploadId), nil
}

// Parts lists what has arrived of an upload, by number. An upload that is
// completed, aborted or unknown is fault.NotFound "upload.gone".
func (b *Bucket) Parts(ctx context.Context, key, uploadID string) ([]media.Part, error) {
	ctx, cancel := context.WithTimeout(ctx, shortWait)
	defer cancel()
	var parts []media.Part
	pages := s3.NewListPartsPaginator(b.client, &s3.ListPartsInput{Bucket: &b.name, Key: &key, UploadId: &uploadID})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, uploadFailure("list parts", err)
		}
		for _, p := range page.Parts {
			parts = append(parts,
				media.Part{Number: int(aws.ToInt32(p.PartNumber)), Bytes: aws.ToInt64(p.Size), ETag: unquote(p.ETag)})
		}
	}
	slices.SortFunc(parts, func(a, b media.Part) int { return a.Number - b.Number })
	return parts, nil
}

// CompleteMultipart makes the parts one object and returns it. It never
// overwrites, and asking again is harmless: when the object stands already
// with the parts' total length, it is returned; with another length the
// answer is fault.Conflict "object.exists". An upload that is gone without
// its object is fault.NotFound "upload.gone"; parts that storage does not
// hold are fault.Conflict "upload.parts". It can take minutes.
func (b *Bucket) CompleteMultipart(
	ctx context.Context, key, uploadID string, parts []media.Part,
) (media.Object, error) {
	ctx, cancel := context.WithTimeout(ctx, slowWait)
	defer cancel()
	if len(parts) == 0 {
		return media.Object{}, fmt.Errorf("complete upload: %w", errParts)
	}
	done := make([]types.CompletedPart, len(parts))
	var bytes int64
	for i, p := range parts {
		number := int32(p.Number) //nolint:gosec // S3 refuses numbers over 10,000
		done[i] = types.CompletedPart{PartNumber: &number, ETag: aws.String(p.ETag)}
		bytes += p.Bytes
	}
	_, err := b.client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: &b.name, Key: &key, UploadId: &uploadID, IfNoneMatch: aws.String("*"),
		MultipartUpload: &types.CompletedMultipartUpload{Parts: done},
	})
	if err != nil {
		err = uploadFailure("complete upload", err)
		if !fault.Is(err, errExists.Code) && !fault.Is(err, errUploadGone.Code) &&
			apiCode(err) != "ConditionalRequestConflict" {
			return media.Object{}, err
		}
	}
	o, headErr := b.Head(ctx, key)
	switch {
	case headErr != nil && err != nil && fault.KindOf(headErr) == fault.NotFound:
		return media.Object{}, err
	case headErr != nil:
		return media.Object{}, headErr
	case err != nil && o.Bytes != bytes:
		return media.Object{}, fmt.Errorf("complete upload: %w", errExists)
	}
	return o, nil
}

// AbortMultipart gives an upload and its parts up. One that is gone already
// is no error.
func (b *Bucket) AbortMultipart(ctx context.Context, key, uploadID string) error {
	ctx, cancel := context.WithTimeout(ctx, shortWait)
	defer cancel()
	_, err := b.client.AbortMultipartUpload(ctx,
		&s3.AbortMultipartUploadInput{Bucket: &b.name, Key: &key, UploadId: &uploadID})
	if err == nil {
		return nil
	}
	if err = uploadFailure("abort upload", err); fault.KindOf(err) != fault.NotFound {
		return err
	}
	return nil
}

// PartialUploads lists the multipart uploads under the whole bucket that were
// started before olderThan and never completed.
func (b *Bucket) PartialUploads(ctx context.Context, olderThan time.Time) ([]media.PartialUpload, error) {
	var found []media.PartialUpload
	pages := s3.NewListMultipartUploadsPaginator(b.client, &s3.ListMultipartUploadsInput{Bucket: &b.name})
	for pages.HasMorePages() {
		page, err := func() (*s3.ListMultipartUploadsOutput, error) {
			ctx, cancel := context.WithTimeout(ctx, shortWait)
			defer cancel()
			return pages.NextPage(ctx)
		}()
		if err != nil {
			return nil, failure("list uploads", err, nil)
		}
		for _, u := range page.Uploads {
			if started := aws.ToTime(u.Initiated).UTC(); started.Before(olderThan) {
				found = append(found,
					media.PartialUpload{Key: aws.ToString(u.Key), ID: aws.ToString(u.UploadId), StartedAt: started})
			}
		}
	}
	return found, nil
}

// uploadFailure is failure for calls about an upload, where a bare 404 means
// the upload and a 412 the object it would have become.
func uploadFailure(doing string, err error) error {
	m := meaning(err, errExists)
	if m == errMissing {
		m = errUploadGone
	}
	return fmt.Errorf("%s: %w", doing, m.Because(err))
}

// unquote strips the quotes that HTTP puts around an entity tag.
func unquote(etag *string) string { return strings.Trim(aws.ToString(etag), `"`) }
