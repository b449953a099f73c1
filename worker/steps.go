package worker

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/transcode"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// prepare pins the source, makes the review copy and measures.
func (p *Pipeline) prepare(ctx context.Context, t *try) error {
	limits, err := p.opts.Limits(ctx, t.story.Campaign)
	if err != nil {
		return err
	}
	key, etag := t.story.Upload.Key, t.story.Upload.ETag
	if src := t.story.Source; src != nil {
		key, etag = src.Key, src.ETag
	}
	path, sha, err := p.source(ctx, t, key, etag)
	if err != nil {
		return err
	}
	if t.story.Source == nil {
		if err := p.pin(ctx, t, sha); err != nil {
			return err
		}
	}
	m, err := p.media.Probe(ctx, path, limits)
	if err != nil {
		return err
	}
	res, err := p.transcode(ctx, t, path, m, plan.Review, limits, nil)
	if err != nil {
		return err
	}
	if _, err := p.attempts.Prepared(ctx, t.job, res.Media, res.Findings, res.Set); err != nil {
		return err
	}
	p.tidy(ctx, t, media.ReviewRoot)
	return nil
}

// pin copies the upload, by its ETag, to where no presigned URL can write,
// and forgets the upload once the story knows of the copy.
func (p *Pipeline) pin(ctx context.Context, t *try, sha string) error {
	u := t.story.Upload
	src := story.Source{Key: media.SourceKey(t.job.Story, u.ID), SHA256: sha}
	if err := p.blobs.Copy(ctx, u.Key, u.ETag, src.Key); err != nil {
		return err
	}
	o, err := p.blobs.Head(ctx, src.Key)
	if err != nil {
		return err
	}
	src.ETag, src.Bytes = o.ETag, o.Bytes
	if err := p.attempts.Pin(ctx, t.job, src); err != nil {
		return err
	}
	if _, err := p.blobs.DeletePrefix(ctx, media.IncomingPrefix(t.job.Story)); err != nil {
		p.opts.Log.Warn("upload not removed after pinning", "story", t.job.Story, "err", err)
	}
	return nil
}

// publish makes the public ladder of an approved story.
func (p *Pipeline) publish(ctx context.Context, t *try) error {
	src := t.story.Source
	if src == nil || t.story.Media == nil {
		return fault.New(fault.Internal, "story.no_source", "the story has no pinned source")
	}
	limits, err := p.opts.Limits(ctx, t.story.Campaign)
	if err != nil {
		return err
	}
	// What was approved stays publishable when the campaign's limits change.
	limits.MinDuration, limits.MaxDuration = 0, max(limits.MaxDuration, t.story.Media.Duration)
	path, sha, err := p.source(ctx, t, src.Key, src.ETag)
	if err != nil {
		return err
	}
	if sha != src.SHA256 {
		return fault.New(fault.Internal, "story.source_changed", "the pinned source is no longer what was approved")
	}
	res, err := p.transcode(ctx, t, path, *t.story.Media, plan.Publish, limits, t.story.Findings)
	if err != nil {
		return err
	}
	if _, err := p.attempts.Published(ctx, t.job, res.Set); err != nil {
		return err
	}
	p.tidy(ctx, t, media.PublicRoot)
	return nil
}

// transcode runs the profile in the try's scratch folder and stores the tree
// under the try's prefix. Its time is bounded by the length of the film: a
// 1080p ladder takes about three times it on two busy cores, a 4K HDR one
// about twenty times.
func (p *Pipeline) transcode(ctx context.Context, t *try, src string, m media.Media, profile plan.Profile,
	limits refusal.Limits, f *media.Findings) (*transcode.Result, error) {
	out := filepath.Join(t.dir, "out")
	if err := os.Mkdir(out, 0o700); err != nil {
		return nil, fault.New(fault.Unavailable, "worker.scratch", "no scratch space").Because(err)
	}
	order := p.opts.Order
	order.Profile, order.Cut, order.Findings = profile, t.story.Cut, f
	plan, err := plan.New(m, order, limits)
	if err != nil {
		return nil, err
	}
	runCtx, cancel := context.WithTimeoutCause(ctx, 3*time.Minute+40*m.Duration,
		fault.New(fault.Unavailable, "worker.timeout", "the work took too long on this machine"))
	defer cancel()
	res, err := p.media.Run(runCtx, plan, src, out, func(pr transcode.Progress) { t.advance(0.1, 0.9, pr.Fraction) })
	t.record.CPU, t.record.MaxRSS = res.Usage.CPU, res.Usage.MaxRSS
	if err != nil {
		if cause := context.Cause(runCtx); cause != nil {
			return nil, cause
		}
		return nil, err
	}
	t.record.BytesOut, err = p.blobs.PutTree(ctx, t.prefix(), out, func(done, total int64) {
		t.advance(0.9, 1, float64(done)/float64(max(total, 1)))
	})
	res.Set.Prefix = t.prefix()
	return &res, err
}

// tidy removes what other tries left under the root; the row names ours.
func (p *Pipeline) tidy(ctx context.Context, t *try, root string) {
	folders, err := p.blobs.Folders(ctx, root+t.job.Story+"/", "", 100)
	for _, f := range folders {
		if !strings.HasPrefix(t.prefix(), f) && err == nil {
			_, err = p.blobs.DeletePrefix(ctx, f)
		}
	}
	if err != nil {
		p.opts.Log.Warn("older attempts not removed; the sweep will", "story", t.job.Story, "err", err)
	}
}

// remove deletes the public objects of a story that left the feed, and every
// object of one that was withdrawn.
func (p *Pipeline) remove(ctx context.Context, t *try) error {
	st := t.story
	prefixes := []string{media.PublicRoot + st.ID + "/"}
	if st.State == story.Withdrawn {
		prefixes = append(prefixes, media.ReviewRoot+st.ID+"/", media.SourcePrefix(st.ID), media.IncomingPrefix(st.ID))
		if st.Upload.Multipart != "" {
			if err := p.blobs.AbortMultipart(ctx, st.Upload.Key, st.Upload.Multipart); err != nil {
				return err
			}
		}
	}
	for i, prefix := range prefixes {
		if _, err := p.blobs.DeletePrefix(ctx, prefix); err != nil {
			return err
		}
		t.advance(0, 1, float64(i+1)/float64(len(prefixes)))
	}
	return p.attempts.Removed(ctx, t.job)
}
