package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/review"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
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

	oldLine = `INSERT INTO history (id, story_id, at, actor_role, actor_id, actor_name, event, from_state, to_state,
		reason, note) VALUES (?, ?, 7200000000, ?, ?, 'Ana', ?, '', '', '', '')`
	oldPrint = `INSERT INTO prints (campaign_id, value, story_id) VALUES ('c', ?, ?)`
	first    = "01900000-0000-7000-8000-000000000001"
	second   = "01900000-0000-7000-8000-000000000002"
)

// fill fills the database to the end, and leaves songs as they are.
func fill(t *testing.T, db *store.Store) {
	t.Helper()
	for more := true; more; {
		var err error
		more, err = db.Fill(ctx, func(*story.Song) {})
		require.NoError(t, err)
	}
}

// fillOldRows adds two stories to the schemas as they were before qualities and
// before counters, and migrates them.
func fillOldRows(t *testing.T, db *store.Store) {
	t.Helper()
	require.NoError(t, db.MigrateTo(ctx, 1))
	require.NoError(t, db.Exec(ctx, oldCampaign))
	for id, state := range map[string]string{first: "published", second: "rejected"} {
		require.NoError(t, db.Exec(ctx, oldStory, id, state))
	}
	require.NoError(t, db.MigrateTo(ctx, 3))
	for i, l := range [][4]string{
		{first, "moderator", "u-ana", "approved"}, {first, "system", "", "published"},
		{second, "moderator", "u-ben", "rejected"}, {second, "admin", "u-ana", "restored"},
		{second, "moderator", "u-ben", "rejected"},
	} {
		require.NoError(t, db.Exec(ctx, oldLine, fmt.Sprint("line-", i), l[0], l[1], l[2], l[3]))
	}
	file := int64(1)<<60 | 0xab_1234_5678
	for _, v := range []int64{5, 1<<16 | 7, file} {
		require.NoError(t, db.Exec(ctx, oldPrint, v, first))
	}
	require.NoError(t, db.Exec(ctx, oldPrint, 5, second))
	_, err := db.Migrate(ctx)
	require.NoError(t, err)
}

func TestFill_KeepsWhatExistedBefore(t *testing.T) {
	eachEmpty(t, func(t *testing.T, db *store.Store) {
		fillOldRows(t, db)
		fill(t, db)

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
		facets, err := db.Facets(ctx, "c", properties, board.FacetQuery{Top: 5})
		require.NoError(t, err)
		require.Equal(t, []board.Facet{
			{Name: "duration", Value: "0-15", Count: 1}, {Name: "language", Value: "de", Count: 1},
			{Name: "quality", Value: "high", Count: 1},
		}, facets, "a rejected story counts nowhere")
		states, err := db.CountStates(ctx, "c")
		require.NoError(t, err)
		require.Equal(t, map[story.State]int64{story.Published: 1, story.Rejected: 1}, states)
		report, err := db.ReviewReport(ctx, review.Filter{Campaign: "c"}, time.Time{})
		require.NoError(t, err)
		require.Len(t, report, 2)
		require.EqualValues(t, 2, report[0].Rejected)
		require.EqualValues(t, 1, report[0].Overturned)
		require.EqualValues(t, 1, report[1].Approved)
		alike, err := db.SharingFingerprints(ctx, &story.Story{ID: second, Campaign: "c"},
			[]int32{5, 1<<30 | 0x1234_5678&(1<<30-1)}, 10)
		require.NoError(t, err)
		require.Equal(t, []string{first}, ids(alike))
		found, _, err := db.SearchStories(ctx, "c", narrowed(board.Newest, board.Has(board.ByLanguage, "de")), nil, 5)
		require.NoError(t, err)
		require.Equal(t, []string{first}, ids(found))
		wrong, err := db.CheckCounters(ctx, false)
		require.NoError(t, err)
		require.Empty(t, wrong)
	})
}

// TestFill_WhileStoriesChange fills batch by batch while what was and what was
// not yet filled changes.
func TestFill_WhileStoriesChange(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		var waiting []*story.Story
		for range 6 {
			st := newStory(t, db, c, func(s *story.Story) {
				s.Findings = &media.Findings{Warnings: []string{"dark"}, FrameHashes: []string{"00ff12a45b6c7d8e"}}
			})
			move(t, db, st, story.InReview, story.EventPrepared)
			waiting = append(waiting, st)
		}
		for _, table := range []string{
			"story_counts", "story_warnings", "decisions", "decision_counts", "lookup_texts",
		} {
			require.NoError(t, db.Exec(ctx, `DELETE FROM `+table))
		}
		require.NoError(t, db.Exec(ctx, `UPDATE fills SET done = ?`, false))
		for i, more := 0, true; more; i++ {
			if i < len(waiting) {
				move(t, db, waiting[i], story.Rejected, story.EventRejected)
			}
			var err error
			more, err = db.Fill(ctx, func(*story.Song) {})
			require.NoError(t, err)
		}
		wrong, err := db.CheckCounters(ctx, false)
		require.NoError(t, err)
		require.Empty(t, wrong)
		found, err := db.LookupStories(ctx, review.Lookup{Campaign: c.ID, Text: "bowie", Warning: "dark"}, nil, 10)
		require.NoError(t, err)
		require.Len(t, found, 6)
	})
}

func TestCheckCounters_FindsAndRepairsWrongCounters(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		st := published(t, db, c, start)
		move(t, db, st, story.Hidden, story.EventHidden)
		published(t, db, c, start.Add(time.Second))
		wrong, err := db.CheckCounters(ctx, false)
		require.NoError(t, err)
		require.Empty(t, wrong, "every transition counts")
		require.NoError(t, db.Exec(ctx, `UPDATE story_counts SET n = n + 2 WHERE state = 'hidden'`))
		require.NoError(t, db.Exec(ctx, `DELETE FROM facets WHERE name = 'song'`))
		wrong, err = db.CheckCounters(ctx, true)
		require.NoError(t, err)
		require.Equal(t, []store.Difference{
			{Table: "story_counts", Key: c.ID + " hidden", Counter: "n", Kept: 3, Counted: 1},
			{Table: "facets", Key: c.ID + " song heroes", Counter: "n", Counted: 1},
		}, wrong)
		wrong, err = db.CheckCounters(ctx, false)
		require.NoError(t, err)
		require.Empty(t, wrong)
	})
}
