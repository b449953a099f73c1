package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

type invalidationRow struct {
	bun.BaseModel `bun:"table:invalidations"`

	StoryID string `bun:"story_id,pk"`
	Key     string `bun:"key,pk"`
	At      int64  `bun:"at"`
}

// AddInvalidations implements cdn.Store.
func (s *Store) AddInvalidations(ctx context.Context, story string, keys []string, at time.Time) error {
	rows := make([]invalidationRow, len(keys))
	for i, key := range keys {
		rows[i] = invalidationRow{StoryID: story, Key: key, At: micros(at)}
	}
	_, err := s.w.NewInsert().Model(&rows).On("CONFLICT (story_id, key) DO NOTHING").Exec(ctx)
	return s.mapError(err)
}

// Invalidations implements cdn.Store.
func (s *Store) Invalidations(ctx context.Context, story string) ([]string, error) {
	var keys []string
	err := s.w.NewSelect().Model((*invalidationRow)(nil)).Column("key").Where("story_id = ?", story).Order("key").
		Scan(ctx, &keys)
	return keys, s.mapError(err)
}

// DeleteInvalidations implements cdn.Store.
func (s *Store) DeleteInvalidations(ctx context.Context, story string, keys []string) error {
	_, err := s.w.NewDelete().Model((*invalidationRow)(nil)).Where("story_id = ?", story).
		Where("key IN (?)", bun.List(keys)).Exec(ctx)
	return s.mapError(err)
}

// StaleInvalidations implements cdn.Store.
func (s *Store) StaleInvalidations(ctx context.Context, before time.Time, limit int) ([]string, error) {
	var stories []string
	err := s.r.NewSelect().Model((*invalidationRow)(nil)).ColumnExpr("DISTINCT story_id").
		Where("at < ?", micros(before)).Order("story_id").Limit(int64(limit)).Scan(ctx, &stories)
	return stories, s.mapError(err)
}
