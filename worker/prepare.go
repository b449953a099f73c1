package worker

import (
	"context"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/transcode/plan"
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
	if r.story.Source == nil {
		if err := p.pin(ctx, r, sha); err != nil {
			return err
		}
	}
	m, err := p.transcoder.Probe(ctx, path, limits)
	if err != nil {
		return err
	}
	res, err := p.transcode(ctx, r, path, m, plan.Review, limits, nil)
	if err != nil {
		return err
	}
	if _, err := p.attempts.Prepared(ctx, r.job, res.Media, res.Findings, res.Assets); err != nil {
		return err
	}
	p.tidy(ctx, r, media.ReviewRoot)
	return nil
}

// pin copies the upload, by its ETag, to where no presigned URL can write, and
// removes the upload once the copy is recorded.
func (p *Pipeline) pin(ctx context.Context, r *run, sha string) error {
	u := r.story.Upload
	src := story.Source{Key: media.SourceKey(r.job.Story, u.ID), SHA256: sha}
	if err := p.bucket.Copy(ctx, u.Key, u.ETag, src.Key); err != nil {
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
	if _, err := p.bucket.DeletePrefix(ctx, media.IncomingPrefix(r.job.Story)); err != nil {
		p.opts.Log.Warn("upload not removed after pinning", "story", r.job.Story, "err", err)
	}
	return nil
}
