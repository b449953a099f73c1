package store_test

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/retention"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
)

// noQueue loses announcements, which the sweep then makes.
type noQueue struct{}

func (noQueue) Enqueue(context.Context, story.Job) error { return nil }

const day = 24 * time.Hour

// TestRetention_InSQL sweeps every class once, with and without a hold.
func TestRetention_InSQL(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		ends := start.Add(day)
		c := &campaign.Campaign{Slug: "c-" + id.New()[24:], Title: "Test", ClosesAt: ends}
		clock := func() time.Time { return start }
		require.NoError(t, campaign.NewService(db, clock).Create(ctx, c))
		stories := story.NewService(db, noQueue{}, clock, story.Options{}, slog.New(slog.DiscardHandler))
		now := start
		service := retention.NewService(db, stories, retention.Periods{
			Expired: day, Failed: day, Rejected: day, Hidden: day, Undecided: day, Published: 3 * day, Source: 2 * day,
			Address: day, Tombstone: day,
		}, func() time.Time { return now })
		for _, state := range []story.State{
			story.Expired, story.Failed, story.Rejected, story.Hidden, story.InReview, story.Erased,
		} {
			move(t, db, newStory(t, db, c), state, story.EventStarted)
		}
		published(t, db, c, start, func(s *story.Story) { s.Source = &story.Source{Key: "sources/x/u/source"} })
		classes := func(held bool) map[string]int64 {
			counts, err := service.Report(ctx)
			require.NoError(t, err)
			out := map[string]int64{}
			for i, x := range service.Classes() {
				n := counts[i].Due
				if held {
					n = counts[i].Held
				}
				if n > 0 {
					out[x.Name] = n
				}
			}
			return out
		}
		all := map[string]int64{
			"expired": 1, "failed": 1, "rejected": 1, "hidden": 1, "undecided": 1, "published": 1, "source": 1,
			"address": 7, "tombstone": 1,
		}
		require.Empty(t, classes(false))
		now = ends.Add(3 * day)
		require.Equal(t, all, classes(false))
		require.NoError(t, service.HoldCampaign(ctx, c.ID, "case 12", ana))
		require.Equal(t, all, classes(true))
		require.Empty(t, classes(false))
		ended, err := service.Sweep(ctx, 100)
		require.NoError(t, err)
		require.Empty(t, ended)
		require.NoError(t, service.LiftCampaign(ctx, c.ID, ana))
		ended, err = service.Sweep(ctx, 100)
		require.NoError(t, err)
		require.Equal(t, 1, ended["published"])
		require.Empty(t, classes(false))
	})
}

// TestAddHold_WhileAModeratorDecidesNamesTheStateOfTheRow, so that the history
// has no gap.
func TestAddHold_WhileAModeratorDecidesNamesTheStateOfTheRow(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		st := newStory(t, db, newCampaign(t, db))
		move(t, db, st, story.InReview, story.EventPrepared)
		read, err := db.Story(ctx, st.ID)
		require.NoError(t, err)
		held := read.Remark(story.EventHeld, ana, start)
		move(t, db, read, story.Approved, story.EventApproved)
		hold := retention.Hold{ID: id.New(), Campaign: st.Campaign, Story: st.ID, Reason: "case 12", By: ana, At: start}
		require.NoError(t, db.AddHold(ctx, hold, held))
		lines, err := db.History(ctx, st.ID)
		require.NoError(t, err)
		last := slices.MaxFunc(lines, func(a, b *story.Entry) int { return cmp.Compare(a.Chain.Seq, b.Chain.Seq) })
		require.Equal(t, story.EventHeld, last.Event)
		require.Equal(t, []story.State{story.Approved, story.Approved}, []story.State{last.From, last.To})
	})
}
