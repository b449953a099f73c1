package board

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/text"
)

const (
	maxTags = 20 // of one story
	maxTag  = 40 // characters
)

// Vote is one person's opinion of a candidate.
type Vote struct {
	Campaign string // id
	Story    string
	By       account.Actor
	Value    int // 1 for, -1 against, 0 none
	Reason   string
	At       time.Time
}

// Marks are what the team wrote about one story.
type Marks struct {
	Tags      []string
	Votes     []Vote
	Candidate *Candidate // nil: not on the shortlist
	Pick      *Pick      // nil: fills no slot
}

// Marks returns what the team wrote about a story in any state.
func (s *Service) Marks(ctx context.Context, st *story.Story) (*Marks, error) {
	return s.store.Marks(ctx, st.Campaign, st.ID)
}

// SetTags replaces the tags of a published story. Tags are stored folded.
func (s *Service) SetTags(ctx context.Context, slug, id string, tags []string, by account.Actor) ([]string, error) {
	c, _, err := s.published(ctx, slug, id, "")
	if err != nil {
		return nil, err
	}
	var folded []string
	for _, t := range tags {
		if t = foldTag(t); t != "" {
			folded = append(folded, t)
		}
		if text.Len(t) > maxTag {
			return nil, fault.New(fault.Invalid, "board.tag", "a tag has at most %d characters", maxTag)
		}
	}
	slices.Sort(folded)
	folded = slices.Compact(folded)
	if len(folded) > maxTags {
		return nil, fault.New(fault.Invalid, "board.tag", "a story has at most %d tags", maxTags)
	}
	return folded, s.store.SetTags(ctx, c.ID, id, folded, by, s.now())
}

// foldTag folds a tag, which may be typed with a leading #.
func foldTag(t string) string { return text.Fold(strings.TrimPrefix(text.Line(t), "#")) }

// Tags returns the tags of each of the stories that has any.
func (s *Service) Tags(ctx context.Context, stories ...string) (map[string][]string, error) {
	if len(stories) == 0 {
		return nil, nil
	}
	return s.store.Tags(ctx, stories)
}

// Vote records one person's opinion of a published story; voting again replaces
// it, a value of 0 removes it.
func (s *Service) Vote(ctx context.Context, slug, id string, value int, reason string, by account.Actor) error {
	if value < -1 || value > 1 {
		return fault.New(fault.Invalid, "board.vote", "a vote is 1, -1, or 0 to take it back")
	}
	reason = text.Block(reason)
	c, _, err := s.published(ctx, slug, id, reason)
	if err != nil {
		return err
	}
	return s.store.PutVote(ctx, Vote{Campaign: c.ID, Story: id, By: by, Value: value, Reason: reason, At: s.now()})
}

// Votes returns the campaign's votes by story.
func (s *Service) Votes(ctx context.Context, slug string) (map[string][]Vote, error) {
	c, err := s.campaigns.Get(ctx, slug)
	if err != nil {
		return nil, err
	}
	return s.store.Votes(ctx, c.ID)
}
