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
		env.Pass(time.Second)
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
	p, err := env.Search(t.Context(), slug, board.Query{Song: "  HEROES ", Artist: "david   bowie"}, nil, 2)
	require.NoError(t, err)
	require.Equal(t, []string{st.ID}, ids(p.Items))
}

func TestShortlist(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	one, two := env.Story(story.Published), env.Story(story.Published)
	for _, st := range []*story.Story{one, two} {
		env.Pass(time.Second)
		_, err := env.Add(t.Context(), slug, st.ID, "first", ana)
		require.NoError(t, err)
	}
	_, err := env.Add(t.Context(), slug, one.ID, "better", ben)
	require.NoError(t, err, "again replaces the note")
	env.Move(one, story.Hidden)
	got, err := env.Shortlist(t.Context(), slug)
	require.NoError(t, err)
	require.Len(t, got, 2)
	require.Equal(t, two.ID, got[0].Story.ID, "newest first")
	require.Equal(t, "better", got[1].Note)
	require.Equal(t, story.Hidden, got[1].Story.State, "a story that left the feed stays listed")
	require.NoError(t, env.Drop(t.Context(), slug, one.ID))
	require.NoError(t, env.Drop(t.Context(), slug, one.ID), "twice is once")
	_, err = env.Add(t.Context(), slug, one.ID, "", ana)
	require.True(t, fault.Is(err, "board.not_published"), err)
}

func TestOtherCampaignsAreOutOfReach(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	st := env.Story(story.Published)
	env.NewCampaign("other")
	_, err := env.Add(t.Context(), "other", st.ID, "", ana)
	require.True(t, fault.Is(err, "board.not_published"), err)
	_, err = env.Select(t.Context(), "other", "ad-1", board.Choice{Story: st.ID}, ana)
	require.True(t, fault.Is(err, "board.not_published"), err)
	require.True(t, fault.Is(env.Vote(t.Context(), "other", st.ID, 1, "", ana), "board.not_published"))
}

func TestSetTags(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	st := env.Story(story.Published)
	many := make([]string, 21)
	for i := range many {
		many[i] = fmt.Sprint("tag", i)
	}
	kept, err := env.SetTags(t.Context(), slug, st.ID, []string{" #Roof ", "roof", "last  SUMMER", ""}, ana)
	require.NoError(t, err)
	require.Equal(t, []string{"last summer", "roof"}, kept, "folded, each once")
	for name, tags := range map[string][]string{"too many": many, "too long": {strings.Repeat("ä", 41)}} {
		t.Run(name, func(t *testing.T) {
			_, err := env.SetTags(t.Context(), slug, st.ID, tags, ana)
			require.True(t, fault.Is(err, "board.tag"), err)
		})
	}
	tags, err := env.Tags(t.Context(), st.ID)
	require.NoError(t, err)
	require.Equal(t, map[string][]string{st.ID: kept}, tags, "refused tags change nothing")
	kept, err = env.SetTags(t.Context(), slug, st.ID, nil, ana)
	require.NoError(t, err)
	require.Empty(t, kept)
}

func TestVote_OneAPerson(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	st := env.Story(story.Published)
	vote := func(value int) error { return env.Vote(t.Context(), slug, st.ID, value, "why", ana) }
	require.True(t, fault.Is(vote(2), "board.vote"))
	require.NoError(t, vote(1))
	require.NoError(t, vote(-1))
	votes, err := env.Votes(t.Context(), slug)
	require.NoError(t, err)
	require.Len(t, votes[st.ID], 1)
	require.Equal(t, -1, votes[st.ID][0].Value)
	require.NoError(t, vote(0))
	votes, err = env.Votes(t.Context(), slug)
	require.NoError(t, err)
	require.Empty(t, votes)
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
	got, err := env.Facets(t.Context(), slug)
	require.NoError(t, err)
	require.Contains(t, got, board.Facet{Name: "song", Value: "Heroes", Count: 1})
	require.Equal(t, board.Facet{Name: "tag", Value: "roof", Count: 1}, got[len(got)-1])
}
