package board_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/story"
)

// note replaces what a shortlist says of a story.
func note(text string) board.Change { return board.Change{Note: &text, Replace: true} }

func TestShortlist(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	one, two := env.Story(story.Published), env.Story(story.Published)
	for _, st := range []*story.Story{one, two} {
		env.Advance(time.Second)
		_, err := env.Add(t.Context(), slug, st.ID, note("first"), ana)
		require.NoError(t, err)
	}
	_, err := env.Add(t.Context(), slug, one.ID, note("better"), ben)
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
	_, err = env.Add(t.Context(), slug, one.ID, board.Change{}, ana)
	require.True(t, fault.Is(err, "board.not_published"), err)
}

func TestOtherCampaignsAreOutOfReach(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	st := env.Story(story.Published)
	env.NewCampaign("other")
	_, err := env.Add(t.Context(), "other", st.ID, board.Change{}, ana)
	require.True(t, fault.Is(err, "story.unknown"), err)
	_, err = env.Select(t.Context(), "other", "ad-1", board.Choice{Story: st.ID}, ana)
	require.True(t, fault.Is(err, "board.not_published"), err)
	require.True(t, fault.Is(env.Vote(t.Context(), "other", st.ID, 1, "", ana), "board.not_published"))
}
