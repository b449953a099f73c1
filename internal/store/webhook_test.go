package store_test

import (
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/webhook"
)

// listen keeps an endpoint that listens to the patterns.
func listen(t testing.TB, db *store.Store, c *campaign.Campaign, patterns ...string) *webhook.Endpoint {
	t.Helper()
	e := &webhook.Endpoint{
		ID: id.New(), Campaign: c.ID, URL: "https://example.com/hooks", Events: patterns, Secret: "whsec_AAAA",
		CreatedAt: start, UpdatedAt: start,
	}
	require.NoError(t, db.AddEndpoint(ctx, e, webhook.MaxEndpoints))
	return e
}

// logged is what the endpoint's log has, oldest first: type and number.
func logged(t testing.TB, db *store.Store, e *webhook.Endpoint) (out []string) {
	t.Helper()
	all, err := db.Deliveries(ctx, e.ID, "", "", 1000)
	require.NoError(t, err)
	for _, d := range all {
		out = append([]string{string(d.Event.Type) + " " + strconv.FormatInt(d.Event.Sequence, 10)}, out...)
	}
	return out
}

func TestWebhooks_EventsComeWithTheChange(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		unheard := newStory(t, db, c)
		all, decisions := listen(t, db, c, "*"), listen(t, db, c, "decision.*", "story.erased")
		elsewhere := listen(t, db, newCampaign(t, db), "*")
		st := newStory(t, db, c)
		move(t, db, st, story.Uploaded, story.EventUploaded)
		move(t, db, st, story.Preparing, story.EventStarted)
		move(t, db, st, story.InReview, story.EventPrepared)
		stale := *st
		move(t, db, st, story.Approved, story.EventApproved)
		stale.State = story.Rejected
		require.True(t, fault.Is(
			db.SaveStory(ctx, &stale, entry(&stale, story.EventRejected, story.InReview, story.Rejected)),
			"story.stale"))
		move(t, db, unheard, story.Uploaded, story.EventUploaded)

		require.Equal(t, []string{
			"story.created 1", "story.uploaded 2", "story.prepared 3", "decision.approved 4", "story.uploaded 1",
		}, logged(t, db, all))
		require.Equal(t, []string{"decision.approved 4"}, logged(t, db, decisions))
		require.Empty(t, logged(t, db, elsewhere))
		got, err := db.Deliveries(ctx, decisions.ID, "", "", 10)
		require.NoError(t, err)
		require.Equal(t, webhook.Facts{
			State: "approved", Previous: "in_review", By: "moderator",
		}, got[0].Event.Facts)
		require.Equal(t, c.Slug, got[0].Event.Slug)
		require.Equal(t, webhook.Waiting, got[0].State)
	})
}

func TestWebhooks_SelectionAndKit(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		c.AdSlots = []string{"ad-1", "ad-2"}
		written, err := db.UpdateCampaign(ctx, c)
		require.NoError(t, err)
		require.True(t, written)
		a, b := published(t, db, c, start), published(t, db, c, start.Add(time.Second))
		e := listen(t, db, c, "selection.*", "kit.*")
		pick := func(slot, storyID string) board.Pick {
			p := board.Pick{Campaign: c.ID, Slot: slot, Story: storyID, ToMS: 5000, By: ana, At: start}
			_, err := db.AddPick(ctx, p)
			require.NoError(t, err)
			return p
		}
		first, second := pick("ad-1", a.ID), pick("ad-2", b.ID)
		pick("ad-2", a.ID) // taken, so nothing happens
		_, err = db.ConfirmPick(ctx, first, ben, start)
		require.NoError(t, err)
		later := first
		later.At = start.Add(time.Hour)
		ok, err := db.ConfirmPick(ctx, later, ben, start)
		require.NoError(t, err)
		require.False(t, ok, "the slot holds a choice of another time")
		_, err = db.ConfirmPick(ctx, second, ben, start)
		require.NoError(t, err)
		require.NoError(t, db.RecordExport(ctx, c.ID, "csv", []board.Pick{first, second}, start))
		require.NoError(t, db.DeletePick(ctx, c.ID, "ad-2", start))
		require.NoError(t, db.DeletePick(ctx, c.ID, "ad-2", start))
		require.Equal(t, []string{
			"selection.filled 1", "selection.filled 1", "selection.confirmed 2", "selection.confirmed 2", "kit.ready 1",
			"kit.exported 2", "selection.freed 3",
		}, logged(t, db, e))
		got, err := db.Deliveries(ctx, e.ID, "", "", 3)
		require.NoError(t, err)
		both := []webhook.Slot{{Name: "ad-1", Story: a.ID}, {Name: "ad-2", Story: b.ID}}
		require.Equal(t, webhook.Facts{Slots: both}, got[2].Event.Facts)
		require.Equal(t, webhook.Facts{Slots: both, Format: "csv"}, got[1].Event.Facts)

		move(t, db, a, story.Withdrawn, story.EventWithdrawn)
		line := entry(a, story.EventErased, story.Withdrawn, story.Erased)
		a.State = story.Erased
		require.NoError(t, db.EraseStory(ctx, a, line))
		all := logged(t, db, e)
		require.Equal(t, "selection.freed 3", all[len(all)-1])
	})
}

func TestWebhooks_NumbersFollowEachOtherUnderLoad(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		e := listen(t, db, c, "*")
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() { _ = db.RecordExport(ctx, c.ID, "json", nil, start) })
		}
		wg.Wait()
		var want []string
		for n := range len(logged(t, db, e)) {
			want = append(want, "kit.exported "+strconv.Itoa(n+1))
		}
		require.ElementsMatch(t, want, logged(t, db, e))
		require.NotEmpty(t, want)
	})
}

func TestWebhooks_OneProcessSendsToAnEndpoint(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		e := listen(t, db, c, "*")
		due := func(at time.Time) []string {
			ids, err := db.DueEndpoints(ctx, at, 10)
			require.NoError(t, err)
			return ids
		}
		require.Empty(t, due(start), "nothing waits")
		newStory(t, db, c)
		require.Equal(t, []string{e.ID}, due(start))
		hold := func(holder string, at time.Time) bool {
			got, err := db.HoldEndpoint(ctx, e.ID, holder, at, at.Add(time.Minute))
			require.NoError(t, err)
			if got != nil {
				require.Equal(t, c.Slug, got.Slug)
				require.Equal(t, []string{"*"}, got.Events)
			}
			return got != nil
		}
		require.True(t, hold("a", start))
		require.True(t, hold("a", start), "its holder holds on")
		require.False(t, hold("b", start))
		require.Empty(t, due(start))
		require.NoError(t, db.ReleaseEndpoint(ctx, e.ID, "b", start))
		require.False(t, hold("b", start), "only the holder releases")
		require.NoError(t, db.ReleaseEndpoint(ctx, e.ID, "a", start))
		require.True(t, hold("b", start))
		require.True(t, hold("a", start.Add(time.Minute)), "a lost process holds nothing for long")

		got, err := db.DueDeliveries(ctx, e.ID, start, 10)
		require.NoError(t, err)
		require.Len(t, got, 1)
		d := got[0]
		d.Tries, d.State, d.Status, d.TriedAt, d.Took = 1, webhook.Delivered, 204, start, 30*time.Millisecond
		require.NoError(t, db.EndAttempt(ctx, d))
		late := got[0]
		late.Tries, late.Failure = 1, "timeout"
		require.NoError(t, db.EndAttempt(ctx, late), "an attempt that another has overtaken")
		log, err := db.Deliveries(ctx, e.ID, webhook.Delivered, "", 10)
		require.NoError(t, err)
		require.Equal(t, []webhook.Delivery{d}, log)
		require.NoError(t, db.DisableEndpoint(ctx, e.ID, webhook.DisabledGone, start))
		require.False(t, hold("a", start.Add(time.Hour)))
		newStory(t, db, c)
		require.Len(t, logged(t, db, e), 1, "a disabled endpoint gets nothing")
	})
}

func TestWebhooks_TheLogEndsWithItsTime(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		e := listen(t, db, c, "*")
		for range 3 {
			newStory(t, db, c)
		}
		oldest, err := db.OldestWaiting(ctx)
		require.NoError(t, err)
		require.Equal(t, start, oldest)
		n, err := db.PruneEvents(ctx, start, 10)
		require.NoError(t, err)
		require.Zero(t, n)
		n, err = db.PruneEvents(ctx, start.Add(time.Second), 2)
		require.NoError(t, err)
		require.EqualValues(t, 2, n)
		require.Len(t, logged(t, db, e), 1)
		n, err = db.PruneEvents(ctx, start.Add(time.Second), 2)
		require.NoError(t, err)
		require.EqualValues(t, 1, n)
		oldest, err = db.OldestWaiting(ctx)
		require.NoError(t, err)
		require.Zero(t, oldest)
		require.Equal(t, 0, len(logged(t, db, e)))
	})
}

func TestWebhooks_ACampaignHasAFew(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		var wg sync.WaitGroup
		for range 2 * webhook.MaxEndpoints {
			wg.Go(func() {
				e := &webhook.Endpoint{ID: id.New(), Campaign: c.ID, Events: []string{"*"}, CreatedAt: start}
				_ = db.AddEndpoint(ctx, e, webhook.MaxEndpoints)
			})
		}
		wg.Wait()
		all, err := db.Endpoints(ctx, c.ID)
		require.NoError(t, err)
		require.Len(t, all, webhook.MaxEndpoints)
		err = db.AddEndpoint(ctx, &webhook.Endpoint{ID: id.New(), Campaign: c.ID}, webhook.MaxEndpoints)
		require.Equal(t, "webhook.too_many", fault.CodeOf(err))
	})
}
