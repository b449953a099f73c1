package worker

import (
	"context"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
)

// tidy removes the output of earlier attempts at the same work; a process that
// was suspended may tidy up after later ones have finished. A first set that the
// ladder has replaced stays; it has a job of its own.
func (p *Pipeline) tidy(ctx context.Context, r *run) {
	folders, err := p.bucket.Folders(ctx, media.StoryPrefix(media.RootOf(r.prefix()), r.job.Story), "", 100)
	for _, f := range folders {
		n, known := media.AttemptOf(f)
		replaced := r.job.Kind == story.Ladder && f == r.story.Public.Prefix
		if err == nil && known && n < r.job.Attempt && !replaced {
			_, err = p.opts.Removal.Remove(ctx, f)
		}
	}
	if err != nil {
		p.opts.Log.Warn("older attempts not removed; the sweep will", "story", r.job.Story, "err", err)
	}
}

// removeOutput removes what the attempt made, unless its story has accepted it
// or cannot be read, and so may have.
func (p *Pipeline) removeOutput(ctx context.Context, r *run) error {
	accepted, err := p.attempts.Accepted(ctx, r.job, r.prefix())
	if err == nil && !accepted {
		_, err = p.opts.Removal.Remove(ctx, r.prefix())
	}
	return err
}

// remove deletes the objects that the story's state no longer needs: the public
// ones once it left the feed, all of them once it was withdrawn. It fails, and
// is retried, until caches in front of the bucket have dropped the public ones.
func (p *Pipeline) remove(ctx context.Context, r *run) error {
	st := r.story
	prefixes := st.Removable()
	if st.State == story.Withdrawn && st.Upload.Multipart != "" {
		if err := p.bucket.AbortMultipart(ctx, st.Upload.Key, st.Upload.Multipart); err != nil {
			return err
		}
	}
	for i, prefix := range prefixes {
		if _, err := p.opts.Removal.Remove(ctx, prefix); err != nil {
			return err
		}
		r.advance(0, 1, float64(i+1)/float64(len(prefixes)))
	}
	return p.attempts.Removed(ctx, r.job, prefixes)
}
