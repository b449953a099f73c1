package store_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// each runs a test on both databases, which must behave the same; on
// PostgreSQL through a pooler that gives each transaction another connection.
func each(t *testing.T, test func(t *testing.T, db *store.Store)) {
	eachEmpty(t, func(t *testing.T, db *store.Store) {
		_, err := db.Migrate(context.Background())
		require.NoError(t, err)
		db.RecordStatements()
		test(t, db)
	})
}

func postgresURL(t testing.TB) string { return testkit.PooledURL(t, testkit.PostgresURL(t)) }

// eachEmpty is each without a schema.
func eachEmpty(t *testing.T, test func(t *testing.T, db *store.Store)) {
	t.Parallel()
	for dialect, address := range map[string]func(testing.TB) string{
		"sqlite":   func(t testing.TB) string { return "sqlite:" + filepath.Join(t.TempDir(), "test.db") },
		"postgres": postgresURL,
	} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			db, err := store.Open(context.Background(), address(t))
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, db.Close()) })
			require.Equal(t, dialect, db.Dialect())
			test(t, db)
		})
	}
}
