package store_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/feed"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/testkit"
)

// endless is a statement that only a cancellation ends.
var endless = map[string]string{
	"sqlite":   `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n`,
	"postgres": `SELECT count(*) FROM generate_series(1, 1000000000000)`,
}

// eachPools is each with pools of one connection, whose public one ends
// statements after the time.
func eachPools(t *testing.T, public time.Duration, test func(t *testing.T, db *store.Store)) {
	t.Parallel()
	for dialect, address := range map[string]func(testing.TB) string{
		"sqlite":   func(t testing.TB) string { return "sqlite:" + filepath.Join(t.TempDir(), "test.db") },
		"postgres": func(t testing.TB) string { return testkit.PooledURL(t, testkit.PostgresURL(t)) },
	} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			one := store.Pool{Connections: 1, Timeout: time.Minute}
			db, err := store.OpenPools(ctx, address(t),
				store.Pools{Public: store.Pool{Connections: 1, Timeout: public}, Staff: one, Write: one})
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, db.Close()) })
			_, err = db.Migrate(ctx)
			require.NoError(t, err)
			test(t, db)
		})
	}
}

func TestPools_AStatementEndsAtItsTimeout(t *testing.T) {
	eachPools(t, 300*time.Millisecond, func(t *testing.T, db *store.Store) {
		err := db.Slow(ctx, endless[db.Dialect()])
		require.True(t, fault.Is(err, "database.timeout"), err)
		require.Equal(t, fault.Unavailable, fault.KindOf(err))
		require.Eventually(t, func() bool { // on a busy machine a short statement may take its turn later
			_, err := db.Feed(ctx, "none", feed.Filter{}, nil, 1)
			return err == nil
		}, time.Minute, 50*time.Millisecond, "its connection is free again")
	})
}

func TestPools_AStatementEndsWithItsCaller(t *testing.T) {
	eachPools(t, time.Hour, func(t *testing.T, db *store.Store) {
		caller, hangUp := context.WithCancel(ctx)
		ended := make(chan error)
		go func() { ended <- db.Slow(caller, endless[db.Dialect()]) }()
		time.AfterFunc(100*time.Millisecond, hangUp)
		require.Error(t, <-ended)
		require.Eventually(t, func() bool { // a pooler may pass the cancellation on to the statement after it
			_, err := db.Feed(ctx, "none", feed.Filter{}, nil, 1)
			return err == nil
		}, time.Minute, 50*time.Millisecond, "the only connection of the pool is free again")
	})
}

func TestPools_SlowReadsStopNeitherStaffNorWrites(t *testing.T) {
	eachPools(t, time.Hour, func(t *testing.T, db *store.Store) {
		caller, hangUp := context.WithCancel(ctx)
		ended := make(chan error, 4)
		for range cap(ended) { // one runs, the others wait
			go func() { ended <- db.Slow(caller, endless[db.Dialect()]) }()
		}
		c := newCampaign(t, db)
		newStory(t, db, c)
		_, err := db.Lists(ctx, c.ID)
		require.NoError(t, err)
		hangUp()
		for range cap(ended) {
			require.Error(t, <-ended)
		}
	})
}
