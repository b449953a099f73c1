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

func (e *env) list(t *testing.T, name string) *board.List {
	t.Helper()
	l, err := e.CreateList(t.Context(), slug, name, ana)
	require.NoError(t, err)
	return l
}

func TestLists_AreCreatedRenamedAndDeleted(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	roofs := env.list(t, " Roofs\n")
	require.Equal(t, "Roofs", roofs.Name)
	_, err := env.CreateList(t.Context(), slug, "ROOFS", ben)
	require.True(t, fault.Is(err, "shortlist.name_taken"), err)
	for _, name := range []string{"", "\u200b", strings.Repeat("x", 81)} {
		_, err = env.CreateList(t.Context(), slug, name, ana)
		require.True(t, fault.Is(err, "shortlist.name"), err)
	}
	renamed, err := env.RenameList(t.Context(), slug, roofs.ID, "Streets", 1)
	require.NoError(t, err)
	require.EqualValues(t, 2, renamed.Version)
	_, err = env.RenameList(t.Context(), slug, roofs.ID, "Squares", 1)
	require.True(t, fault.Is(err, "shortlist.changed"), err)
	require.Equal(t, "Streets", fault.As(err).Facts["name"])
	_, err = env.RenameList(t.Context(), slug, roofs.ID, "Streets", 1)
	require.NoError(t, err, "it has that name")
	_, err = env.RenameList(t.Context(), slug, board.DefaultList, "Mine", 0)
	require.True(t, fault.Is(err, "shortlist.default"), err)
	require.True(t, fault.Is(env.DeleteList(t.Context(), slug, board.DefaultList), "shortlist.default"))
	require.NoError(t, env.DeleteList(t.Context(), slug, roofs.ID))
	require.NoError(t, env.DeleteList(t.Context(), slug, roofs.ID), "twice is once")
	_, err = env.Listed(t.Context(), slug, roofs.ID, "", nil, 10)
	require.True(t, fault.Is(err, "shortlist.unknown"), err)
	for i := range 100 {
		env.list(t, fmt.Sprint("list ", i))
	}
	_, err = env.CreateList(t.Context(), slug, "one more", ana)
	require.True(t, fault.Is(err, "shortlist.many"), err)
	env.NewCampaign("other")
	_, err = env.CreateList(t.Context(), "other", "mine", ana)
	require.NoError(t, err)
	lists, err := env.Lists(t.Context(), "other")
	require.NoError(t, err)
	require.Len(t, lists, 2)
	require.True(t, lists[0].Default())
	_, err = env.Listed(t.Context(), slug, lists[1].ID, "", nil, 10)
	require.True(t, fault.Is(err, "shortlist.unknown"), "of another campaign: %v", err)
}

// TestPutListed_LosesNoNote lets two people write about one story at a time.
func TestPutListed_LosesNoNote(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	st, roofs := env.Story(story.Published), env.list(t, "Roofs")
	put := func(ch board.Change) (*board.Candidate, error) {
		return env.PutListed(t.Context(), slug, roofs.ID, st.ID, ch, ana)
	}
	text := func(s string) *string { return &s }
	first, err := put(board.Change{Note: text("first")})
	require.NoError(t, err)
	require.EqualValues(t, 1, first.Version)
	require.Equal(t, board.Considering, first.Status)
	env.Advance(time.Minute)
	second, err := env.PutListed(t.Context(), slug, roofs.ID, st.ID,
		board.Change{Note: text("second"), Status: board.Approved, Version: 1}, ben)
	require.NoError(t, err)
	require.EqualValues(t, 2, second.Version)
	for name, ch := range map[string]board.Change{
		"an older version": {Note: text("mine"), Version: 1}, "none": {Note: text("mine")},
		"a status": {Status: board.Declined},
	} {
		_, err = put(ch)
		require.True(t, fault.Is(err, "shortlist.entry_changed"), "%s: %v", name, err)
		require.Equal(t, map[string]any{
			"version": int64(2), "note": "second", "status": "approved", "changed_by": "Ben", "changed_at": env.Now,
		}, fault.As(err).Facts)
	}
	same, err := put(board.Change{Note: text("second")})
	require.NoError(t, err, "what changes nothing conflicts with nothing")
	require.EqualValues(t, 2, same.Version)
	third, err := put(board.Change{Status: board.NeedsEdit, Version: 2})
	require.NoError(t, err)
	require.Equal(t, "second", third.Note, "a note that is not sent stays")
	_, err = put(board.Change{Status: "great", Version: 3})
	require.True(t, fault.Is(err, "shortlist.status"), err)
	_, err = put(board.Change{Note: text(strings.Repeat("x", 2001)), Version: 3})
	require.True(t, fault.Is(err, "board.note"), err)
	p, err := env.Listed(t.Context(), slug, roofs.ID, board.NeedsEdit, nil, 10)
	require.NoError(t, err)
	require.Len(t, p.Items, 1)
	require.Equal(t, "Ana", p.Items[0].ChangedBy.Name)
	on, err := env.OnLists(t.Context(), env.Campaign.ID, st.ID)
	require.NoError(t, err)
	require.Equal(t, roofs.ID, on[st.ID][0].Ref())
}

func TestListMany_AnswersForEachStory(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	one, two, waiting := env.Story(story.Published), env.Story(story.Published), env.Story(story.InReview)
	roofs := env.list(t, "Roofs")
	_, err := env.PutListed(t.Context(), slug, roofs.ID, one.ID, note("keep me"), ana)
	require.NoError(t, err)
	many := func(add, remove []string) []board.Outcome {
		done, err := env.ListMany(t.Context(), slug, roofs.ID, add, remove, ben)
		require.NoError(t, err)
		return done
	}
	done := many([]string{two.ID, one.ID, waiting.ID, two.ID, "none"}, []string{waiting.ID})
	require.Len(t, done, 4, "each once")
	require.Equal(
		t,
		[]board.Outcome{{Story: two.ID, Outcome: board.Added}, {Story: one.ID, Outcome: board.Present}},
		done[:2],
	)
	require.True(t, fault.Is(done[2].Err, "board.not_published"), done[2].Err)
	require.Equal(t, board.Refused, done[3].Outcome)
	require.True(t, fault.Is(done[3].Err, "story.unknown"), done[3].Err)
	p, err := env.Listed(t.Context(), slug, roofs.ID, "", nil, 10)
	require.NoError(t, err)
	require.Len(t, p.Items, 2)
	require.Equal(t, "keep me", p.Items[1].Note)
	require.Equal(t, map[board.Status]int64{board.Considering: 2}, p.List.Counts)
	require.Equal(t, []board.Outcome{
		{Story: two.ID, Outcome: board.Removed}, {Story: waiting.ID, Outcome: board.Absent},
	}, many(nil, []string{two.ID, waiting.ID}))
	require.Equal(
		t,
		[]board.Outcome{{Story: two.ID, Outcome: board.Absent}},
		many(nil, []string{two.ID}),
		"twice is once",
	)
	for _, ids := range [][]string{nil, make501()} {
		_, err = env.ListMany(t.Context(), slug, roofs.ID, ids, nil, ana)
		require.True(t, fault.Is(err, "board.bulk"), err)
	}
}

func make501() []string {
	ids := make([]string, board.MaxBulk+1)
	for i := range ids {
		ids[i] = fmt.Sprint("story ", i)
	}
	return ids
}

func TestTagMany_AnswersForEachStory(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	one, two, waiting := env.Story(story.Published), env.Story(story.Published), env.Story(story.InReview)
	full := make([]string, 20)
	for i := range full {
		full[i] = fmt.Sprint("tag", i)
	}
	_, err := env.SetTags(t.Context(), slug, two.ID, full, ana)
	require.NoError(t, err)
	stories := []string{one.ID, two.ID, waiting.ID, "none"}
	done, err := env.TagMany(t.Context(), slug, stories, []string{"#Roof", "roof"}, nil, ben)
	require.NoError(t, err)
	require.Equal(t, board.TagOutcome{Story: one.ID, Tags: []string{"roof"}, Changed: true}, done[0])
	for i, code := range map[int]string{1: "board.tag", 2: "board.not_published", 3: "story.unknown"} {
		require.True(t, fault.Is(done[i].Err, code), done[i].Err)
	}
	done, err = env.TagMany(
		t.Context(),
		slug,
		[]string{two.ID, one.ID, one.ID},
		[]string{"roof"},
		[]string{"tag3", "x"},
		ben,
	)
	require.NoError(t, err)
	require.Len(t, done, 2)
	require.True(t, done[0].Changed)
	require.Len(t, done[0].Tags, 20)
	require.NotContains(t, done[0].Tags, "tag3")
	require.Equal(t, board.TagOutcome{Story: one.ID, Tags: []string{"roof"}}, done[1], "the same again changes nothing")
	for name, call := range map[string]struct{ stories, add []string }{
		"no story": {nil, []string{"x"}}, "no tag": {stories, []string{" "}}, "too many": {make501(), []string{"x"}},
	} {
		_, err = env.TagMany(t.Context(), slug, call.stories, call.add, nil, ana)
		require.True(t, fault.Is(err, "board.bulk"), "%s: %v", name, err)
	}
}

func TestSearch_RefusesTooManyValues(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	for name, f := range map[string]board.Filter{
		"values":     board.Has(board.ByTag, make501()[:21]...),
		"a long one": board.Has(board.BySong, strings.Repeat("x", 201)),
		"excluded":   {Property: board.ByCountry, Out: make501()[:21]},
	} {
		_, err := env.Search(t.Context(), slug, board.Query{Filters: []board.Filter{f}}, nil, 5)
		require.True(t, fault.Is(err, "search.invalid"), "%s: %v", name, err)
	}
	for _, q := range []board.FacetQuery{
		{Property: "shoe size"}, {Property: board.AnswerTo("none")}, {Prefix: "x"},
		{Property: board.BySong, Prefix: strings.Repeat("x", 201)},
	} {
		_, err := env.Facets(t.Context(), slug, q)
		require.True(t, fault.Is(err, "search.facet"), err)
	}
}
