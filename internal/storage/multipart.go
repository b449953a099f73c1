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

// maxParts is S3's limit for the parts of one upload.
const maxParts = 10_000

// StartMultipart starts an upload in parts of at least 5 MiB (the last may be
// smaller) and returns its id. It sets the content type of the object.
func (b *Bucket) StartMultipart(ctx context.Context, key, contentType string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, shortTimeout)
	defer cancel()
	out, err := b.client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{
		Bucket: &b.name, Key: &key, ContentType: &contentType, CacheControl: aws.String(b.cacheControl(key)),
	})
	if err != nil {
		return "", failure("start upload", err, nil)
	}
	return aws.ToString(out.UploadId), nil
}

// Parts lists the stored parts of an upload, by number. An upload that is
// completed, aborted or unknown is fault.NotFound "upload.gone".
func (b *Bucket) Parts(ctx context.Context, key, uploadID string) ([]media.Part, error) {
	ctx, cancel := context.WithTimeout(ctx, shortTimeout)
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

// CompleteMultipart joins the parts to one object and returns it. It never
// overwrites, and is idempotent: an existing object of the parts' total length
// is returned, and one of another length is fault.Conflict "object.exists". An
// upload that is gone without its object is fault.NotFound "upload.gone";
// parts that storage does not hold are fault.Conflict "upload.parts". It can
// take minutes.
func (b *Bucket) CompleteMultipart(
	ctx context.Context, key, uploadID string, parts []media.Part,
) (media.Object, error) {
	ctx, cancel := context.WithTimeout(ctx, slowTimeout)
	defer cancel()
	if len(parts) == 0 {
		return media.Object{}, fmt.Errorf("complete upload: %w", errParts)
	}
	done := make([]types.CompletedPart, len(parts))
	var bytes int64
	for i, p := range parts {
		number := int32(p.Number) // S3 refuses numbers over 10,000
		done[i] = types.CompletedPart{PartNumber: &number, ETag: aws.String(p.ETag)}
		bytes += p.Bytes
	}
	// Not every server honours a condition on this call.
	switch o, err := b.Head(ctx, key); {
	case err == nil:
		return existing(o, bytes, nil)
	case fault.KindOf(err) != fault.NotFound:
		return media.Object{}, err
	}
	err := b.complete(ctx, key, uploadID, done)
	if err != nil && !fault.Is(err, errExists.Code) && !fault.Is(err, errUploadGone.Code) &&
		apiCode(err) != "ConditionalRequestConflict" {
		return media.Object{}, err
	}
	o, headErr := b.Head(ctx, key)
	switch {
	case headErr != nil && err != nil && fault.KindOf(headErr) == fault.NotFound:
		return media.Object{}, err
	case headErr != nil:
		return media.Object{}, headErr
	}
	return existing(o, bytes, err)
}

// existing returns the object at the key of an upload of so many bytes, or
// fault.Conflict "object.exists" if it has another length.
func existing(o media.Object, bytes int64, cause error) (media.Object, error) {
	if o.Bytes != bytes {
		return media.Object{}, fmt.Errorf("complete upload: %w", errExists.Because(cause))
	}
	return o, nil
}

// complete joins the parts if there is no object at the key. A server that
// refuses the condition is asked without it: the caller has looked, and no
// presigned request writes to the key of a multipart upload.
func (b *Bucket) complete(ctx context.Context, key, uploadID string, parts []types.CompletedPart) error {
	in := &s3.CompleteMultipartUploadInput{
		Bucket: &b.name, Key: &key, UploadId: &uploadID, IfNoneMatch: aws.String("*"),
		MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
	}
	_, err := b.client.CompleteMultipartUpload(ctx, in)
	if err != nil && isRefusal(uploadFailure("complete upload", err)) {
		in.IfNoneMatch = nil
		_, err = b.client.CompleteMultipartUpload(ctx, in)
	}
	if err != nil {
		return uploadFailure("complete upload", err)
	}
	return nil
}

// AbortMultipart aborts an upload and deletes its parts. An upload that is
// already gone is no error.
func (b *Bucket) AbortMultipart(ctx context.Context, key, uploadID string) error {
	ctx, cancel := context.WithTimeout(ctx, shortTimeout)
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

// PartialUploads lists the multipart uploads of the whole bucket that were
// started before olderThan and are not completed. A server that cannot list
// them returns none (MinIO) or an error, which counts as none: such servers
// abort abandoned uploads themselves, or by a lifecycle rule.
func (b *Bucket) PartialUploads(ctx context.Context, olderThan time.Time) ([]media.PartialUpload, error) {
	var uploads []media.PartialUpload
	err := b.EachPartialUpload(ctx, olderThan, func(u media.PartialUpload) error {
		uploads = append(uploads, u)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return uploads, nil
}

// EachPartialUpload calls f with what PartialUploads lists, page by page, until
// f fails.
func (b *Bucket) EachPartialUpload(
	ctx context.Context, olderThan time.Time, f func(media.PartialUpload) error,
) error {
	pages := s3.NewListMultipartUploadsPaginator(b.client, &s3.ListMultipartUploadsInput{Bucket: &b.name})
	for pages.HasMorePages() {
		page, err := func() (*s3.ListMultipartUploadsOutput, error) {
			ctx, cancel := context.WithTimeout(ctx, shortTimeout)
			defer cancel()
			return pages.NextPage(ctx)
		}()
		if err = failure("list uploads", err, nil); isRefusal(err) {
			return nil
		} else if err != nil {
			return err
		}
		for _, u := range page.Uploads {
			started := aws.ToTime(u.Initiated).UTC()
			if !started.Before(olderThan) {
				continue
			}
			err := f(media.PartialUpload{Key: aws.ToString(u.Key), ID: aws.ToString(u.UploadId), StartedAt: started})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// uploadFailure is failure for calls that concern a multipart upload: status
// 404 without a code means the upload, 412 an existing object at its key.
func uploadFailure(action string, err error) error {
	class := classify(err, errExists)
	if class == errMissing {
		class = errUploadGone
	}
	return fmt.Errorf("%s: %w", action, class.Because(err))
}

// unquote removes the quotes that HTTP puts around an ETag, and the mark that
// some proxies put before a weak one.
func unquote(etag *string) string {
	return strings.Trim(strings.TrimPrefix(aws.ToString(etag), "W/"), `"`)
}

// quote returns the ETag as HTTP writes it, or nil for none.
func quote(etag string) *string {
	if etag == "" {
		return nil
	}
	return aws.String(`"` + etag + `"`)
}
