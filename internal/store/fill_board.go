package store

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/story"
)

// fillBoard writes what the board finds published stories by, for those after
// the id and not after last: their answers and their part of the search index.
// It returns what fillEach does.
func (s *Store) fillBoard(ctx context.Context, after, last string) (string, error) {
	return s.fillEach(ctx, after, last, func(ctx context.Context, tx bun.Tx, id string) error {
		row, err := s.lockStory(ctx, tx, id)
		if err != nil || row.State != string(story.Published) {
			return err
		}
		st, err := row.story()
		if err != nil {
			return err
		}
		if err := s.keepAnswers(ctx, tx, st, row.PublishedAt); err != nil {
			return err
		}
		return s.indexText(ctx, tx, st, row.PublishedAt)
	})
}
