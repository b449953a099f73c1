package store_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/testkit"
)

// missesRows reports whether a statement failed only because rows of the test
// that it was recorded from are missing or there twice.
func missesRows(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code == "23503" || pg.Code == "23505"
	}
	lite, ok := errors.AsType[*sqlite.Error](err)
	return ok && (lite.Code() == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY ||
		lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

// TestReleases_StatementsRunOnThisSchema executes the statements of the
// release before on the schema of this one, as while processes are updated one
// by one: a column that is gone, or a new one that needs a value, fails.
func TestReleases_StatementsRunOnThisSchema(t *testing.T) {
	t.Parallel()
	drivers := map[string]struct{ driver, address string }{
		"sqlite":   {"sqlite", "file:" + filepath.Join(t.TempDir(), "test.db") + "?_pragma=foreign_keys(1)"},
		"postgres": {"pgx", testkit.PostgresURL(t)},
	}
	for dialect, d := range drivers {
		address := strings.TrimSuffix(strings.Replace(d.address, "file:", "sqlite:", 1), "?_pragma=foreign_keys(1)")
		db, err := store.Open(ctx, address)
		require.NoError(t, err)
		_, err = db.Migrate(ctx)
		require.NoError(t, err)
		require.NoError(t, db.Close())
		raw, err := sql.Open(d.driver, d.address)
		require.NoError(t, err)
		text, err := os.ReadFile(filepath.Join("testdata", "release", dialect+".sql"))
		require.NoError(t, err)
		statements := strings.Split(strings.TrimSuffix(string(text), store.Separator), store.Separator)
		require.Greater(t, len(statements), 200)
		for _, s := range statements {
			if _, err := raw.ExecContext(ctx, s); err != nil && !missesRows(err) {
				t.Errorf("%s: %s\n%v", dialect, s, err)
			}
		}
		require.NoError(t, raw.Close())
	}
}

// TestCurrent_AcceptsANewerSchema: a process from before an update goes on.
func TestCurrent_AcceptsANewerSchema(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		require.NoError(t, db.Exec(ctx,
			`INSERT INTO goose_db_version (version_id, is_applied) VALUES (?, ?)`, 9999, true))
		require.NoError(t, db.Current(ctx))
		_, err := db.Migrate(ctx)
		require.NoError(t, err, "and may be restarted")
	})
}
