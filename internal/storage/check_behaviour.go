package storage

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
)

// checkCapabilities reports how the server differs from AWS in what Storyreel
// sends, and what is done instead.
func (p *probe) checkCapabilities(ctx context.Context) []Finding {
	ctx, cancel := context.WithTimeout(ctx, 2*shortTimeout)
	defer cancel()
	c, err := p.learn(ctx)
	if err != nil {
		f := Finding{
			Name:   "conditional_put",
			Detail: "small objects cannot be written, copied and removed: " + fault.CodeOf(err),
			Fix:    "allow our credentials s3:GetObject, s3:PutObject and s3:DeleteObject on the bucket's objects",
		}
		return []Finding{f}
	}
	put := Finding{Name: "conditional_put", OK: true, Detail: "a second write to the same key is refused"}
	if c.conditionalPut != honoured {
		put.Detail = "a second write to the same key was accepted; Storyreel takes into a story only the bytes that " +
			"it received first, by their ETag and SHA-256, and removes what is written later"
		put.Fix = "if the server can be updated: recent versions of most products honour If-None-Match on PUT"
	}
	sum := Finding{Name: "checksum", OK: true, Detail: "the SHA-256 that a client announces is checked at the upload"}
	if c.noChecksum {
		sum.Detail = "the server refuses x-amz-checksum-sha256; the worker checks the SHA-256 that a client announces"
	}
	cp := Finding{Name: "copy", OK: true, Detail: "the server copies an object only if its ETag is the expected one"}
	if c.copyCondition != honoured {
		cp.Detail = "the server copies without looking at the ETag, or not at all; workers upload what they have " +
			"fetched and verified instead, which costs the length of each video once more"
	}
	return []Finding{put, sum, cp}
}

// checkPresignedPut uploads as clients do, with the right and a wrong length.
func (p *probe) checkPresignedPut(ctx context.Context) Finding {
	f := Finding{
		Name: "presigned_put",
		Fix:  "use a server and an endpoint that accept requests presigned with Signature Version 4",
	}
	key := p.key(media.IncomingRoot + "check-put/")
	s, err := p.SignPut(ctx, key, int64(len(probeBody)), "text/plain", "", time.Minute)
	if err != nil {
		f.Detail = "no upload could be signed: " + fault.CodeOf(err)
		return f
	}
	send := func(body []byte) (int, string) {
		r, err := p.unsigned(ctx, s.Method, s.URL, body, pairs(s.Headers)...)
		if err != nil {
			return 0, transportError(err)
		}
		return r.status, fmt.Sprintf("status %d", r.status)
	}
	longer, _ := send(append([]byte("x"), probeBody...))
	if longer/100 == 2 {
		_ = p.Delete(ctx, key) // the next upload must find the key free
	}
	if status, text := send(probeBody); status/100 != 2 {
		f.Detail = "a presigned upload is refused: " + text
		return f
	}
	f = Finding{Name: f.Name, OK: true, Detail: "a presigned upload is accepted, in the announced length only"}
	if longer/100 == 2 {
		f.Detail = "a presigned upload is accepted in another length than signed; Storyreel refuses it when it is " +
			"completed, but a client can fill the bucket"
		f.Fix = "limit the size of requests in front of the server"
	}
	return f
}

func pairs(headers map[string]string) []string {
	var out []string
	for name, value := range headers {
		out = append(out, name, value)
	}
	return out
}

// startParts starts a multipart upload with one presigned part.
func (p *probe) startParts(ctx context.Context, key string) (string, []media.Part, error) {
	id, err := p.StartMultipart(ctx, key, "text/plain")
	if err != nil {
		return "", nil, err
	}
	s, err := p.SignPart(ctx, key, id, 1, int64(len(probeBody)), time.Minute)
	if err != nil {
		return id, nil, err
	}
	r, err := p.unsigned(ctx, s.Method, s.URL, probeBody, pairs(s.Headers)...)
	if err != nil {
		return id, nil, fmt.Errorf("put part: %w", errUnavailable)
	}
	if r.status != http.StatusOK {
		return id, nil, fmt.Errorf("put part: %w", errRefused)
	}
	parts, err := p.Parts(ctx, key, id)
	return id, parts, err
}

func (p *probe) checkMultipart(ctx context.Context) Finding {
	f := Finding{Name: "multipart", Fix: "allow our credentials s3:PutObject, s3:ListMultipartUploadParts and " +
		"s3:AbortMultipartUpload, or use a server with multipart uploads: videos above 8 MiB need them"}
	key := p.key(media.IncomingRoot + "check-parts/")
	id, parts, err := p.startParts(ctx, key)
	if err == nil && len(parts) != 1 {
		err = errParts
	}
	var o media.Object
	if err == nil {
		o, err = p.CompleteMultipart(ctx, key, id, parts)
	}
	if err == nil && o.Bytes != int64(len(probeBody)) {
		err = errChanged
	}
	if err != nil {
		f.Detail = "an upload in parts does not work: " + fault.CodeOf(err)
		_ = p.AbortMultipart(ctx, key, id) // the sweep aborts it otherwise
		return f
	}
	return Finding{Name: f.Name, OK: true, Detail: "uploads in presigned parts work"}
}

// checkConditionalComplete completes an upload in parts onto an object.
func (p *probe) checkConditionalComplete(ctx context.Context) Finding {
	f := Finding{Name: "conditional_complete", OK: true}
	key := p.key(media.IncomingRoot + "check-complete/")
	id, parts, err := p.startParts(ctx, key)
	if err == nil {
		err = p.write(ctx, key)
	}
	if err != nil || len(parts) != 1 {
		f.OK, f.Detail, f.Fix = false, "an upload in parts does not work: "+fault.CodeOf(err), "see multipart"
		return f
	}
	_, err = p.client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: &p.Bucket.name, Key: &key, UploadId: &id, IfNoneMatch: aws.String("*"),
		MultipartUpload: &types.CompletedMultipartUpload{
			Parts: []types.CompletedPart{{PartNumber: aws.Int32(1), ETag: &parts[0].ETag}},
		},
	})
	_ = p.AbortMultipart(ctx, key, id) // it is gone if it was completed
	if err != nil && fault.Is(uploadFailure("", err), errExists.Code) {
		f.Detail = "the completion of an upload never overwrites"
	} else {
		f.Detail = "the server does not check If-None-Match when an upload is completed; Storyreel looks at the key " +
			"first, and signs no other write to it"
	}
	return f
}

// checkList lists three objects two at a time.
func (p *probe) checkList(ctx context.Context) Finding {
	f := Finding{Name: "list", Fix: "allow our credentials s3:ListBucket"}
	prefix := media.IncomingRoot + p.name + "-list/"
	for _, name := range []string{"1", "2", "3"} {
		p.keys = append(p.keys, prefix+name)
		if err := p.write(ctx, prefix+name); err != nil {
			f.Detail = "no object can be written under " + media.IncomingRoot + ": " + fault.CodeOf(err)
			return f
		}
	}
	n := 0
	err := p.list(ctx, query{prefix: prefix, page: 2}, func(found page) bool {
		n += len(found.objects)
		return n < 10 // more than there are: a server that repeats a page
	})
	if err == nil && n != 3 {
		err = errChanged
	}
	if err != nil {
		f.Detail = fmt.Sprintf("of 3 objects, %d were listed: %s", n, fault.CodeOf(err))
		return f
	}
	f = Finding{Name: f.Name, OK: true, Detail: "objects are listed in pages"}
	if p.listV1.Load() {
		f.Detail += ", by ListObjects, because the server has no ListObjectsV2"
	}
	return f
}

// checkBatchDelete deletes two objects by one call.
func (p *probe) checkBatchDelete(ctx context.Context) Finding {
	f := Finding{Name: "batch_delete", Fix: "allow our credentials s3:DeleteObject"}
	var ids []types.ObjectIdentifier
	for _, root := range []string{media.PublicRoot, media.ReviewRoot} {
		key := p.key(root + "check-delete/")
		if err := p.write(ctx, key); err != nil {
			f.Detail = "no object can be written under " + root + ": " + fault.CodeOf(err)
			return f
		}
		ids = append(ids, types.ObjectIdentifier{Key: &key})
	}
	left, err := p.deleteBatch(ctx, ids)
	if err == nil && len(left) == 0 {
		if _, err := p.Head(ctx, *ids[0].Key); fault.KindOf(err) == fault.NotFound {
			return Finding{Name: f.Name, OK: true, Detail: "objects are deleted in batches"}
		}
	}
	if n, err := p.deleteEach(ctx, ids); err != nil {
		f.Detail = fmt.Sprintf("of 2 objects, %d could be deleted: %s", n, fault.CodeOf(err))
		return f
	}
	return Finding{
		Name: f.Name, OK: true,
		Detail: "the server deletes no objects in batches; Storyreel deletes them one by one",
	}
}

// checkRemoval removes objects as withdrawing a story does, and looks for what
// stays.
func (p *probe) checkRemoval(ctx context.Context) Finding {
	f := Finding{
		Name: "removal",
		Fix: "withdrawn videos must be erased: allow s3:DeleteObject, and where the bucket keeps versions also " +
			"s3:ListBucketVersions and s3:DeleteObjectVersion; remove object locks and retention",
	}
	prefix := media.PublicRoot + p.name + "-removal/"
	for range 2 { // a second version, where there are any
		p.keys = append(p.keys, prefix+"1")
		if err := p.write(ctx, prefix+"1"); err != nil {
			f.Detail = "no object can be written under " + media.PublicRoot + ": " + fault.CodeOf(err)
			return f
		}
	}
	if _, err := p.DeletePrefix(ctx, prefix); err != nil {
		f.Detail = "objects cannot be removed: " + fault.CodeOf(err)
		return f
	}
	out, err := p.client.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: &p.Bucket.name})
	versioned := err == nil && out.Status != ""
	left, err := p.versionsOf(ctx, prefix)
	switch {
	case len(left) > 0, versioned && err != nil:
		f.Detail = "the bucket keeps older versions of removed objects, which cannot be removed"
		return f
	case p.learned(ctx).versions:
		f.Detail = "the bucket keeps versions; Storyreel removes every version of an object"
	default:
		f.Detail = "removed objects are gone"
	}
	return Finding{Name: f.Name, OK: true, Detail: f.Detail}
}
