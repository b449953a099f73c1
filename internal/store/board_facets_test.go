package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
)

// asked makes a campaign with a question of each kind.
func asked(t *testing.T, db *store.Store) *campaign.Campaign {
	t.Helper()
	c := newCampaign(t, db)
	c.Questions = []campaign.Question{
		{ID: "mood", Label: "Mood?", Kind: campaign.Choice, Choices: []string{"Happy", "Sad"}},
		{ID: "live", Label: "Live?", Kind: campaign.YesNo},
		{ID: "why", Label: "Why?", Kind: campaign.ShortText},
	}
	_, err := db.UpdateCampaign(ctx, c)
	require.NoError(t, err)
	return c
}

// mixed publishes stories of countries, songs and moods in turn, the oldest
// first.
func mixed(t *testing.T, db *store.Store, c *campaign.Campaign) []*story.Story {
	t.Helper()
	var out []*story.Story
	for i, x := range []struct{ country, song, mood string }{
		{"DE", "Heroes", "Happy"}, {"AT", "Heroes", "Sad"}, {"DE", "Yellow", "Sad"}, {"CH", "Viva Colonia", "Happy"},
		{"", "Heroes", ""},
	} {
		out = append(out, published(t, db, c, start.Add(time.Duration(i)*time.Second), func(s *story.Story) {
			s.Contributor.Country, s.Song.Title = x.country, x.song
			if x.mood != "" {
				s.Answers = []campaign.Answer{{ID: "mood", Value: x.mood}, {ID: "why", Value: "secret"}}
			}
		}))
	}
	tag(t, db, c, out[0].ID, ana, "roof", "night")
	tag(t, db, c, out[1].ID, ana, "roof")
	return out
}

func TestSearch_SeveralValuesAndExclusion(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := asked(t, db)
		all := mixed(t, db, c)
		has, mood, every := board.Has, board.AnswerTo("mood"), []int{0, 1, 2, 3, 4}
		but := func(p board.Property, out string, in ...string) board.Filter {
			return board.Filter{Property: p, In: in, Out: []string{out}}
		}
		not := func(p board.Property, out ...string) board.Filter { return board.Filter{Property: p, Out: out} }
		for name, x := range map[string]struct {
			filters []board.Filter
			want    []int // of mixed
		}{
			"two countries":      {[]board.Filter{has(board.ByCountry, "AT", "DE")}, []int{0, 1, 2}},
			"not a country":      {[]board.Filter{not(board.ByCountry, "AT", "CH")}, []int{0, 2, 4}},
			"one, not another":   {[]board.Filter{has(board.ByCountry, "DE"), not(board.BySong, "yellow")}, []int{0}},
			"in and out":         {[]board.Filter{but(board.ByCountry, "AT", "AT", "DE")}, []int{0, 2}},
			"two songs, a mood":  {[]board.Filter{has(board.BySong, "heroes", "x"), has(mood, "Sad")}, []int{1}},
			"two moods":          {[]board.Filter{has(mood, "Sad", "Happy")}, []int{0, 1, 2, 3}},
			"not a mood":         {[]board.Filter{not(mood, "Sad")}, []int{0, 3, 4}},
			"two tags":           {[]board.Filter{has(board.ByTag, "roof", "night")}, []int{0, 1}},
			"a tag, not another": {[]board.Filter{but(board.ByTag, "night", "roof")}, []int{1}},
			"a length":           {[]board.Filter{has(board.ByDuration, "15-30", "60-")}, every},
			"not a length":       {[]board.Filter{not(board.ByDuration, "15-30")}, nil},
			"two qualities":      {[]board.Filter{has(board.ByQuality, "low", "high")}, every},
			"orientations":       {[]board.Filter{not(board.ByOrientation, "portrait")}, nil},
			"an open question":   {[]board.Filter{has(board.AnswerTo("why"), "secret")}, nil},
			"what no story has":  {[]board.Filter{has(board.ByCountry, "XX", "YY")}, nil},
			"a language":         {[]board.Filter{has(board.ByLanguage, "de"), not(board.ByLanguage, "en")}, every},
		} {
			for _, sort := range []board.Sort{board.Newest, board.Oldest, board.Quality, board.Random} {
				for _, words := range []string{"", "danced"} {
					q := board.Query{Text: words, Sort: sort, Filters: x.filters}
					want := make([]string, len(x.want))
					for i, n := range x.want {
						want[i] = all[n].ID
					}
					var got []string
					var after *board.Cursor
					for more := true; more; { // two by two, over what the cursor leaves out
						found, next, err := db.SearchStories(ctx, c.ID, q, after, 2)
						require.NoError(t, err, name)
						got = append(got, ids(found)...)
						if more = next != nil || len(found) == 2; more && next == nil {
							last := found[1]
							next = &board.Cursor{PublishedAt: last.PublishedAt, ID: last.ID}
						}
						after = next
					}
					require.ElementsMatch(t, want, got, "%s, %s %s", name, sort, words)
					total, err := db.CountStories(ctx, c.ID, q)
					require.NoError(t, err)
					require.Equal(t, board.Total{Count: int64(len(want)), Exact: true}, total, "%s %s", name, words)
				}
			}
		}
	})
}

// counts are facets by name and value.
func counts(facets []board.Facet) map[string]int64 {
	out := map[string]int64{}
	for _, f := range facets {
		out[string(f.Name)+" "+f.Value] = f.Count
	}
	return out
}

func TestFacets_AreCountedAfterTheOtherFilters(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := asked(t, db)
		mixed(t, db, c)
		mood := board.AnswerTo("mood")
		names := []board.Property{
			board.BySong, board.ByCountry, board.ByTag, board.ByDuration, mood, board.AnswerTo("live"),
		}
		read := func(q board.Query) map[string]int64 {
			got, err := db.Facets(ctx, c.ID, names, board.FacetQuery{Query: q, Top: 10})
			require.NoError(t, err)
			require.NotContains(t, fmt.Sprint(got), "secret", "answers in one's own words are no facet")
			return counts(got)
		}
		require.Equal(t, map[string]int64{
			"song Heroes":       3,
			"song Yellow":       1,
			"song Viva Colonia": 1,
			"tag roof":          2,
			"tag night":         1,
			"country DE":        2,
			"country AT":        1,
			"country CH":        1,
			"duration 15-30":    5,
			"answer:mood Happy": 2,
			"answer:mood Sad":   2,
		}, read(board.Query{}))
		narrow := []board.Filter{board.Has(board.ByCountry, "DE")}
		want := map[string]int64{
			"song Heroes": 1, "song Yellow": 1, "country DE": 2, "country AT": 1, "country CH": 1,
			"tag roof": 1, "tag night": 1, "duration 15-30": 2, "answer:mood Happy": 1, "answer:mood Sad": 1,
		}
		require.Equal(t, want, read(board.Query{Filters: narrow}))
		require.Equal(t, want, read(board.Query{Filters: []board.Filter{
			{Property: board.ByCountry, Out: []string{"AT", "CH"}}, {Property: board.ByCountry, In: []string{"DE"}},
		}[1:]}))
		narrow = append(narrow, board.Has(mood, "Sad"), board.Filter{Property: board.ByTag, Out: []string{"gone"}})
		require.Equal(t, map[string]int64{
			"song Yellow": 1, "country DE": 1, "country AT": 1, "duration 15-30": 1, "tag gone": 0,
			"answer:mood Happy": 1, "answer:mood Sad": 1,
		}, read(board.Query{Filters: narrow}), "a value that leaves nothing stays in the list")
	})
}

func TestFacets_MarkBoundedCounts(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := asked(t, db)
		mixed(t, db, c)
		db.LookAmong(3)
		q := board.Query{Filters: []board.Filter{{Property: board.ByCountry, Out: []string{"AT"}}}}
		names := []board.Property{board.BySong, board.ByCountry}
		got, err := db.Facets(ctx, c.ID, names, board.FacetQuery{Query: q, Top: 9})
		require.NoError(t, err)
		require.Contains(t, got, board.Facet{Name: board.BySong, Value: "Yellow", Count: 1, AtLeast: true})
		require.Contains(t, got, board.Facet{Name: board.ByCountry, Value: "DE", Count: 2})
		total, err := db.CountStories(ctx, c.ID, q)
		require.NoError(t, err)
		require.Equal(t, board.Total{Count: 4, Exact: true}, total, "one facet is counted by its counters")
		q.Filters = append(q.Filters, board.Filter{Property: board.BySong, Out: []string{"yellow"}})
		total, err = db.CountStories(ctx, c.ID, q)
		require.NoError(t, err)
		require.Equal(t, board.Total{Count: 2}, total)
	})
}

func TestFacets_TypeAheadFindsRareValues(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		for i, title := range []string{"Heroes", "My Hero", "Hero Worship", "Ünder the Bridge", "Yellow"} {
			for k := range i + 1 {
				published(t, db, c, start.Add(time.Duration(10*i+k)*time.Second), func(s *story.Story) {
					s.Song.Title, s.Contributor.Country = title, []string{"DE", "AT"}[k%2]
				})
			}
		}
		read := func(prefix string, top int, filters ...board.Filter) []board.Facet {
			got, err := db.Facets(ctx, c.ID, []board.Property{board.BySong}, board.FacetQuery{
				Query: board.Query{Filters: filters}, Property: board.BySong, Prefix: prefix, Top: top,
			})
			require.NoError(t, err)
			return got
		}
		song := func(value string, n int64) board.Facet {
			return board.Facet{Name: board.BySong, Value: value, Count: n}
		}
		require.Equal(t, []board.Facet{song("Hero Worship", 3), song("My Hero", 2), song("Heroes", 1)}, read("HER", 20))
		require.Equal(t, []board.Facet{song("Hero Worship", 3)}, read("her", 1))
		require.Equal(t, []board.Facet{song("Ünder the Bridge", 4)}, read("bri und", 20), "words in any order, folded")
		require.Empty(t, read("low", 20), "not inside of words")
		require.Empty(t, read("***", 20))
		require.Equal(t, []board.Facet{song("Hero Worship", 1), song("My Hero", 1)},
			read("hero", 20, board.Has(board.ByCountry, "AT")))
	})
}

// TestFacets_TagsAndAnswersStayCounted changes tags of stories in bulk, and
// moves stories off the feed and back.
func TestFacets_TagsAndAnswersStayCounted(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := asked(t, db)
		all := mixed(t, db, c)
		hidden := all[0]
		move(t, db, hidden, story.Hidden, story.EventHidden)
		names := []board.Property{board.ByTag, board.AnswerTo("mood")}
		read := func() map[string]int64 {
			got, err := db.Facets(ctx, c.ID, names, board.FacetQuery{Top: 10})
			require.NoError(t, err)
			wrong, err := db.CheckCounters(ctx, false)
			require.NoError(t, err)
			require.Empty(t, wrong)
			return counts(got)
		}
		require.Equal(t, map[string]int64{"tag roof": 1, "answer:mood Sad": 2, "answer:mood Happy": 1}, read())
		hidden.PublishedAt = start.Add(time.Hour)
		move(t, db, hidden, story.Published, story.EventPublished)
		require.Equal(t, map[string]int64{
			"tag roof": 2, "tag night": 1, "answer:mood Sad": 2, "answer:mood Happy": 2,
		}, read())
		refused, err := db.EditTags(ctx, c.ID, []string{all[2].ID, all[1].ID, "none"},
			func(s board.Tagged) ([]string, error) {
				if s.State == "" {
					return nil, fmt.Errorf("unknown")
				}
				return []string{"night", "summer"}, nil
			}, ana, start)
		require.NoError(t, err)
		require.Error(t, refused[2])
		require.Equal(t, []error{nil, nil}, refused[:2])
		require.Equal(t, map[string]int64{
			"tag night": 3, "tag summer": 2, "tag roof": 1, "answer:mood Sad": 2, "answer:mood Happy": 2,
		}, read())
		require.NoError(t, db.Exec(ctx, `UPDATE facets SET n = 9 WHERE name = 'answer:mood' OR name = 'tag'`))
		wrong, err := db.CheckCounters(ctx, true)
		require.NoError(t, err)
		require.Len(t, wrong, 5)
		read()
	})
}

// TestFacets_FollowTheLadder, which can be longer than the first set by less
// than a frame, and so be in another band of lengths.
func TestFacets_FollowTheLadder(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		st := published(t, db, c, start)
		published(t, db, c, start.Add(time.Second))
		for _, length := range []time.Duration{14_985 * time.Millisecond, 15 * time.Second, 15_020 * time.Millisecond} {
			st.Public.Duration = length
			move(t, db, st, story.Published, story.EventRefined)
			wrong, err := db.CheckCounters(ctx, false)
			require.NoError(t, err)
			require.Empty(t, wrong, length)
			found, _, err := db.SearchStories(ctx, c.ID, board.Query{MinDuration: length, MaxDuration: length}, nil, 2)
			require.NoError(t, err)
			require.Equal(t, []string{st.ID}, ids(found), length)
		}
		move(t, db, st, story.Hidden, story.EventHidden)
		wrong, err := db.CheckCounters(ctx, false)
		require.NoError(t, err)
		require.Empty(t, wrong)
	})
}
