package intake

import (
	"context"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
)

// Replace opens a new upload for a story whose file failed, was rejected or
// was never sent. Everything derived from the old file is dropped; cut is the
// part chosen of the new one.
func (s *Service) Replace(
	ctx context.Context, id string, f File, cut media.Cut,
) (*story.Story, *UploadPlan, error) {
	st, err := s.stories.Get(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	if err := s.checkReplacement(ctx, st, &f, cut); err != nil {
		return nil, nil, err
	}
	u, err := s.newUpload(ctx, id, f)
	if err != nil {
		return nil, nil, err
	}
	st, err = s.stories.Change(ctx, id, func(st *story.Story) (*story.Entry, error) {
		line, err := st.Apply(story.EventReplaced, account.Actor{Role: account.Contributor}, s.now())
		if err != nil {
			return nil, err
		}
		st.ClearWork()
		st.Cut, st.Upload, st.NextRunAt = cut, u, s.now().Add(uploadCheckFirst)
		st.Source, st.Media, st.Findings, st.Review, st.Escalated = nil, nil, nil, nil, false
		return line, nil
	})
	if err != nil {
		s.abandon(ctx, u)
		return nil, nil, err
	}
	plan, err := s.plan(ctx, st, nil)
	return st, plan, err
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
	return st.May(story.EventReplaced, account.Contributor)
}
