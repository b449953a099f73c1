package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/story"
)

var _ attempt.Store = (*Store)(nil)

// Due implements attempt.Store.
func (s *Store) Due(ctx context.Context, now, stale time.Time, limit int) ([]story.Job, error) {
	return s.dispatch(ctx, now, stale, limit, "dispatched_at = 0")
}

// DueAgain implements attempt.Store.
func (s *Store) DueAgain(ctx context.Context, kinds []story.JobKind, now, stale, before time.Time,
	limit int) ([]story.Job, error) {
	return s.dispatch(ctx, now, stale, limit, "dispatched_at > 0 AND dispatched_at <= ? AND work IN (?)",
		micros(before), bun.List(kinds))
}

// dispatch marks due work as announced now, and returns it.
func (s *Store) dispatch(ctx context.Context, now, stale time.Time, limit int, condition string,
	args ...any) ([]story.Job, error) {
	var rows []struct {
		ID      string
		Work    string
		Attempt int
	}
	// In one statement, so that two leaders for a moment announce little twice.
	args = append(append([]any{micros(now)}, args...), micros(now), micros(stale), limit)
	err := s.w.NewRaw(`UPDATE stories SET dispatched_at = ? WHERE id IN (
			SELECT id FROM stories
			WHERE work <> '' AND `+condition+` AND next_run_at <= ? AND heartbeat_at <= ?
			ORDER BY dispatched_at, next_run_at, id LIMIT ?)
		RETURNING id, work, attempt`, args...).Scan(ctx, &rows)
	if err != nil {
		return nil, s.mapError(err)
	}
	jobs := make([]story.Job, len(rows))
	for i, r := range rows {
		jobs[i] = story.Job{Kind: story.JobKind(r.Work), Story: r.ID, Attempt: r.Attempt + 1}
	}
	return jobs, nil
}

// Owed implements attempt.Store.
func (s *Store) Owed(ctx context.Context, now time.Time) (map[story.JobKind]int, error) {
	var rows []struct {
		Work string
		N    int
	}
	if err := s.staff.NewRaw(`SELECT work, count(*) AS n FROM stories WHERE work <> '' AND next_run_at <= ?
		GROUP BY work`, micros(now)).Scan(ctx, &rows); err != nil {
		return nil, s.mapError(err)
	}
	out := make(map[story.JobKind]int, len(rows))
	for _, r := range rows {
		out[story.JobKind(r.Work)] = r.N
	}
	return out, nil
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
		return s.mapError(err)
	}
	if n == 0 {
		return fault.New(fault.Conflict, "job.overtaken", "attempt %d no longer holds the story", attempt)
	}
	return nil
}

// Troubled implements attempt.Store.
func (s *Store) Troubled(ctx context.Context, limit int) ([]*story.Story, error) {
	return s.selectStories(ctx,
		s.staff.NewSelect().Where("(state = 'failed' OR tries > 0)").Order("updated_at DESC").Limit(int64(limit)))
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
	return s.mapError(err)
}

// CloseLost implements attempt.Store.
func (s *Store) CloseLost(ctx context.Context, id string, before int, beat time.Time) error {
	_, err := s.w.NewRaw(`UPDATE attempts SET outcome = ?, ended_at = ?
		WHERE story_id = ? AND attempt < ? AND outcome = ''`, string(attempt.Lost), micros(beat), id, before).Exec(ctx)
	return s.mapError(err)
}

// Repeated implements attempt.Store.
func (s *Store) Repeated(ctx context.Context, ids []string) ([]string, error) {
	var found []string
	if len(ids) == 0 {
		return found, nil
	}
	err := s.r.NewRaw(`SELECT id FROM stories WHERE id IN (?) AND attempt >
		(SELECT COUNT(DISTINCT kind) FROM attempts WHERE story_id = stories.id AND outcome = ?)`,
		bun.List(ids), string(attempt.Done)).Scan(ctx, &found)
	return found, s.mapError(err)
}

// jobStates are the states in which the story was when a job of the kind
// failed.
var jobStates = map[story.JobKind]story.State{story.Prepare: story.Preparing, story.Publish: story.Publishing}

// Failures implements attempt.Store.
func (s *Store) Failures(
	ctx context.Context, q attempt.FailureQuery, after attempt.Position, limit int,
) ([]attempt.Failure, error) {
	where, args := "", []any{micros(q.Since), micros(after.Until), micros(after.At), micros(after.At), after.Entry}
	if q.Code != "" {
		where, args = where+" AND h.reason = ?", append(args, q.Code)
	}
	if q.Job != "" {
		where, args = where+" AND h.from_state = ?", append(args, string(jobStates[q.Job]))
	}
	var rows []struct {
		ID      string
		StoryID string
		At      int64
	}
	err := s.r.NewRaw(`SELECT h.id, h.story_id, h.at FROM history AS h JOIN stories AS s ON s.id = h.story_id
		WHERE h.to_state = 'failed' AND s.state = 'failed' AND h.at >= ? AND h.at <= ?
			AND (h.at > ? OR h.at = ? AND h.id > ?)`+where+` ORDER BY h.at, h.id LIMIT ?`,
		append(args, limit)...).Scan(ctx, &rows)
	if err != nil {
		return nil, s.mapError(err)
	}
	out := make([]attempt.Failure, len(rows))
	for i, r := range rows {
		out[i] = attempt.Failure{Story: r.StoryID, At: moment(r.At), Entry: r.ID}
	}
	return out, nil
}

// Attempts implements attempt.Store.
func (s *Store) Attempts(ctx context.Context, id string) ([]*attempt.Record, error) {
	var rows []attemptRow
	if err := s.staff.NewSelect().Model(&rows).Where("story_id = ?", id).Order("attempt").Scan(ctx); err != nil {
		return nil, s.mapError(err)
	}
	return records(rows), nil
}

func records(rows []attemptRow) []*attempt.Record {
	out := make([]*attempt.Record, len(rows))
	for i, r := range rows {
		out[i] = &attempt.Record{
			Story: r.StoryID, Attempt: r.Attempt, Kind: story.JobKind(r.Kind), Worker: r.Worker,
			StartedAt: moment(r.StartedAt), EndedAt: moment(r.EndedAt), Outcome: attempt.Outcome(r.Outcome),
			Code: r.Code, Error: r.Error, CPU: time.Duration(r.CPU) * time.Microsecond, MaxRSS: r.MaxRSS,
			BytesIn: r.BytesIn, BytesOut: r.BytesOut, Sandbox: r.Sandbox,
		}
	}
	return out
}
