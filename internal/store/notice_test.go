package store_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/notice"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
)

func newNotice(c *campaign.Campaign, st *story.Story) *notice.Notice {
	return &notice.Notice{
		ID: id.New(), Campaign: c.ID, Story: st.ID, Kind: notice.Depicted, Locale: "en", At: start,
		Outcome: notice.Open,
	}
}

func TestAddNotice_OnlyAboutPublishedStories(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		st := published(t, db, c, start)
		n := newNotice(c, st)
		added, err := db.AddNotice(ctx, n, "hash-1")
		require.NoError(t, err)
		require.True(t, added)
		move(t, db, st, story.Hidden, story.EventHidden)
		late := newNotice(c, st)
		added, err = db.AddNotice(ctx, late, "hash-2")
		require.NoError(t, err)
		require.False(t, added)
		_, err = db.Notice(ctx, late.ID)
		require.ErrorIs(t, err, notice.ErrUnknown)
		unknown := newNotice(c, st)
		unknown.Story = id.New()
		added, err = db.AddNotice(ctx, unknown, "hash-3")
		require.NoError(t, err)
		require.False(t, added)
		ended, err := db.Notice(ctx, n.ID)
		require.NoError(t, err)
		require.Equal(t, notice.Removed, ended.Outcome)
	})
}

// A report that arrives while its story is hidden either ends with it or is
// refused: none stays open about a video that nobody sees.
func TestAddNotice_WhileTheStoryIsHidden(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		for range 20 {
			st := published(t, db, c, start)
			var work sync.WaitGroup
			for range 3 {
				work.Go(func() {
					_, err := db.AddNotice(ctx, newNotice(c, st), id.New())
					require.NoError(t, err)
				})
			}
			work.Go(func() { move(t, db, st, story.Hidden, story.EventHidden) })
			work.Wait()
		}
		open, err := db.CountNotices(ctx, c.ID)
		require.NoError(t, err)
		require.Zero(t, open)
	})
}
