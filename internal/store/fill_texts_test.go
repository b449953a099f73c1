package store_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/review"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/text"
)

// fillOldTexts adds five published stories to the schema as it was before.
func fillOldTexts(t *testing.T, db *store.Store) {
	require.NoError(t, db.MigrateTo(ctx, 6))
	require.NoError(t, db.Exec(ctx, oldCampaign))
	for i, song := range []string{"Stra\u00dfe", "STRASSE", "\u1109\u1161\u1105\u1161\u11bc", "사랑", "x"} {
		id := string(rune('a' + i))
		require.NoError(t, db.Exec(ctx, oldStory, id, "published"))
		b, err := json.Marshal(story.Song{Title: song, Artist: "İrem", Link: "https://a@b.example/", Cover: "x"})
		require.NoError(t, err)
		require.NoError(t, db.Exec(ctx, `UPDATE stories SET name = ?, email = 'Z@x.de', locale = 'DE-at',
			song = ?, song_fold = ?, artist_fold = 'i̇rem', published_at = ? WHERE id = ?`, "ÄN\u200bNE", string(b),
			strings.ToLower(song), i+1, id))
		require.NoError(t, db.Exec(ctx, `INSERT INTO facets (campaign_id, name, value, n) VALUES ('c', 'song', ?, 1)
			ON CONFLICT (campaign_id, name, value) DO UPDATE SET n = facets.n + 1`, strings.ToLower(song)))
		for _, tag := range []string{"stra\u00dfe", "strasse"} {
			require.NoError(t, db.Exec(ctx, `INSERT INTO tags VALUES ('c', ?, ?, '', '', 0)`, tag, id))
		}
	}
}

// TestFill_FollowsTheRulesOfTexts fills the schema as it was before
// package text and brings the stories up to date, two at a time.
func TestFill_FollowsTheRulesOfTexts(t *testing.T) {
	eachEmpty(t, func(t *testing.T, db *store.Store) {
		fillOldTexts(t, db)
		_, err := db.Migrate(ctx)
		require.NoError(t, err)
		mend := func(s *story.Song) { s.Link, s.Cover = "", "" }
		db.FillTextsBy(2)
		batches := map[string]bool{}
		for more := true; more; {
			more, err = db.Fill(ctx, mend)
			require.NoError(t, err)
			var at []string
			require.NoError(t, db.Query(ctx, &at, `SELECT at FROM fills WHERE name = 'texts' AND at <> ''`))
			for _, last := range at {
				batches[last] = true
			}
		}
		require.Len(t, batches, 3)
		findRefolded(t, db)
		for q, want := range map[string]int{"änn": 5, "랑": 2, "rass": 2, "rem": 5} {
			found, err := db.LookupStories(ctx, review.Lookup{Campaign: "c", Text: q}, nil, 10)
			require.NoError(t, err)
			require.Len(t, found, want, q)
		}
		facets, err := db.Facets(ctx, "c", properties, board.FacetQuery{Top: 5})
		require.NoError(t, err)
		counts := map[string]int64{}
		for _, f := range facets {
			if f.Name != "quality" && f.Name != "duration" { // of the recording
				counts[string(f.Name)+" "+text.Fold(f.Value)] = f.Count
			}
		}
		require.Equal(t, map[string]int64{
			"song strasse": 2, "song 사랑": 2, "song x": 1, "artist irem": 5, "language de-at": 5, "tag strasse": 5,
		}, counts)
		st := published(t, db, newCampaign(t, db), start)
		more, err := db.Fill(ctx, mend)
		require.NoError(t, err)
		require.False(t, more)
		kept, err := db.Story(ctx, st.ID)
		require.NoError(t, err)
		require.NotEmpty(t, kept.Song.Link, "stories begun since were checked when they began")
	})
}

// findRefolded searches for the stories of fillOldTexts.
func findRefolded(t *testing.T, db *store.Store) {
	t.Helper()
	only := func(p board.Property, value string) board.Query {
		return board.Query{Filters: []board.Filter{board.Has(p, value)}}
	}
	for _, x := range []struct {
		q    board.Query
		want int
	}{
		{only(board.BySong, "strasse"), 2}, {only(board.BySong, "사랑"), 2}, {only(board.ByArtist, "irem"), 5},
		{only(board.ByTag, "strasse"), 5}, {board.Query{Text: "사랑"}, 2}, {board.Query{Text: "anne strasse"}, 2},
		{only(board.ByLanguage, "de-AT"), 5},
	} {
		q, want := x.q, x.want
		q.Sort = board.Newest
		got, _, err := db.SearchStories(ctx, "c", q, nil, 10)
		require.NoError(t, err)
		require.Len(t, got, want, q)
		for _, st := range got {
			require.Empty(t, st.Song.Link+st.Song.Cover)
			require.Equal(t, "ÄNNE", st.Contributor.Name)
			require.Equal(t, "z@x.de", st.Contributor.Email)
			require.EqualValues(t, 2, st.Version, "whoever looks at the story must look again")
		}
	}
}
