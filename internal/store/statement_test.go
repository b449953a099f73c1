package store

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestStatement_ReturnsNoValue but the verb and a table of
// ours, whatever its values are.
func TestStatement_ReturnsNoValue(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{
		{"SELECT stories", `SELECT (SELECT slug FROM campaigns WHERE id = s.c) AS slug FROM "stories" AS s`},
		{"INSERT history", `INSERT INTO "history" ("id", "note") VALUES ('a', 'from users into secret')`},
		{"UPDATE stories", `UPDATE stories SET name = 'Zoë' WHERE id = 'x'`},
		{"WITH tags", `WITH a AS (SELECT id FROM tags) SELECT * FROM a`},
		{"INSERT lookup_texts", `INSERT OR REPLACE INTO lookup_texts (rowid, body) VALUES (1, 'from zoe')`},
		{"DELETE", `DELETE FROM sqlite_secret`},
		{"OTHER", `zoe@mail.example FROM zoe`},
		{"SELECT", `SELECT 'Zoë Quist' FROM "Zoë"`},
		{"SELECT", `SELECT count(*) FROM (SELECT 1) AS one`},
		{"", ``},
	} {
		want, query := c[0], c[1]
		verb, table := statement(query)
		require.Equal(t, want, strings.TrimSpace(verb+" "+table), query)
	}
}

// TestTables_AreThoseOfTheSchema: a new one must be listed to be named.
func TestTables_AreThoseOfTheSchema(t *testing.T) {
	t.Parallel()
	s, err := Open(context.Background(), "sqlite:"+filepath.Join(t.TempDir(), "test.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	_, err = s.Migrate(context.Background())
	require.NoError(t, err)
	var names []string
	require.NoError(t, s.r.NewRaw(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
		AND name NOT LIKE 'goose_%' AND name NOT LIKE 'story_search_%' AND name NOT LIKE 'lookup_texts_%'`).
		Scan(context.Background(), &names))
	require.ElementsMatch(t, names, tables)
}
