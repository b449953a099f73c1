package board_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/story"
)

func TestSearch_PagesInEveryOrder(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	var want []string
	for range 5 {
		want = append(want, env.Story(story.Published).ID)
		env.Advance(time.Second)
	}
	env.Story(story.InReview)
	for _, q := range []board.Query{
		{}, {Sort: board.Oldest}, {Sort: board.Quality}, {Sort: board.Random, Seed: "monday"}, {Sort: board.Relevance},
		{Sort: board.Relevance, Text: "danced"}, {Sort: board.Newest, Text: "danced"},
	} {
		t.Run(fmt.Sprint(q.Sort, " ", q.Text), func(t *testing.T) {
			var got []string
			var after *board.Cursor
			for {
				p, err := env.Search(t.Context(), slug, q, after, 2)
				require.NoError(t, err)
				got = append(got, ids(p.Items)...)
				if after = p.Next; after == nil {
					break
				}
			}
			require.ElementsMatch(t, want, got, "every published story once")
			if q.Sort == board.Oldest {
				require.Equal(t, want, got)
			}
		})
	}
	_, err := env.Search(t.Context(), slug, board.Query{Text: strings.Repeat("x", 201)}, nil, 2)
	require.True(t, fault.Is(err, "search.invalid"), err)
	_, err = env.Search(t.Context(), "none", board.Query{}, nil, 2)
	require.True(t, fault.Is(err, "campaign.unknown"), err)
}

func TestSearch_ComparesSongsFolded(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	st := env.Story(story.Published)
	for _, q := range []board.Filter{
		board.Has(board.BySong, "  HEROES ", "Yellow"), board.Has(board.BySong, "ＨＥＲＯＥＳ"),
		board.Has(board.ByArtist, "Dav\u0131d\u00a0Bow\u0130e"), board.Has(board.BySong, "hero\u00ades\u200b"),
	} {
		p, err := env.Search(t.Context(), slug, board.Query{Filters: []board.Filter{q}}, nil, 2)
		require.NoError(t, err)
		require.Equal(t, []string{st.ID}, ids(p.Items), q)
	}
}

func TestSaveSearch_ReplacesANameHoweverWritten(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	for _, name := range []string{"Caf\u00e9 stories", "Cafe\u0301  Stories", "CAFÉ\nSTORIES"} {
		require.NoError(t, env.SaveSearch(t.Context(), slug, name, "q="+name, ana))
	}
	saved, err := env.SavedSearches(t.Context(), slug)
	require.NoError(t, err)
	require.Len(t, saved, 1)
	require.Equal(t, "Caf\u00e9 stories", saved[0].Name)
	err = env.SaveSearch(t.Context(), slug, "\u200b\u3164", "q=x", ana)
	require.True(t, fault.Is(err, "search.name"), err)
}

func TestSaveSearch(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	save := func(name, query string) error { return env.SaveSearch(t.Context(), slug, name, query, ana) }
	for name, err := range map[string]error{
		"no name": save(" ", ""), "a long name": save(strings.Repeat("x", 81), ""),
		"a long query": save("x", strings.Repeat("x", 2001)),
	} {
		t.Run(name, func(t *testing.T) { require.True(t, fault.Is(err, "search.name"), err) })
	}
	for i := range 100 {
		require.NoError(t, save(fmt.Sprintf("search  %03d ", i), "q=roof"))
	}
	require.True(t, fault.Is(save("one more", ""), "search.many"))
	require.NoError(t, save("search 007", "q=kitchen"), "one of that name is replaced")
	all, err := env.SavedSearches(t.Context(), slug)
	require.NoError(t, err)
	require.Len(t, all, 100)
	require.Equal(t, "q=kitchen", all[7].Query)
	require.NoError(t, env.DeleteSearch(t.Context(), slug, all[7].ID))
	require.NoError(t, env.DeleteSearch(t.Context(), slug, all[7].ID), "twice is once")
	require.NoError(t, save("one more", ""))
}

func TestFacets_CountWhatIsPublished(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	one, two := env.Story(story.Published), env.Story(story.Published)
	_, err := env.SetTags(t.Context(), slug, one.ID, []string{"roof"}, ana)
	require.NoError(t, err)
	_, err = env.SetTags(t.Context(), slug, two.ID, []string{"roof", "night"}, ana)
	require.NoError(t, err)
	env.Move(two, story.Hidden)
	got, err := env.Facets(t.Context(), slug, board.FacetQuery{})
	require.NoError(t, err)
	require.Contains(t, got, board.Facet{Name: "song", Value: "Heroes", Count: 1})
	require.Equal(t, board.Facet{Name: "tag", Value: "roof", Count: 1}, got[len(got)-1])
}

func TestSearch_CorrectsWordsThatNoStoryHas(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	st := env.Story(story.Published, func(s *story.Story) { s.Contributor.Name = "Zainab" })
	for q, want := range map[string][]board.Correction{
		"heros":         {{From: "heros", To: "heroes"}},
		"Zainb HEROS":   {{From: "zainb", To: "zainab"}, {From: "heros", To: "heroes"}},
		"danced zainab": nil,
		"her":           nil, // a beginning
		"ｈｅｒｏｓ zaınab":  {{From: "heros", To: "heroes"}},
	} {
		found, err := env.Search(t.Context(), slug, board.Query{Text: q}, nil, 5)
		require.NoError(t, err)
		require.Equal(t, []string{st.ID}, ids(found.Items), q)
		require.Equal(t, want, found.Corrected, q)
		require.Equal(t, &board.Total{Count: 1, Exact: true}, found.Total)
	}
	found, err := env.Search(t.Context(), slug, board.Query{Text: "heros", Exact: true}, nil, 5)
	require.NoError(t, err)
	require.Empty(t, found.Items)
	require.Empty(t, found.Corrected)
	found, err = env.Search(t.Context(), slug, board.Query{Text: "qqqqq"}, nil, 5)
	require.NoError(t, err)
	require.Empty(t, found.Items, "nothing is near")
	facets, err := env.Facets(t.Context(), slug, board.FacetQuery{Query: board.Query{Text: "heros"}})
	require.NoError(t, err)
	require.Contains(t, facets, board.Facet{Name: board.BySong, Value: "Heroes", Count: 1})
}
