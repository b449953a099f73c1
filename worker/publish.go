package worker

import (
	"context"
	"os"
	"path/filepath"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/transcode"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// publish makes an approved story public at once, with a first set of its
// review copy. Where none can be made, it makes the ladder instead.
func (p *Pipeline) publish(ctx context.Context, r *run) error {
	res, err := p.first(ctx, r)
	if err != nil && ctx.Err() == nil && fallsBack(err) {
		p.opts.Log.Warn("no first set; the ladder is made instead", "story", r.job.Story, "err", err)
		if err = p.makeRoom(r); err == nil {
			res, err = p.ladder(ctx, r)
		}
	}
	if err != nil {
		return err
	}
	if _, err := p.attempts.Published(ctx, r.job, res.Assets); err != nil {
		return err
	}
	p.tidy(ctx, r)
	return nil
}

// makeRoom removes the files of a first set that was not made, and reserves what
// the ladder needs instead.
func (p *Pipeline) makeRoom(r *run) error {
	for _, name := range []string{copyFolder, string(plan.First)} {
		if err := os.RemoveAll(filepath.Join(r.dir, name)); err != nil {
			return scratchFault(err)
		}
	}
	if r.story.Source == nil || r.story.Media == nil {
		return nil // the ladder fails with the reason
	}
	p.gate.release(r.dir)
	if err := p.gate.take(r.dir, p.ladderNeed(r.story)); err != nil {
		return refusal.DiskFull().OfMachine().Because(err)
	}
	return nil
}

// refine makes the ladder of a story that is public with a first set.
func (p *Pipeline) refine(ctx context.Context, r *run) error {
	res, err := p.ladder(ctx, r)
	if err != nil {
		return err
	}
	if _, err := p.attempts.Refined(ctx, r.job, res.Assets); err != nil {
		return err
	}
	p.tidy(ctx, r)
	return nil
}

// hasFirst reports whether a first set can be made: the story has a review
// copy whose bytes are known.
func hasFirst(st *story.Story) bool {
	return st.Review != nil && st.Review.Digest != "" && st.Media != nil && st.Findings != nil
}

// fallsBack reports whether a first set failed for a reason that lies in the
// review copy, so that trying again is of no use.
func fallsBack(err error) bool {
	switch fault.KindOf(err) {
	case fault.Unavailable, fault.TooMany, fault.Conflict:
		return false
	case fault.Invalid, fault.TooLarge, fault.Forbidden, fault.Unauthorized, fault.NotFound, fault.Internal:
	}
	return !fault.IsLocal(err)
}

// first makes the first set from the review copy, of which every byte is the
// one that was reviewed.
func (p *Pipeline) first(ctx context.Context, r *run) (*transcode.Result, error) {
	if !hasFirst(r.story) {
		return nil, fault.New(fault.NotFound, "story.no_copy", "the story has no review copy")
	}
	review := *r.story.Review
	dir, err := p.reviewed(ctx, r, review)
	if err != nil {
		return nil, err
	}
	limits, err := p.publishLimits(ctx, r.story)
	if err != nil {
		return nil, err
	}
	m := plan.OfCopy(*r.story.Media, review)
	res, err := p.transcode(ctx, r, filepath.Join(dir, review.MP4), m, plan.First, limits, r.story.Findings)
	if err != nil {
		return nil, err
	}
	res.Assets.PosterColor = review.PosterColor
	return res, nil
}

// copyFolder is where the scratch folder of an attempt holds the review copy.
const copyFolder = "copy"

// reviewed fetches the files of the review copy into a folder, and returns it.
func (p *Pipeline) reviewed(ctx context.Context, r *run, review media.Assets) (string, error) {
	dir := filepath.Join(r.dir, copyFolder)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", scratchFault(err)
	}
	names := []string{review.MP4, review.Poster, review.Storyboard, review.StoryboardVTT}
	for _, name := range names {
		_, n, err := p.bucket.Fetch(ctx, review.Prefix+name, "", filepath.Join(dir, name))
		if err != nil {
			return "", err
		}
		r.record.BytesIn += n
	}
	_, digest, err := transcode.Digest(dir, names)
	if err != nil {
		return "", scratchFault(err)
	}
	if digest != review.Digest {
		return "", fault.New(fault.Internal, "story.copy_changed", "the review copy is no longer what was approved")
	}
	r.advance(0, fetched, 1)
	return dir, nil
}

// ladder makes the public ladder from the source.
func (p *Pipeline) ladder(ctx context.Context, r *run) (*transcode.Result, error) {
	src := r.story.Source
	if src == nil || r.story.Media == nil {
		return nil, fault.New(fault.Internal, "story.no_source", "the story has no pinned source")
	}
	limits, err := p.publishLimits(ctx, r.story)
	if err != nil {
		return nil, err
	}
	path, sha, err := p.source(ctx, r, src.Key, src.ETag)
	if err != nil {
		return nil, err
	}
	if sha != src.SHA256 {
		return nil, fault.New(fault.Internal, "story.source_changed",
			"the pinned source is no longer what was approved")
	}
	res, err := p.transcode(ctx, r, path, *r.story.Media, plan.Publish, limits, r.story.Findings)
	if err != nil {
		return nil, notTheSource(err)
	}
	return res, nil
}

// publishLimits are the campaign's limits, as far as they matter for a story
// that was approved: it stays publishable when they change.
func (p *Pipeline) publishLimits(ctx context.Context, st *story.Story) (refusal.Limits, error) {
	limits, err := p.opts.Limits(ctx, st.Campaign)
	limits.MinDuration, limits.MaxDuration = 0, max(limits.MaxDuration, st.Media.Duration)
	if st.Review != nil { // its other files count as well
		limits.MaxBytes = max(limits.MaxBytes, st.Review.Bytes)
	}
	return limits, err
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
