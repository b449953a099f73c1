package store

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/testkit"
)

// TestMigrate_ReckonsWhatOlderStoriesLack fills the schema as it was before
// qualities and brings it up to date.
func TestMigrate_ReckonsWhatOlderStoriesLack(t *testing.T) {
	t.Parallel()
	for dialect, address := range map[string]func(testing.TB) string{
		"sqlite":   func(t testing.TB) string { return "sqlite:" + filepath.Join(t.TempDir(), "old.db") },
		"postgres": testkit.PostgresURL,
	} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			s, err := Open(ctx, address(t))
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, s.Close()) })
			p, err := s.migrator()
			require.NoError(t, err)
			_, err = p.UpTo(ctx, 1)
			require.NoError(t, err)
			exec := func(q string, args ...any) {
				t.Helper()
				_, err := s.w.NewRaw(q, args...).Exec(ctx)
				require.NoError(t, err)
			}
			exec(
				`INSERT INTO campaigns (id, slug, title, hashtag, prompt, opens_at, closes_at, limits, ad_slots,
					countries, origins, created_at, updated_at) VALUES ('c', 'c', '', '', '', 0, 0, '{}', '[]',
					'[]', '[]', 0, 0)`)
			for id, st := range map[string]string{"a": "published", "b": "rejected"} {
				exec(`INSERT INTO stories (id, campaign_id, state, version, name, email, country, locale, title,
					body, song, song_fold, artist_fold, release, upload, source, media, findings, review_set,
					public_set, orientation, duration_ms, work, attempt, tries, next_run_at, heartbeat_at,
					dispatched_at, progress, failure, escalated, claimed_by, claimed_name, claimed_until,
					created_at, updated_at, published_at)
					VALUES (?, 'c', ?, 1, '', '', '', 'de', '', '', '{}', '', '', '{}', '{}', 'null', 'null',
					'{"silent":false,"short_edge":1080,"sharpness":1,"brightness":0.45}', 'null', 'null', '', 0,
					'', 0, 0, 0, 0, 0, 0, 'null', false, '', '', 0, 0, 0, 7)`, id, st)
			}
			v, err := s.Migrate(ctx)
			require.NoError(t, err)
			require.EqualValues(t, 3, v)
			var rows []struct {
				ID      string
				Quality int
				Dice    int64
			}
			require.NoError(t, s.r.NewRaw(`SELECT id, quality, dice FROM stories ORDER BY id`).Scan(ctx, &rows))
			require.Len(t, rows, 2)
			for _, r := range rows {
				require.Equal(t, 100, r.Quality)
				require.Equal(t, diceOf(r.ID), r.Dice)
			}
			facets, err := s.Facets(ctx, "c", 5)
			require.NoError(t, err)
			require.Len(t, facets, 2, "a rejected story counts nowhere")
			require.Equal(t, "de", facets[0].Value)
			require.Equal(t, "high", facets[1].Value)
			require.EqualValues(t, 1, facets[1].Count)
		})
	}
}
