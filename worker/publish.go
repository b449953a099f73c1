package worker

import (
	"context"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode/plan"
)

// publish makes the public ladder of an approved story.
func (p *Pipeline) publish(ctx context.Context, r *run) error {
	src := r.story.Source
	if src == nil || r.story.Media == nil {
		return fault.New(fault.Internal, "story.no_source", "the story has no pinned source")
	}
	limits, err := p.opts.Limits(ctx, r.story.Campaign)
	if err != nil {
		return err
	}
	// What was approved stays publishable when the campaign's limits change.
	limits.MinDuration, limits.MaxDuration = 0, max(limits.MaxDuration, r.story.Media.Duration)
	path, sha, err := p.source(ctx, r, src.Key, src.ETag)
	if err != nil {
		return err
	}
	if sha != src.SHA256 {
		return fault.New(fault.Internal, "story.source_changed", "the pinned source is no longer what was approved")
	}
	res, err := p.transcode(ctx, r, path, *r.story.Media, plan.Publish, limits, r.story.Findings)
	if err != nil {
		return err
	}
	if _, err := p.attempts.Published(ctx, r.job, res.Assets); err != nil {
		return err
	}
	p.tidy(ctx, r, media.PublicRoot)
	return nil
}
