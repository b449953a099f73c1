package intake

import (
	"context"
	"slices"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
)

// ReplaceRequest is another file for a story.
type ReplaceRequest struct {
	Story   string
	File    File
	Cut     media.Cut // the part chosen of the new file
	Address string    // the client's, by which its uploads are counted
}

// Replace opens a new upload for a story whose file failed, was rejected or
// was never sent. Everything derived from the old file is dropped, and its
// objects are removed once the new file is there or its time is over.
func (s *Service) Replace(ctx context.Context, r ReplaceRequest) (*story.Story, *UploadPlan, error) {
	if err := s.try(ctx, r.Address); err != nil {
		return nil, nil, err
	}
	st, err := s.stories.Get(ctx, r.Story)
	if err != nil {
		return nil, nil, err
	}
	if err := s.checkReplacement(ctx, st, &r.File, r.Cut); err != nil {
		return nil, nil, err
	}
	giveBack, err := s.use(ctx, r.Address, r.File)
	if err != nil {
		return nil, nil, err
	}
	if st, err = s.replace(ctx, r); err != nil {
		giveBack()
		return nil, nil, err
	}
	s.opts.Sent(Announced, r.File.Bytes)
	plan, err := s.plan(ctx, st, nil)
	return st, plan, err
}

func (s *Service) replace(ctx context.Context, r ReplaceRequest) (*story.Story, error) {
	u, err := s.newUpload(ctx, r.Story, r.File)
	if err != nil {
		return nil, err
	}
	st, err := s.stories.Change(ctx, r.Story, func(st *story.Story) (*story.Entry, error) {
		line, err := st.Apply(story.EventReplaced, account.Actor{Role: account.Contributor}, s.now())
		if err != nil {
			return nil, err
		}
		st.ClearWork()
		u.Discards = discards(st)
		st.Cut, st.Upload, st.NextRunAt = r.Cut, u, s.now().Add(uploadCheckFirst)
		st.Source, st.Media, st.Findings, st.Review, st.Escalated = nil, nil, nil, nil, false
		return line, nil
	})
	if err != nil {
		s.abandon(ctx, u)
	}
	return st, err
}

// discards are the prefixes of what the story's file has left behind, and of
// earlier files' objects that are still to be removed. Incoming objects are not
// among them: all of the story's are removed when a file is pinned or expires.
func discards(st *story.Story) []string {
	out := append(slices.Clone(st.Upload.Discards), media.SourceFolder(st.ID, st.Upload.ID))
	if st.Review != nil {
		out = append(out, st.Review.Prefix)
	}
	return out
}

// checkReplacement checks the new file and its cut against the campaign, and
// whether the story's state allows another file.
func (s *Service) checkReplacement(ctx context.Context, st *story.Story, f *File, cut media.Cut) error {
	c, err := s.campaigns.Get(ctx, st.Campaign)
	if err != nil {
		return err
	}
	if err := c.Open(s.now()); err != nil {
		return err
	}
	if err := c.Accepts(f.Bytes, st.Contributor.Country); err != nil {
		return err
	}
	if err := f.normalize(); err != nil {
		return err
	}
	if err := checkCut(cut, c.Limits); err != nil {
		return err
	}
	if err := st.May(story.EventReplaced, account.Contributor); err != nil {
		return err
	}
	return s.mayReplace(ctx, st)
}
