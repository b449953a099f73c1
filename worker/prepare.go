package worker

import (
	"context"
	"encoding/base64"
	"encoding/hex"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/transcode"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// prepare pins the source, makes the review copy and measures.
func (p *Pipeline) prepare(ctx context.Context, r *run) error {
	limits, err := p.opts.Limits(ctx, r.story.Campaign)
	if err != nil {
		return err
	}
	key, etag := r.story.Upload.Key, r.story.Upload.ETag
	if src := r.story.Source; src != nil {
		key, etag = src.Key, src.ETag
	}
	path, sha, err := p.source(ctx, r, key, etag)
	if err != nil {
		return err
	}
	if err := p.discard(ctx, r); err != nil {
		return err
	}
	pinned := make(chan error, 1)
	if r.story.Source == nil {
		if err := checkSum(r.story.Upload, sha); err != nil {
			return err
		}
		go func() { pinned <- p.pin(ctx, r, sha, path) }() // storage works while we do
	} else {
		pinned <- nil
	}
	res, err := p.review(ctx, r, path, limits)
	if pinErr := <-pinned; pinErr != nil { // the bytes that were reviewed must be kept, also those of a refusal
		return pinErr
	}
	if err != nil {
		return err
	}
	if _, err := p.attempts.Prepared(ctx, r.job, res.Media, res.Findings, res.Assets); err != nil {
		return err
	}
	p.tidy(ctx, r)
	return nil
}

// review probes the fetched file and makes its review copy.
func (p *Pipeline) review(ctx context.Context, r *run, path string, limits refusal.Limits) (*transcode.Result, error) {
	m, err := p.transcoder.Probe(ctx, path, limits)
	if err != nil {
		return nil, err
	}
	return p.transcode(ctx, r, path, m, plan.Review, limits, nil)
}

// checkSum compares the SHA-256 of the fetched bytes (lower-case hex) with the
// one that the client announced, which not every storage server checks.
func checkSum(u story.Upload, sha string) error {
	if u.SHA256 == "" {
		return nil
	}
	if want, err := base64.StdEncoding.DecodeString(u.SHA256); err != nil || hex.EncodeToString(want) != sha {
		return fault.New(fault.Invalid, "upload.checksum",
			"the file that arrived is not the one that was announced; send it again")
	}
	return nil
}

// discard removes the objects of files that the one at hand replaced. The row
// names them until they are gone, so that an attempt that ends in between
// leaves them to the next.
func (p *Pipeline) discard(ctx context.Context, r *run) error {
	if len(r.story.Upload.Discards) == 0 {
		return nil
	}
	for _, prefix := range r.story.Upload.Discards {
		if _, err := p.opts.Removal.Remove(ctx, prefix); err != nil {
			return err
		}
	}
	return p.attempts.Discarded(ctx, r.job)
}

// pin keeps the upload, by its ETag, where no presigned URL can write, and
// removes the upload once that is recorded. path holds the fetched bytes.
func (p *Pipeline) pin(ctx context.Context, r *run, sha, path string) error {
	u := r.story.Upload
	src := story.Source{Key: media.SourceKey(r.job.Story, u.ID), SHA256: sha}
	if err := p.bucket.Pin(ctx, u.Key, u.ETag, src.Key, path); err != nil {
		return err
	}
	o, err := p.bucket.Head(ctx, src.Key)
	if err != nil {
		return err
	}
	src.ETag, src.Bytes = o.ETag, o.Bytes
	if err := p.attempts.Pin(ctx, r.job, src); err != nil {
		return err
	}
	if _, err := p.opts.Removal.Remove(ctx, media.IncomingPrefix(r.job.Story)); err != nil {
		p.opts.Log.Warn("upload not removed after pinning", "story", r.job.Story, "err", err)
	}
	return nil
}
