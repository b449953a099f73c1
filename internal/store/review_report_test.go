package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/review"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
)

func TestReport_CountsAndSamples(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		decide := func(st *story.Story, by account.Actor, e story.Event, to story.State, after time.Duration) {
			line := entry(st, e, st.State, to)
			line.Actor, line.At = by, start.Add(after)
			st.State = to
			require.NoError(t, db.SaveStory(ctx, st, line))
		}
		waiting := func() *story.Story {
			st := newStory(t, db, c)
			move(t, db, st, story.InReview, story.EventPrepared)
			return st
		}
		one, two, three, old := waiting(), waiting(), waiting(), waiting()
		decide(old, ana, story.EventApproved, story.Approved, -48*time.Hour)
		decide(one, ana, story.EventApproved, story.Approved, time.Minute)
		decide(two, ana, story.EventRejected, story.Rejected, time.Minute)
		decide(three, ben, story.EventRejected, story.Rejected, time.Minute)
		decide(one, ben, story.EventHidden, story.Hidden, time.Hour)
		decide(three, ben, story.EventRestored, story.InReview, time.Hour) // thinking again is no overturning
		decide(three, ben, story.EventEscalated, story.InReview, time.Hour)
		shares, err := db.ReviewReport(ctx, review.Filter{Campaign: c.ID}, start)
		require.NoError(t, err)
		require.Len(t, shares, 2)
		byName := map[string]review.ModeratorStats{}
		for _, s := range shares {
			byName[s.Moderator.Name] = s
		}
		a, b := byName["Ana"], byName["Ben"]
		require.Equal(t, []int64{1, 1, 0, 1, 2},
			[]int64{a.Approved, a.Rejected, a.Escalated, a.Overturned, a.Decided()})
		require.Equal(t, []int64{0, 1, 1, 0, 1},
			[]int64{b.Approved, b.Rejected, b.Escalated, b.Overturned, b.Decided()})

		got, err := db.DecidedBy(ctx, review.Filter{Campaign: c.ID}, ben.ID, start, 10)
		require.NoError(t, err)
		require.ElementsMatch(t, []string{one.ID, two.ID}, got)

		st := waiting()
		_, err = db.ClaimNext(ctx, review.Filter{Campaign: c.ID}, ben, 5, start, start.Add(time.Minute),
			[]string{three.ID})
		require.NoError(t, err)
		on, err := db.Claimants(ctx, review.Filter{Campaign: c.ID}, start)
		require.NoError(t, err)
		require.Equal(t, []review.Claimant{{Name: "Ben", Holding: 1, Until: start.Add(time.Minute)}}, on)
		on, err = db.Claimants(ctx, review.Filter{Campaign: c.ID}, start.Add(time.Hour))
		require.NoError(t, err)
		require.Empty(t, on, st.ID)
	})
}
