package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/store"
)

func TestInvalidations_StayUntilTheyAreDeleted(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		require.NoError(t, db.AddInvalidations(ctx, "a", []string{"public/a/2", "public/a/1"}, start))
		require.NoError(t, db.AddInvalidations(ctx, "a", []string{"public/a/1", "public/a/3"}, start.Add(time.Hour)))
		require.NoError(t, db.AddInvalidations(ctx, "b", []string{"public/b/"}, start.Add(time.Minute)))
		keys, err := db.Invalidations(ctx, "a")
		require.NoError(t, err)
		require.Equal(t, []string{"public/a/1", "public/a/2", "public/a/3"}, keys)

		stale, err := db.StaleInvalidations(ctx, start, 10)
		require.NoError(t, err)
		require.Empty(t, stale)
		stale, err = db.StaleInvalidations(ctx, start.Add(time.Second), 10)
		require.NoError(t, err)
		require.Equal(t, []string{"a"}, stale, "a repeated record keeps its time")
		stale, err = db.StaleInvalidations(ctx, start.Add(2*time.Hour), 1)
		require.NoError(t, err)
		require.Len(t, stale, 1)

		require.NoError(t, db.DeleteInvalidations(ctx, "a", []string{"public/a/1", "public/a/2"}))
		keys, err = db.Invalidations(ctx, "a")
		require.NoError(t, err)
		require.Equal(t, []string{"public/a/3"}, keys)
		keys, err = db.Invalidations(ctx, "unknown")
		require.NoError(t, err)
		require.Empty(t, keys)
	})
}
