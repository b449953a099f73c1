package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
)

// TestBacklog_AWaitGoesOnThroughRetries: the age of a story counts from the
// first time that it waited for the same, not from its last attempt.
func TestBacklog_AWaitGoesOnThroughRetries(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		before, err := db.Backlog(ctx)
		require.NoError(t, err)
		st := newStory(t, db, c)
		clock := start
		to := func(from, to story.State) {
			clock = clock.Add(time.Hour)
			st.State, st.UpdatedAt = to, clock
			line := entry(st, story.EventStarted, from, to)
			line.At = clock
			require.NoError(t, db.SaveStory(ctx, st, line))
		}
		oldest := func() map[story.State]time.Time {
			b, err := db.Backlog(ctx)
			require.NoError(t, err)
			return b.Oldest
		}
		to(story.AwaitingUpload, story.Uploaded)
		uploaded := clock
		to(story.Uploaded, story.Preparing)
		require.Equal(t, uploaded, oldest()[story.Preparing])
		to(story.Preparing, story.Uploaded)
		require.Equal(t, uploaded, oldest()[story.Uploaded])
		require.Zero(t, oldest()[story.Preparing])
		require.NoError(t, db.SaveStory(ctx, st, nil), "a change without a line leaves it")
		require.Equal(t, uploaded, oldest()[story.Uploaded])
		to(story.Uploaded, story.InReview)
		require.Equal(t, clock, oldest()[story.InReview])

		b, err := db.Backlog(ctx)
		require.NoError(t, err)
		require.Equal(t, before.Stories[story.InReview]+1, b.Stories[story.InReview])
		require.Len(t, b.Stories, len(story.States()))

		require.NoError(t, db.Exec(ctx, `UPDATE stories SET waiting_since = 0 WHERE id = ?`, st.ID))
		require.Equal(t, clock, oldest()[story.InReview], "before the update of the schema: by its last change")
		to(story.InReview, story.Published)
		require.Equal(t, map[story.State]time.Time{
			story.Uploaded: {}, story.Preparing: {}, story.InReview: {}, story.Approved: {}, story.Publishing: {},
		}, oldest())
	})
}
