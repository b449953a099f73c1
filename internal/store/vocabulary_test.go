package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/caption"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
)

// TestVocabulary_FollowsWhatIsPublished compares the counted terms with those of
// the search index after each kind of change.
func TestVocabulary_FollowsWhatIsPublished(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		one := published(t, db, c, start, func(s *story.Story) { s.Text = "A wedding on the roof, wedding" })
		published(t, db, c, start.Add(time.Second), func(s *story.Story) { s.Text = "Weddings and mountains" })
		n := func(term string) int64 {
			var got []int64
			require.NoError(t, db.Query(ctx, &got, `SELECT n FROM vocabulary WHERE term = '`+term+`'`))
			var spelled []int64
			require.NoError(t, db.Query(ctx, &spelled,
				`SELECT count(*) FROM spellings WHERE term = '`+term+`'`))
			require.Equal(t, len(got) > 0, spelled[0] > 0, "keys come and go with the term")
			if len(got) == 0 {
				return 0
			}
			return got[0]
		}
		require.EqualValues(t, 1, n("wedding"), "stories, not occurrences")
		require.EqualValues(t, 2, n("heroes"))
		require.EqualValues(t, 2, n("deutschland"))
		require.Zero(t, n("the"))
		put := func(text string) {
			require.NoError(t, db.PutCaption(ctx, &caption.Track{
				Story: one.ID, Locale: "en", VTT: "WEBVTT\n\n00:00.000 --> 00:01.000\n" + text + "\n", Version: text,
				By: ana, At: start,
			}))
		}
		put("mountains of snow")
		put("mountains of sand")
		require.EqualValues(t, 2, n("mountains"))
		require.EqualValues(t, 1, n("sand"))
		require.Zero(t, n("snow"))
		move(t, db, one, story.Hidden, story.EventHidden)
		require.Zero(t, n("wedding"))
		require.Zero(t, n("sand"))
		require.EqualValues(t, 1, n("mountains"))
		require.EqualValues(t, 1, n("heroes"))
		one.PublishedAt = start.Add(time.Hour)
		move(t, db, one, story.Published, story.EventPublished)
		require.EqualValues(t, 1, n("sand"))
		require.NoError(t, db.Exec(ctx, `UPDATE listings SET worded = ?`, false))
		move(t, db, one, story.Hidden, story.EventHidden)
		require.EqualValues(t, 1, n("sand"), "what a process of the release before indexed was not counted")
	})
}

func TestUnknown_AndTheNearestTerms(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		published(t, db, c, start, func(s *story.Story) {
			s.Contributor.Name, s.Contributor.Country = "Zainab", "NG"
			s.Answers = []campaign.Answer{{ID: "why", Value: "Sunshine"}}
			s.Text = strings.Repeat("x", 30)
		})
		unknown, err := db.Unknown(ctx, c.ID, []string{"heros", "hero", "zainb", "zain", "xxxxxxx", "sunsh", "nigeri"})
		require.NoError(t, err)
		slices.Sort(unknown)
		require.Equal(t, []string{"heros", "zainb"}, unknown, "a beginning is known")
		near, err := db.Spelled(ctx, c.ID, []string{"zainb", "ainb"})
		require.NoError(t, err)
		require.Equal(t, map[string]int64{"zainab": 1}, near)
		for _, q := range []string{"nigeria", "Nigeria heroes", "sunshine"} {
			got, _, err := db.SearchStories(ctx, c.ID, board.Query{Text: q, Sort: board.Newest}, nil, 5)
			require.NoError(t, err)
			require.Len(t, got, 1, q)
		}
	})
}

func TestFillBoard_ReadsStoriesOfTheReleaseBefore(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := asked(t, db)
		all := mixed(t, db, c)
		for _, q := range []string{
			`DELETE FROM story_answers`, `DELETE FROM vocabulary`, `DELETE FROM spellings`,
			`DELETE FROM facets WHERE name LIKE 'answer%' OR name = 'tag'`,
		} {
			require.NoError(t, db.Exec(ctx, q))
		}
		require.NoError(t, db.Exec(ctx, `UPDATE listings SET worded = ?`, false))
		require.NoError(t, db.Exec(ctx, `UPDATE fills SET done = ?, last = ? WHERE name = 'board'`, false, all[4].ID))
		db.FillTextsBy(2)
		fill(t, db)
		names := []board.Property{board.ByTag, board.AnswerTo("mood")}
		facets, err := db.Facets(ctx, c.ID, names, board.FacetQuery{Top: 9})
		require.NoError(t, err)
		require.Equal(t, map[string]int64{"tag roof": 2, "tag night": 1, "answer:mood Sad": 2, "answer:mood Happy": 2},
			counts(facets))
		near, err := db.Spelled(ctx, c.ID, []string{"heros"})
		require.NoError(t, err)
		require.Equal(t, map[string]int64{"heroes": 3}, near)
		wrong, err := db.CheckCounters(ctx, false)
		require.NoError(t, err)
		require.Empty(t, wrong)
	})
}
