package store_test

import (
	"context"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/feed"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/testkit"
)

// TestObserve_CountsFailuresOfTheDatabaseOnly: a row that is not there and a
// caller who has gone are none.
func TestObserve_CountsFailuresOfTheDatabaseOnly(t *testing.T) {
	t.Parallel()
	for dialect, address := range map[string]func(testing.TB) string{
		"sqlite":   func(t testing.TB) string { return "sqlite:" + filepath.Join(t.TempDir(), "test.db") },
		"postgres": func(t testing.TB) string { return testkit.PostgresURL(t) },
	} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			seen := map[string][]string{} // pool → failures
			db, err := store.OpenPools(ctx, address(t), store.Pools{
				Public: store.Pool{Timeout: 300 * time.Millisecond},
				Observe: func(pool string, took time.Duration, failure string) {
					mu.Lock()
					defer mu.Unlock()
					if took < 0 {
						t.Errorf("a statement took %s", took)
					}
					seen[pool] = append(seen[pool], failure)
				},
			})
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, db.Close()) })
			of := func(pool string) []string {
				mu.Lock()
				defer mu.Unlock()
				return slices.Clone(seen[pool])
			}
			_, err = db.Feed(ctx, "none", feed.Filter{}, nil, 1)
			require.Error(t, err, "there is no table yet")
			require.Equal(t, []string{"other"}, of("public"))
			_, err = db.Migrate(ctx)
			require.NoError(t, err)

			_, err = db.Story(ctx, "none")
			require.Error(t, err)
			require.Equal(t, []string{"other", ""}, of("public"))
			require.Error(t, db.Slow(ctx, endless[dialect]))
			require.Equal(t, []string{"other", "", "timeout"}, of("public"))
			gone, hangUp := context.WithCancel(ctx)
			hangUp()
			_, err = db.Story(gone, "none")
			require.Error(t, err)
			require.Equal(t, []string{"other", "", "timeout", ""}, of("public"))
			_, err = db.Backlog(ctx)
			require.NoError(t, err)
			require.NotContains(t, of("staff"), "other")
			require.NotEmpty(t, of("staff"))
			for _, name := range store.PoolNames() {
				require.Positive(t, db.Usage()[name].Limit, name)
			}
		})
	}
}
