package store

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/story"
)

// fillBoard writes what the board finds published stories by, for those after
// the id and not after last: their answers and their part of the search index.
// Each is a transaction. It returns the last one's id; at the end, once the
// facets are counted anew, none.
func (s *Store) fillBoard(ctx context.Context, after, last string) (string, error) {
	var ids []string
	if err := s.w.NewRaw(`SELECT id FROM stories WHERE id > ? AND id <= ? ORDER BY id LIMIT ?`, after, last,
		s.textsAtOnce).Scan(ctx, &ids); err != nil {
		return "", err
	}
	if len(ids) == 0 {
		return "", s.recount(ctx, "facets")
	}
	for _, id := range ids {
		err := s.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
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
		if err != nil {
			return "", err
		}
	}
	return ids[len(ids)-1], nil
}
