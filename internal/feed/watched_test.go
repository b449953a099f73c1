package feed_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/feed"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
)

// TestWatched_PutsAStoryFirst: the ladder of the one that is played comes
// before those of newer ones; a story that is not public is left alone.
func TestWatched_PutsAStoryFirst(t *testing.T) {
	t.Parallel()
	e := testkit.NewEnv(t)
	public := func() *story.Story {
		st := e.Story(story.Published)
		st, err := e.Stories.Change(t.Context(), st.ID, func(st *story.Story) (*story.Entry, error) {
			st.Source, st.Public.First = &story.Source{Key: "sources/x"}, true
			return nil, nil
		})
		require.NoError(t, err)
		return st
	}
	played, hidden := public(), public()
	e.Move(hidden, story.Hidden)
	public()
	watched := feed.NewWatched(e.DB, e.Clock)
	for _, id := range []string{played.ID, played.ID, hidden.ID, id.New()} {
		require.NoError(t, watched.Mark(t.Context(), id))
	}
	q := attempt.LadderQuery{Now: e.Now, Stale: e.Now, Announced: e.Now, Watched: true}
	jobs, err := e.DB.DueLadders(t.Context(), q, 10)
	require.NoError(t, err)
	require.Equal(t, []story.Job{{Kind: story.Ladder, Story: played.ID, Attempt: 1}}, jobs)
	after, err := e.Stories.Get(t.Context(), played.ID)
	require.NoError(t, err)
	require.Equal(t, played.Version, after.Version, "moderators' writes are not in its way")

	other := public()
	e.Advance(5 * time.Minute)
	require.NoError(t, watched.Mark(t.Context(), other.ID))
	e.Advance(6 * time.Minute)
	require.NoError(t, watched.Mark(t.Context(), played.ID), "again after ten minutes")
	q.Now, q.Stale, q.Announced = e.Now, e.Now, e.Now
	for _, want := range []string{played.ID, other.ID} {
		jobs, err = e.DB.DueLadders(t.Context(), q, 1)
		require.NoError(t, err)
		require.Len(t, jobs, 1)
		require.Equal(t, want, jobs[0].Story)
		q.Announced = q.Announced.Add(-time.Second)
	}
}
