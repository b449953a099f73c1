package store_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
)

func TestLead_OneHolderUntilTheLeaseEnds(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		lead := func(holder string, at time.Duration) bool {
			ok, err := db.Lead(ctx, "sweep", holder, start.Add(at), start.Add(at+15*time.Second))
			require.NoError(t, err)
			return ok
		}
		require.True(t, lead("a", 0))
		require.False(t, lead("b", time.Second))
		require.True(t, lead("a", 10*time.Second))
		require.False(t, lead("b", 20*time.Second))
		require.True(t, lead("b", 26*time.Second))
		require.NoError(t, db.Resign(ctx, "sweep", "b"))
		require.True(t, lead("a", 27*time.Second))
	})
}

// TestStates_AgreeWithTheSchema holds the machine against the CHECK of both
// dialects, which must also be the same schema but for search.
func TestStates_AgreeWithTheSchema(t *testing.T) {
	t.Parallel()
	check := regexp.MustCompile(`state\s+text NOT NULL CHECK \(state IN \(([^)]*)\)\)`)
	tables := regexp.MustCompile(`(?s)CREATE TABLE (?:IF NOT EXISTS )?(\w+) \((.*?)\n\)(?: WITHOUT ROWID)?;`)
	seen := map[string]map[string]string{}
	for _, dialect := range []string{"sqlite", "postgres"} {
		files, err := filepath.Glob(filepath.Join("migrations", dialect, "*.sql"))
		require.NoError(t, err)
		var b []byte
		for _, f := range files {
			part, err := os.ReadFile(f)
			require.NoError(t, err)
			b = append(b, part...)
		}
		m := check.FindSubmatch(b)
		require.NotNil(t, m, dialect)
		var states []string
		for _, s := range regexp.MustCompile(`'(\w+)'`).FindAllSubmatch(m[1], -1) {
			states = append(states, string(s[1]))
		}
		var want []string
		for _, s := range story.States() {
			want = append(want, string(s))
		}
		require.ElementsMatch(t, want, states, dialect)
		seen[dialect] = map[string]string{}
		for _, x := range tables.FindAllSubmatch(b, -1) {
			switch name := string(x[1]); name {
			case "story_search", "lookup_texts": // full-text search
			case "prints": // a story is uuid or blob
			default:
				// SQLite compares bytes unless it is asked for something else
				seen[dialect][name] = strings.ReplaceAll(string(x[2]), ` COLLATE "C"`, "")
			}
		}
	}
	require.Greater(t, len(seen["sqlite"]), 10)
	require.Equal(t, seen["sqlite"], seen["postgres"])
}

func TestMigrate_ManyAtOnce(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if v, err := db.Migrate(ctx); err != nil || v < 1 {
					t.Errorf("version %d, %v", v, err)
				}
			})
		}
		wg.Wait()
		require.NoError(t, db.Current(ctx))
	})
}

// TestMigrate_SQLiteFromSeveralProcesses opens one file several times, as
// commands do that run beside a first start.
func TestMigrate_SQLiteFromSeveralProcesses(t *testing.T) {
	t.Parallel()
	address := "sqlite:" + filepath.Join(t.TempDir(), "test.db")
	var wg sync.WaitGroup
	gate := make(chan struct{})
	for range 5 {
		db, err := store.Open(ctx, address)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		wg.Go(func() {
			<-gate
			if _, err := db.Migrate(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	close(gate)
	wg.Wait()
}
