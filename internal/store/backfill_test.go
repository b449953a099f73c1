package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/store"
)

const (
	oldCampaign = `INSERT INTO campaigns (id, slug, title, hashtag, prompt, opens_at, closes_at, limits, ad_slots,
		countries, origins, created_at, updated_at)
		VALUES ('c', 'c', '', '', '', 0, 0, '{}', '[]', '[]', '[]', 0, 0)`
	oldStory = `INSERT INTO stories (id, campaign_id, state, version, name, email, country, locale, title,
		body, song, song_fold, artist_fold, release, upload, source, media, findings, review_set,
		public_set, orientation, duration_ms, work, attempt, tries, next_run_at, heartbeat_at,
		dispatched_at, progress, failure, escalated, claimed_by, claimed_name, claimed_until,
		created_at, updated_at, published_at)
		VALUES (?, 'c', ?, 1, '', '', '', 'de', '', '', '{}', '', '', '{}', '{}', 'null', 'null',
		'{"silent":false,"short_edge":1080,"sharpness":1,"brightness":0.45}', 'null', 'null', '', 0,
		'', 0, 0, 0, 0, 0, 0, 'null', false, '', '', 0, 0, 0, 7)`
)

// TestMigrate_BackfillsQuality fills the schema as it was before qualities
// and brings it up to date.
func TestMigrate_BackfillsQuality(t *testing.T) {
	eachEmpty(t, func(t *testing.T, db *store.Store) {
		require.NoError(t, db.MigrateTo(ctx, 1))
		require.NoError(t, db.Exec(ctx, oldCampaign))
		for id, state := range map[string]string{"a": "published", "b": "rejected"} {
			require.NoError(t, db.Exec(ctx, oldStory, id, state))
		}
		v, err := db.Migrate(ctx)
		require.NoError(t, err)
		require.GreaterOrEqual(t, v, int64(3))
		var rows []struct {
			ID      string
			Quality int
			Dice    int64
		}
		require.NoError(t, db.Query(ctx, &rows, `SELECT id, quality, dice FROM stories ORDER BY id`))
		require.Len(t, rows, 2)
		for _, r := range rows {
			require.Equal(t, 100, r.Quality)
			require.Equal(t, store.ShuffleKey(r.ID), r.Dice)
		}
		facets, err := db.Facets(ctx, "c", 5)
		require.NoError(t, err)
		require.Len(t, facets, 2, "a rejected story counts nowhere")
		require.Equal(t, "de", facets[0].Value)
		require.Equal(t, "high", facets[1].Value)
		require.EqualValues(t, 1, facets[1].Count)
	})
}
