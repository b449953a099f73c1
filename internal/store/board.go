package store

import (
	"context"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/board"
)

var _ board.Store = (*Store)(nil)

// markRow is what rows have in common that the team writes about stories.
type markRow struct {
	Slot      string
	StoryID   string
	Note      string
	ActorID   string
	ActorName string
	At        int64
}

func (r markRow) by() account.Actor {
	return account.Actor{Role: account.Creative, ID: r.ActorID, Name: r.ActorName}
}

// ofStory selects rows about one story; all where the id is empty.
const ofStory = `(? = '' OR story_id = ?)`

// Marks implements board.Store.
func (s *Store) Marks(ctx context.Context, campaignID, storyID string) (*board.Marks, error) {
	tags, err := s.Tags(ctx, []string{storyID})
	if err != nil {
		return nil, err
	}
	votes, err := s.votes(ctx, campaignID, storyID)
	if err != nil {
		return nil, err
	}
	listed, err := s.OnLists(ctx, campaignID, []string{storyID})
	if err != nil {
		return nil, err
	}
	m := &board.Marks{Tags: tags[storyID], Votes: votes[storyID], Listed: listed[storyID]}
	picked, err := s.picks(ctx, campaignID, storyID)
	if len(picked) > 0 {
		m.Pick = &picked[0]
	}
	return m, err
}
