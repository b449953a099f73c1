package worker

import (
	"context"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
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
		return notTheSource(err)
	}
	if _, err := p.attempts.Published(ctx, r.job, res.Assets); err != nil {
		return err
	}
	p.tidy(ctx, r)
	return nil
}

// notTheSource turns the refusal of a source as unreadable into a defect of
// ours: the same bytes passed the prepare job and a person saw them. The job is
// tried again, and then listed for an operator.
func notTheSource(err error) error {
	if fault.Permanent(err) && (fault.Is(err, refusal.CodeCorrupt) || fault.Is(err, refusal.CodeKilled)) {
		return refusal.Defect(err)
	}
	return err
}
