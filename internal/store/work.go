package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/funnel"
	"github.com/storyreel/storyreel/internal/story"
)

var (
	_ attempt.Store = (*Store)(nil)
	_ funnel.Store  = (*Store)(nil)
)

// Due implements attempt.Store.
func (s *Store) Due(ctx context.Context, now, stale, redispatch time.Time, limit int) ([]story.Job, error) {
	var rows []struct {
		ID      string
		Work    string
		Attempt int
	}
	// In one statement, so that two leaders for a moment announce little twice.
	err := s.w.NewRaw(`UPDATE stories SET dispatched_at = ? WHERE id IN (
			SELECT id FROM stories
			WHERE work <> '' AND dispatched_at <= ? AND next_run_at <= ? AND heartbeat_at <= ?
			ORDER BY dispatched_at, id LIMIT ?)
		RETURNING id, work,
		attempt`, micros(now), micros(redispatch), micros(now), micros(stale), limit).Scan(ctx, &rows)
	if err != nil {
		return nil, s.explain(err)
	}
	jobs := make([]story.Job, len(rows))
	for i, r := range rows {
		jobs[i] = story.Job{Kind: story.JobKind(r.Work), Story: r.ID, Attempt: r.Attempt + 1}
	}
	return jobs, nil
}

// Beat implements attempt.Store.
func (s *Store) Beat(ctx context.Context, id string, attempt int, states []story.State, at time.Time,
	progress float64) error {
	n, err := changed(
		s.w.NewRaw(
			`UPDATE stories SET heartbeat_at = ?, progress = ? WHERE id = ? AND attempt = ? AND heartbeat_at > 0
				AND state IN (?)`,
			micros(at), progress, id, attempt, bun.List(states)).Exec(ctx))
	if err != nil {
		return s.explain(err)
	}
	if n == 0 {
		return fault.New(fault.Conflict, "job.overtaken", "attempt %d no longer holds the story", attempt)
	}
	return nil
}

// OpenUploads implements intake.Store.
func (s *Store) OpenUploads(ctx context.Context, now time.Time, limit int) ([]*story.Story, error) {
	return s.selectStories(ctx,
		s.r.NewSelect().Where("state = 'awaiting_upload'").Where("next_run_at <= ?", micros(now)).Order("next_run_at").
			Limit(int64(limit)))
}

// Troubled implements attempt.Store.
func (s *Store) Troubled(ctx context.Context, limit int) ([]*story.Story, error) {
	return s.selectStories(ctx,
		s.r.NewSelect().Where("(state = 'failed' OR tries > 0)").Order("updated_at DESC").Limit(int64(limit)))
}

func (s *Store) selectStories(ctx context.Context, q *bun.SelectQuery) ([]*story.Story, error) {
	var rows []storyRow
	if err := q.Model(&rows).Scan(ctx); err != nil {
		return nil, s.explain(err)
	}
	return storiesOf(rows)
}

type attemptRow struct {
	bun.BaseModel `bun:"table:attempts"`

	StoryID   string `bun:",pk"`
	Attempt   int    `bun:",pk"`
	Kind      string
	Worker    string
	StartedAt int64
	EndedAt   int64
	Outcome   string
	Code      string
	Error     string
	CPU       int64 `bun:"cpu_us"`
	MaxRSS    int64 `bun:"max_rss"`
	BytesIn   int64
	BytesOut  int64
	Sandbox   string
}

// RecordAttempt implements attempt.Store.
func (s *Store) RecordAttempt(ctx context.Context, a *attempt.Record) error {
	row := &attemptRow{
		StoryID: a.Story, Attempt: a.Attempt, Kind: string(a.Kind), Worker: a.Worker, StartedAt: micros(a.StartedAt),
		EndedAt: micros(a.EndedAt),
		Outcome: string(a.Outcome), Code: a.Code, Error: a.Error, CPU: a.CPU.Microseconds(), MaxRSS: a.MaxRSS,
		BytesIn: a.BytesIn, BytesOut: a.BytesOut, Sandbox: a.Sandbox,
	}
	_, err := s.w.NewInsert().Model(row).On("CONFLICT (story_id, attempt) DO UPDATE").
		Set("ended_at = EXCLUDED.ended_at, outcome = EXCLUDED.outcome, code = EXCLUDED.code, error = EXCLUDED.error").
		Set(
			"cpu_us = EXCLUDED.cpu_us, max_rss = EXCLUDED.max_rss, bytes_in = EXCLUDED.bytes_in, bytes_out = " +
				"EXCLUDED.bytes_out, sandbox = EXCLUDED.sandbox").
		Exec(ctx)
	return s.explain(err)
}

// Attempts implements attempt.Store.
func (s *Store) Attempts(ctx context.Context, id string) ([]*attempt.Record, error) {
	var rows []attemptRow
	if err := s.r.NewSelect().Model(&rows).Where("story_id = ?", id).Order("attempt").Scan(ctx); err != nil {
		return nil, s.explain(err)
	}
	out := make([]*attempt.Record, len(rows))
	for i, r := range rows {
		out[i] = &attempt.Record{
			Story: r.StoryID, Attempt: r.Attempt, Kind: story.JobKind(r.Kind), Worker: r.Worker,
			StartedAt: moment(r.StartedAt), EndedAt: moment(r.EndedAt),
			Outcome: attempt.Outcome(r.Outcome), Code: r.Code, Error: r.Error, CPU: time.Duration(r.CPU) * time.Microsecond,
			MaxRSS: r.MaxRSS, BytesIn: r.BytesIn, BytesOut: r.BytesOut, Sandbox: r.Sandbox,
		}
	}
	return out, nil
}

// CountStates implements funnel.Store.
func (s *Store) CountStates(ctx context.Context, campaignID string) (map[story.State]int64, error) {
	var rows []struct {
		State string
		N     int64
	}
	if err := s.r.NewRaw(`SELECT state, count(*) AS n FROM stories WHERE campaign_id = ? GROUP BY state`, campaignID).
		Scan(ctx, &rows); err != nil {
		return nil, s.explain(err)
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
	err := s.r.NewRaw(`SELECT b.at - a.at FROM
		(SELECT story_id, min(at) AS at FROM history WHERE to_state IN (?) AND story_id IN
			(SELECT id FROM stories WHERE campaign_id = ? ORDER BY id DESC LIMIT ?) GROUP BY story_id) AS b
		JOIN (SELECT story_id, min(at) AS at FROM history WHERE to_state = ? AND story_id IN
			(SELECT id FROM stories WHERE campaign_id = ? ORDER BY id DESC LIMIT ?) GROUP BY story_id) AS a
			ON a.story_id = b.story_id`,
		bun.List(to), campaignID, limit, string(from), campaignID, limit).Scan(ctx, &us)
	return durations(us), s.explain(err)
}

// SelectionTimes implements funnel.Store.
func (s *Store) SelectionTimes(ctx context.Context, campaignID string) ([]time.Duration, error) {
	var us []int64
	err := s.r.NewRaw(`SELECT selection.at - (SELECT min(at) FROM history
		WHERE history.story_id = selection.story_id AND to_state = 'published')
		FROM selection WHERE campaign_id = ?`, campaignID).Scan(ctx, &us)
	return durations(us), s.explain(err)
}

func durations(us []int64) []time.Duration {
	out := make([]time.Duration, len(us))
	for i, d := range us {
		out[i] = time.Duration(d) * time.Microsecond
	}
	return out
}
