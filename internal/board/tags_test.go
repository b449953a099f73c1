package board_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/story"
)

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
	again, err := env.SetTags(t.Context(), slug, st.ID,
		[]string{"Cafe\u0301", "CAF\u00c9", "ｃａｆé", "#Straße", "strasse", "\u200b", "İzmir", "izmir"}, ana)
	require.NoError(t, err)
	require.Equal(t, []string{"caf\u00e9", "izmir", "strasse"}, again, "normal form, width and case are one tag")
	_, err = env.SetTags(t.Context(), slug, st.ID, kept, ana)
	require.NoError(t, err)
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
