package board

import (
	"context"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/text"
)

// Candidate is a story on the shortlist.
type Candidate struct {
	Campaign string // id
	Story    string
	Note     string
	By       account.Actor
	At       time.Time
}

// Listed is a candidate with its story, which may have left the feed since.
type Listed struct {
	Candidate
	Story *story.Story
}

// Add puts a published story on the shortlist, or replaces its note.
func (s *Service) Add(ctx context.Context, slug, id, note string, by account.Actor) (*Candidate, error) {
	note = text.Block(note)
	c, _, err := s.published(ctx, slug, id, note)
	if err != nil {
		return nil, err
	}
	cand := Candidate{Campaign: c.ID, Story: id, Note: note, By: by, At: s.now()}
	return &cand, s.store.PutCandidate(ctx, cand)
}

// Drop removes a story from the shortlist; dropping twice is no error.
func (s *Service) Drop(ctx context.Context, slug, id string) error {
	c, err := s.campaigns.Get(ctx, slug)
	if err != nil {
		return err
	}
	return s.store.DeleteCandidate(ctx, c.ID, id)
}

// Shortlist returns all candidates with their stories, newest first.
func (s *Service) Shortlist(ctx context.Context, slug string) ([]Listed, error) {
	c, err := s.campaigns.Get(ctx, slug)
	if err != nil {
		return nil, err
	}
	cands, err := s.store.Shortlist(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	out := make([]Listed, len(cands))
	for i, cand := range cands {
		st, err := s.store.Story(ctx, cand.Story)
		if err != nil {
			return nil, err
		}
		out[i] = Listed{cand, st}
	}
	return out, nil
}
