package worker

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/transcode"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// need returns an upper bound of the scratch bytes that the job uses: its
// source, and what the profile makes of it. The length of a video is unknown
// before its first prepare job, and then counts as the longest allowed.
func (p *Pipeline) need(ctx context.Context, j story.Job) (int64, error) {
	st, err := p.attempts.Peek(ctx, j)
	if err != nil {
		return 0, err
	}
	switch {
	case j.Kind == story.Publish && hasFirst(st):
		return st.Review.Bytes + plan.FirstScratch(*st.Review), nil
	case j.Kind != story.Prepare && st.Media != nil:
		return p.ladderNeed(st), nil
	}
	limits, err := p.opts.Limits(ctx, st.Campaign)
	return sourceBytes(st) + plan.ReviewScratch(sourceBytes(st), limits.MaxDuration), err
}

// ladderNeed is need of a ladder.
func (p *Pipeline) ladderNeed(st *story.Story) int64 {
	return sourceBytes(st) + plan.LadderScratch(*st.Media, p.opts.Publish)
}

func sourceBytes(st *story.Story) int64 {
	if st.Source != nil {
		return st.Source.Bytes
	}
	return st.Upload.Bytes
}

// source fetches the story's file into the attempt's scratch folder. The name
// has no extension and comes from no client.
func (p *Pipeline) source(ctx context.Context, r *run, key, etag string) (path, sha string, err error) {
	path = filepath.Join(r.dir, "source")
	sha, r.record.BytesIn, err = p.bucket.Fetch(ctx, key, etag, path)
	r.advance(0, fetched, 1)
	return path, sha, err
}

var errTimeout = fault.New(fault.Unavailable, "worker.timeout", "the work took too long on this machine")

// transcode runs the profile in the attempt's scratch folder and stores the
// output under the attempt's prefix. Its time is bounded by the length of the
// video: on two busy cores a 1080p ladder takes about three times as long, a
// 4K HDR one about twenty times. The ladder of a story that is on the feed
// already leaves the processor to review copies and publications, and so may
// take five times as long again.
func (p *Pipeline) transcode(ctx context.Context, r *run, src string, m media.Media, profile plan.Profile,
	limits refusal.Limits, f *media.Findings) (*transcode.Result, error) {
	out := filepath.Join(r.dir, string(profile))
	if err := os.Mkdir(out, 0o700); err != nil {
		return nil, scratchFault(err)
	}
	options := p.opts.Publish
	options.Profile, options.Findings = profile, f
	if profile != plan.First { // which is of a copy that is cut
		options.Cut = r.story.Cut
	}
	planned, err := plan.New(m, options, limits)
	if err != nil {
		return nil, err
	}
	transcoder, bound := p.transcoder, 3*time.Minute+40*m.Duration
	if r.job.Kind == story.Ladder {
		transcoder, bound = transcoder.Background(), 5*bound
	}
	runCtx, cancel := context.WithTimeoutCause(ctx, bound, errTimeout)
	defer cancel()
	res, err := transcoder.Run(runCtx, planned, src, out, func(pr transcode.Progress) {
		r.advance(fetched, transcoded, pr.Fraction)
	})
	r.record.CPU, r.record.MaxRSS = r.record.CPU+res.Usage.CPU, max(r.record.MaxRSS, res.Usage.MaxRSS)
	if err != nil {
		if cause := context.Cause(runCtx); cause != nil {
			return nil, cause
		}
		return nil, err
	}
	// What a story no longer calls for is not stored, least of all where everyone can read it.
	if err := p.attempts.Beat(ctx, r.job, transcoded); err != nil {
		return nil, err
	}
	r.record.BytesOut, err = p.bucket.PutTree(ctx, r.prefix(), out, func(done, total int64) {
		r.advance(transcoded, 1, float64(done)/float64(max(total, 1)))
	})
	res.Assets.Prefix = r.prefix()
	return &res, err
}
