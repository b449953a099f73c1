package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/review"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
)

func TestClaimNext_NoStoryGoesToTwo(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		const waiting = 40
		for range waiting {
			st := newStory(t, db, c)
			move(t, db, st, story.InReview, story.EventPrepared)
		}
		var mu sync.Mutex
		given := map[string]int{}
		var wg sync.WaitGroup
		for i := range 8 {
			by := ana
			by.ID = fmt.Sprint("moderator-", i)
			wg.Go(func() {
				for {
					got, err := db.ClaimNext(ctx, review.Filter{Campaign: c.ID}, by, 3, start, start.Add(time.Minute),
						nil)
					if err != nil {
						t.Error(err)
					}
					if len(got) == 0 {
						return
					}
					mu.Lock()
					for _, st := range got {
						given[st.ID]++
						if st.ClaimedBy.ID != by.ID {
							t.Errorf("claimed by %s, given to %s", st.ClaimedBy.ID, by.ID)
						}
					}
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		require.Len(t, given, waiting)
		for id, n := range given {
			require.Equal(t, 1, n, id)
		}
		stats, err := db.ReviewStats(ctx, review.Filter{Campaign: c.ID}, start)
		require.NoError(t, err)
		require.Equal(t, review.Stats{Waiting: waiting, Claimed: waiting, Oldest: start}, stats)
	})
}

func TestClaims_ExpireRenewAndEndWithADecision(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		f := review.Filter{Campaign: c.ID}
		first, second := newStory(t, db, c), newStory(t, db, c)
		move(t, db, first, story.InReview, story.EventPrepared)
		move(t, db, second, story.InReview, story.EventPrepared)
		got, err := db.ClaimNext(ctx, f, ana, 1, start, start.Add(time.Minute), nil)
		require.NoError(t, err)
		require.Equal(t, []string{first.ID}, ids(got), "oldest first")
		got, err = db.ClaimNext(ctx, f, ben, 5, start, start.Add(time.Minute), []string{second.ID})
		require.NoError(t, err)
		require.Empty(t, got, "one is held, the other skipped")
		n, err := db.RenewClaims(ctx, ana.ID, start, start.Add(2*time.Minute))
		require.NoError(t, err)
		require.EqualValues(t, 1, n)
		got, err = db.ClaimNext(ctx, f, ben, 5, start.Add(90*time.Second), start.Add(3*time.Minute), nil)
		require.NoError(t, err)
		require.Equal(t, []string{second.ID}, ids(got))
		got, err = db.ClaimNext(ctx, f, ben, 5, start.Add(121*time.Second), start.Add(4*time.Minute), nil)
		require.NoError(t, err)
		require.Equal(t, []string{first.ID}, ids(got), "an expired lease is taken over")
		require.NoError(t, db.ReleaseClaim(ctx, first.ID, ana.ID))
		held, err := db.ClaimedBy(ctx, ben.ID, start.Add(121*time.Second))
		require.NoError(t, err)
		require.Len(t, held, 2, "only the holder can release")
		st, err := db.Story(ctx, first.ID)
		require.NoError(t, err)
		move(t, db, st, story.Approved, story.EventApproved)
		held, err = db.ClaimedBy(ctx, ben.ID, start.Add(121*time.Second))
		require.NoError(t, err)
		require.Equal(t, []string{second.ID}, ids(held))
		page, err := db.ReviewQueue(ctx, f, "", 10)
		require.NoError(t, err)
		require.Equal(t, []string{second.ID}, ids(page))
	})
}

func TestLookup_ByWarning(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		warned := func(w ...string) string {
			st := newStory(t, db, c, func(s *story.Story) {
				s.Findings = &media.Findings{Silent: true, Warnings: w, FrameHashes: []string{"00ff12a45b6c7d8e"}}
			})
			move(t, db, st, story.InReview, story.EventPrepared)
			return st.ID
		}
		silent, both := warned("silent"), warned("dark", "silent")
		elsewhere := newStory(t, db, c, func(s *story.Story) {
			s.Findings = &media.Findings{Warnings: []string{"dark"}, FrameHashes: []string{"silent"}}
		})
		move(t, db, elsewhere, story.InReview, story.EventPrepared)
		warned("dark")
		warned()
		got, err := db.LookupStories(ctx, review.Lookup{Campaign: c.ID, Warning: "silent"}, nil, 10)
		require.NoError(t, err)
		require.ElementsMatch(t, []string{silent, both}, ids(got))
		got, err = db.LookupStories(ctx, review.Lookup{Campaign: c.ID, Warning: "low_resolution"}, nil, 10)
		require.NoError(t, err)
		require.Empty(t, got)
	})
}
