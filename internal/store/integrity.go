package store

import (
	"context"
	"time"

	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/integrity"
	"github.com/storyreel/storyreel/internal/story"
)

var _ integrity.Store = (*Store)(nil)

// StoriesAfter implements integrity.Store.
func (s *Store) StoriesAfter(ctx context.Context, after string, limit int) ([]*story.Story, error) {
	return s.selectStories(ctx, s.staff.NewSelect().Where("id > ?", after).Order("id").Limit(int64(limit)))
}

// HistoryAfter implements integrity.Store.
func (s *Store) HistoryAfter(ctx context.Context, storyID, line string, limit int) ([]*story.Entry, error) {
	var rows []historyRow
	err := s.staff.NewSelect().Model(&rows).Where("(story_id, id) > (?, ?)", storyID, line).Order("story_id", "id").
		Limit(int64(limit)).Scan(ctx)
	if err != nil {
		return nil, s.mapError(err)
	}
	return entries(rows)
}

// OpenAttempts implements integrity.Store.
func (s *Store) OpenAttempts(ctx context.Context, after, upTo string) ([]*attempt.Record, error) {
	var rows []attemptRow
	err := s.staff.NewSelect().Model(&rows).Where("story_id > ? AND story_id <= ?", after, upTo).
		Where("outcome = ''").Order("story_id", "attempt").Scan(ctx)
	if err != nil {
		return nil, s.mapError(err)
	}
	return records(rows), nil
}

// EndClaim implements integrity.Store. It raises no version.
func (s *Store) EndClaim(ctx context.Context, id string) error {
	_, err := s.w.NewRaw(`UPDATE stories SET claimed_by = '', claimed_name = '', claimed_until = ?
		WHERE id = ? AND state <> 'in_review'`, micros(time.Time{}), id).Exec(ctx)
	return s.mapError(err)
}
