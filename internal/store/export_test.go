package store

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
)

// ShuffleKey is compared with what the migration writes.
var ShuffleKey = shuffleKey

// Erasure is compared with the schema.
var Erasure = erasure

// MigrateTo brings the schema to the version.
func (s *Store) MigrateTo(ctx context.Context, version int64) error {
	p, err := s.migrator()
	if err == nil {
		_, err = p.UpTo(ctx, version)
	}
	return err
}

// Exec runs one statement.
func (s *Store) Exec(ctx context.Context, query string, args ...any) error {
	_, err := s.w.NewRaw(query, args...).Exec(ctx)
	return err
}

// Query reads rows into a pointer to a slice.
func (s *Store) Query(ctx context.Context, rows any, query string) error {
	return s.r.NewRaw(query).Scan(ctx, rows)
}

// HoldRead begins to read and returns what ends it.
func HoldRead(t *testing.T, s *Store) (end func()) {
	t.Helper()
	tx, err := s.r.BeginTx(context.Background(), nil)
	require.NoError(t, err)
	var n int
	require.NoError(t, tx.NewRaw("SELECT count(*) FROM stories").Scan(context.Background(), &n))
	return func() { require.NoError(t, tx.Rollback()) }
}

// Slow runs a statement in the pool of public reads.
func (s *Store) Slow(ctx context.Context, query string) error {
	var n int64
	return s.mapError(s.r.NewRaw(query).Scan(ctx, &n))
}

// recorder records the statements of reads.
type recorder struct{ queries []string }

func (r *recorder) BeforeQuery(ctx context.Context, e *bun.QueryEvent) context.Context {
	r.queries = append(r.queries, e.Query)
	return ctx
}

func (*recorder) AfterQuery(context.Context, *bun.QueryEvent) {}

// Record returns the statements that do executes. No other may be executed
// meanwhile.
func (s *Store) Record(do func()) []string {
	r := &recorder{}
	public, staff, writes := s.r, s.staff, s.w
	s.r, s.staff, s.w = public.WithQueryHook(r), staff.WithQueryHook(r), writes.WithQueryHook(r)
	defer func() { s.r, s.staff, s.w = public, staff, writes }()
	do()
	return r.queries
}

// LookAmong sets how many stories a page of a search looks at.
func (s *Store) LookAmong(n int) { s.searchAmong = n }

// FillTextsBy sets how many stories one part of the fill of texts handles.
func (s *Store) FillTextsBy(n int) { s.textsAtOnce = n }
