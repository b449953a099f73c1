package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/intake"
	"github.com/storyreel/storyreel/internal/story"
)

var _ intake.Store = (*Store)(nil)

// CreateStory implements intake.Store.
func (s *Store) CreateStory(ctx context.Context, st *story.Story, first *story.Entry, tokenHash string,
	idem *intake.Idempotency) error {
	row, err := newStoryRow(st)
	if err != nil {
		return err
	}
	return s.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewInsert().Model(row).Exec(ctx); err != nil {
			return err
		}
		if err := s.record(ctx, tx, st, row, first); err != nil {
			return err
		}
		if _, err := tx.NewRaw(`INSERT INTO story_tokens (hash, story_id) VALUES (?, ?)`, tokenHash, st.ID).
			Exec(ctx); err != nil {
			return err
		}
		if idem == nil {
			return nil
		}
		n, err := changed(
			tx.NewRaw(
				`INSERT INTO idempotency (key, request, story_id, created_at) VALUES (?, ?, ?, ?) ON CONFLICT
					DO NOTHING`,
				idem.Key, idem.Request, idem.Story, micros(idem.CreatedAt)).Exec(ctx))
		if err == nil && n == 0 {
			return fault.New(fault.Conflict, "idempotency.known", "this Idempotency-Key was used before")
		}
		return err
	})
}

// AddToken implements intake.Store.
func (s *Store) AddToken(ctx context.Context, id, hash string) error {
	_, err := s.w.NewRaw(`INSERT INTO story_tokens (hash, story_id) VALUES (?, ?)`, hash, id).Exec(ctx)
	return s.mapError(err)
}

// HasToken implements intake.Store.
func (s *Store) HasToken(ctx context.Context, id, hash string) (bool, error) {
	var n int
	err := s.r.NewRaw(`SELECT count(*) FROM story_tokens WHERE hash = ? AND story_id = ?`, hash, id).Scan(ctx, &n)
	return n > 0, s.mapError(err)
}

// Idempotency implements intake.Store.
func (s *Store) Idempotency(ctx context.Context, key string) (*intake.Idempotency, error) {
	rec := intake.Idempotency{Key: key}
	var at int64
	err := s.r.NewRaw(`SELECT request, story_id, created_at FROM idempotency WHERE key = ?`, key).
		Scan(ctx, &rec.Request, &rec.Story, &at)
	if noRows(err) {
		return nil, nil
	}
	rec.CreatedAt = moment(at)
	return &rec, s.mapError(err)
}

// PruneIdempotency implements intake.Store.
func (s *Store) PruneIdempotency(ctx context.Context, before time.Time) error {
	_, err := s.w.NewRaw(`DELETE FROM idempotency WHERE created_at < ?`, micros(before)).Exec(ctx)
	return s.mapError(err)
}

// OpenUploads implements intake.Store.
func (s *Store) OpenUploads(ctx context.Context, now time.Time, limit int) ([]*story.Story, error) {
	return s.selectStories(ctx,
		s.r.NewSelect().Where("state = 'awaiting_upload'").Where("next_run_at <= ?", micros(now)).Order("next_run_at").
			Limit(int64(limit)))
}
