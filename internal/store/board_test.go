package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/store"
)

func TestPicks_SlotsAndStoriesAreTakenOnce(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		a, b := published(t, db, c, start), published(t, db, c, start.Add(time.Second))
		add := func(slot, id string) bool {
			added, err := db.AddPick(ctx, board.Pick{Campaign: c.ID, Slot: slot, Story: id, By: ana, At: start})
			require.NoError(t, err)
			return added
		}
		require.True(t, add("ad-1", a.ID))
		require.False(t, add("ad-1", a.ID))
		require.False(t, add("ad-1", b.ID), "the slot is taken")
		require.False(t, add("ad-2", a.ID), "the story is taken")
		require.True(t, add("ad-2", b.ID))
		got, err := db.Selection(ctx, c.ID)
		require.NoError(t, err)
		require.Len(t, got, 2)
		require.NoError(t, db.DeletePick(ctx, c.ID, "ad-1", start))
		require.NoError(t, db.DeletePick(ctx, c.ID, "ad-1", start))
		require.True(t, add("ad-3", a.ID))
	})
}

func TestPicks_ReplaceAndConfirm(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		a := published(t, db, c, start)
		p := board.Pick{
			Campaign: c.ID, Slot: "ad-1", Story: a.ID, Note: "the roof", FromMS: 1000, ToMS: 4000, By: ana, At: start,
		}
		_, err := db.AddPick(ctx, p)
		require.NoError(t, err)
		ok, err := db.ConfirmPick(ctx, p, ben, start.Add(time.Minute))
		require.NoError(t, err)
		require.True(t, ok)
		held := func() board.Pick {
			all, err := db.Selection(ctx, c.ID)
			require.NoError(t, err)
			require.Len(t, all, 1)
			return all[0]
		}
		require.Equal(t, "Ben", held().ConfirmedBy.Name)
		require.Equal(t, start.Add(time.Minute), held().ConfirmedAt)
		later := p
		later.FromMS, later.Note, later.By, later.At = 1500, "higher", ben, start.Add(time.Hour)
		require.NoError(t, db.ReplacePick(ctx, later))
		got := held()
		require.Equal(t, later.FromMS, got.FromMS)
		require.Equal(t, later.Note, got.Note)
		require.Equal(t, "Ben", got.By.Name)
		require.Zero(t, got.ConfirmedAt, "every field of the pick is written")
		ok, err = db.ConfirmPick(ctx, p, ana, start)
		require.NoError(t, err)
		require.False(t, ok, "the slot no longer holds that choice")
	})
}
