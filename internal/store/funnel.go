package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/funnel"
	"github.com/storyreel/storyreel/internal/story"
)

var _ funnel.Store = (*Store)(nil)

// CountStates implements funnel.Store.
func (s *Store) CountStates(ctx context.Context, campaignID string) (map[story.State]int64, error) {
	var rows []struct {
		State string
		N     int64
	}
	if err := s.staff.NewRaw(`SELECT state, count(*) AS n FROM stories WHERE campaign_id = ? GROUP BY state`, campaignID).
		Scan(ctx, &rows); err != nil {
		return nil, s.mapError(err)
	}
	counts := make(map[story.State]int64, len(rows))
	for _, r := range rows {
		counts[story.State(r.State)] = r.N
	}
	return counts, nil
}

// TransitionTimes implements funnel.Store. Story ids rise with time, so the newest
// are found without a sort.
func (s *Store) TransitionTimes(ctx context.Context, campaignID string, from story.State, to []story.State,
	limit int) ([]time.Duration, error) {
	var us []int64
	err := s.staff.NewRaw(`SELECT b.at - a.at FROM
		(SELECT story_id, min(at) AS at FROM history WHERE to_state IN (?) AND story_id IN
			(SELECT id FROM stories WHERE campaign_id = ? ORDER BY id DESC LIMIT ?) GROUP BY story_id) AS b
		JOIN (SELECT story_id, min(at) AS at FROM history WHERE to_state = ? AND story_id IN
			(SELECT id FROM stories WHERE campaign_id = ? ORDER BY id DESC LIMIT ?) GROUP BY story_id) AS a
			ON a.story_id = b.story_id`,
		bun.List(to), campaignID, limit, string(from), campaignID, limit).Scan(ctx, &us)
	return durations(us), s.mapError(err)
}

// SelectionTimes implements funnel.Store.
func (s *Store) SelectionTimes(ctx context.Context, campaignID string) ([]time.Duration, error) {
	var us []int64
	err := s.staff.NewRaw(`SELECT selection.at - (SELECT min(at) FROM history
		WHERE history.story_id = selection.story_id AND to_state = 'published')
		FROM selection WHERE campaign_id = ?`, campaignID).Scan(ctx, &us)
	return durations(us), s.mapError(err)
}

func durations(us []int64) []time.Duration {
	out := make([]time.Duration, len(us))
	for i, d := range us {
		out[i] = time.Duration(d) * time.Microsecond
	}
	return out
}
