package store

import (
	"context"
	"time"

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
	if err := s.staff.NewRaw(`SELECT state, sum(n) AS n FROM story_counts WHERE campaign_id = ? GROUP BY state
		HAVING sum(n) > 0`, campaignID).Scan(ctx, &rows); err != nil {
		return nil, s.mapError(err)
	}
	counts := make(map[story.State]int64, len(rows))
	for _, r := range rows {
		counts[story.State(r.State)] = r.N
	}
	return counts, nil
}

// Entries implements funnel.Store. Story ids rise with time, so the newest are
// found without a sort.
func (s *Store) Entries(ctx context.Context, campaignID string, limit int) ([]map[story.State]time.Time, error) {
	var rows []struct {
		StoryID, State string
		At             int64
	}
	if err := s.staff.NewRaw(`SELECT h.story_id, h.to_state AS state, min(h.at) AS at
		FROM (SELECT id FROM stories WHERE campaign_id = ? ORDER BY id DESC LIMIT ?) AS newest
		JOIN history AS h ON h.story_id = newest.id GROUP BY h.story_id, h.to_state ORDER BY h.story_id`,
		campaignID, limit).Scan(ctx, &rows); err != nil {
		return nil, s.mapError(err)
	}
	var out []map[story.State]time.Time
	for i, r := range rows {
		if i == 0 || rows[i-1].StoryID != r.StoryID {
			out = append(out, map[story.State]time.Time{})
		}
		out[len(out)-1][story.State(r.State)] = moment(r.At)
	}
	return out, nil
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
