package store

import (
	"context"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/story"
)

// Backlog is how many stories there are, and how long those wait that wait
// longest.
type Backlog struct {
	// Stories are counted by state; a state without stories has 0.
	Stories map[story.State]int64
	// Oldest is since when the story waits, in each of story.WaitingStates, that
	// waits longest for the same; zero: none does.
	Oldest map[story.State]time.Time
}

// waitingSince is the expression of the index stories_waiting.
const waitingSince = `CASE WHEN waiting_since > 0 THEN waiting_since ELSE updated_at END`

// Backlog reads the kept counters and the first entry of one index for each
// waiting state, of all campaigns, in one statement.
func (s *Store) Backlog(ctx context.Context) (*Backlog, error) {
	out := &Backlog{Stories: map[story.State]int64{}, Oldest: map[story.State]time.Time{}}
	for _, state := range story.States() {
		out.Stories[state] = 0
	}
	query := []string{`SELECT 'n' AS what, state, sum(n) AS value FROM story_counts GROUP BY state`}
	var args []any
	for _, state := range story.WaitingStates() {
		out.Oldest[state] = time.Time{}
		query = append(query, `SELECT 'since', ?, coalesce((SELECT `+waitingSince+` FROM stories WHERE state = ?
			AND state IN ('uploaded', 'preparing', 'in_review', 'approved', 'publishing')
			ORDER BY `+waitingSince+` LIMIT 1), 0)`)
		args = append(args, string(state), string(state))
	}
	var rows []struct {
		What, State string
		Value       int64
	}
	if err := s.staff.NewRaw(strings.Join(query, ` UNION ALL `), args...).Scan(ctx, &rows); err != nil {
		return nil, s.mapError(err)
	}
	for _, r := range rows {
		switch state := story.State(r.State); r.What {
		case "n":
			out.Stories[state] = max(r.Value, 0) // it may lag while the counters are filled after an update
		default:
			out.Oldest[state] = moment(r.Value)
		}
	}
	return out, nil
}

// OpenFills returns how many parts of an update's filling are not done; see
// Fill.
func (s *Store) OpenFills(ctx context.Context) (int, error) {
	var open int
	err := s.staff.NewRaw(`SELECT count(*) FROM fills WHERE NOT done`).Scan(ctx, &open)
	return open, s.mapError(err)
}

// keepWaiting sets since when the story waits, and reports whether that
// changes.
func (r *storyRow) keepWaiting(line *story.Entry) bool {
	if line == nil || line.From.Wait() == line.To.Wait() {
		return false
	}
	r.WaitingSince = 0
	if line.To.Wait() != "" {
		r.WaitingSince = micros(line.At)
	}
	return true
}
