package store

import (
	"context"
	"time"

	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/story"
)

// ladderTiers are conditions of stories with a ladder due, with their order,
// those that are served first before the others. Each is read from a short list
// or from an index that ends with the limit: the sum keeps planners from
// walking the index of all ladders for stories of the lists. The comparison with 0
// is that of the partial indices, which SQLite does not infer.
var ladderTiers = []struct {
	condition, order string
	always           bool // only where every first set gets a ladder
}{
	{condition: "ladder > 0 AND id IN (SELECT story_id FROM selection)", order: "published_at + 0 DESC"},
	{
		condition: "ladder > 0 AND id IN (SELECT story_id FROM shortlist UNION SELECT story_id FROM shortlist_entries)",
		order:     "published_at + 0 DESC",
	},
	{condition: "ladder > 0 AND watched_at > 0", order: "watched_at DESC"},
	{condition: "ladder > 0 AND ladder = 2", order: "published_at DESC"},
	{condition: "ladder > 0 AND ladder = 1", order: "published_at DESC", always: true},
}

// DueLadders implements attempt.Store.
func (s *Store) DueLadders(ctx context.Context, q attempt.LadderQuery, limit int) ([]story.Job, error) {
	var jobs []story.Job
	for _, tier := range ladderTiers {
		if tier.always && q.Watched || len(jobs) == limit {
			continue
		}
		var rows []struct {
			ID      string
			Attempt int
		}
		err := s.w.NewRaw(`UPDATE stories SET dispatched_at = ? WHERE id IN (
				SELECT id FROM stories
				WHERE `+tier.condition+` AND next_run_at <= ? AND heartbeat_at <= ? AND dispatched_at <= ?
				ORDER BY `+tier.order+` LIMIT ?)
			RETURNING id, attempt`, micros(q.Now), micros(q.Now), micros(q.Stale), micros(q.Announced),
			limit-len(jobs)).Scan(ctx, &rows)
		if err != nil {
			return nil, s.mapError(err)
		}
		for _, r := range rows {
			jobs = append(jobs, story.Job{Kind: story.Ladder, Story: r.ID, Attempt: r.Attempt + 1})
		}
	}
	return jobs, nil
}

// MarkWatched implements what feed.Watched needs. It raises no version.
func (s *Store) MarkWatched(ctx context.Context, id string, at, before time.Time) error {
	_, err := s.w.NewRaw(`UPDATE stories SET watched_at = ?
		WHERE id = ? AND state = 'published' AND ladder > 0 AND watched_at < ?`, micros(at), id, micros(before)).
		Exec(ctx)
	return s.mapError(err)
}
