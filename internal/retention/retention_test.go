package retention_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/retention"
	"github.com/storyreel/storyreel/internal/review"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

const day = 24 * time.Hour

var (
	periods = retention.Periods{
		Expired: 7 * day, Failed: 30 * day, Rejected: 90 * day, Hidden: 183 * day, Undecided: 180 * day,
		Published: 730 * day, Source: 90 * day, Address: 30 * day, Tombstone: 1095 * day,
	}
	admin = testkit.Actor(account.Admin, "Op")
)

type env struct {
	*testkit.Env
	*retention.Service
	attempts *attempt.Service
}

func newEnv(t *testing.T, change ...func(*campaign.Campaign)) *env {
	e := testkit.NewEnv(t, change...)
	return &env{
		e, retention.NewService(e.DB, e.Stories, periods, e.Clock),
		attempt.NewService(e.DB, e.Stories, e, e.Clock, attempt.Options{}),
	}
}

func (e *env) sweep(t *testing.T) map[string]int {
	t.Helper()
	ended, err := e.Sweep(t.Context(), 10)
	require.NoError(t, err)
	return ended
}

// remove plays the worker's part of the remove job that is due for the story.
func (e *env) remove(t *testing.T, id string) (prefixes []string) {
	t.Helper()
	st, err := e.Stories.Get(t.Context(), id)
	require.NoError(t, err)
	j := story.Job{Kind: story.Remove, Story: id, Attempt: st.Attempt + 1}
	st, err = e.attempts.Start(t.Context(), j)
	require.NoError(t, err)
	require.NoError(t, e.attempts.Removed(t.Context(), j, st.Removable()))
	return st.Removable()
}

// due returns the jobs that the sweep would announce.
func (e *env) due(t *testing.T) []story.Job {
	t.Helper()
	e.Advance(time.Hour)
	e.Announced = nil
	_, err := e.attempts.Dispatch(t.Context(), time.Minute, 100)
	require.NoError(t, err)
	return e.Announced
}

func TestSweep_EndsEachStateAfterItsPeriod(t *testing.T) {
	t.Parallel()
	for state, c := range map[story.State]struct {
		class string
		keep  time.Duration
	}{
		story.Expired: {"expired", 7 * day}, story.Failed: {"failed", 30 * day}, story.Rejected: {"rejected", 90 * day},
		story.Hidden: {"hidden", 183 * day}, story.InReview: {"undecided", 180 * day},
	} {
		t.Run(string(state), func(t *testing.T) {
			t.Parallel()
			e := newEnv(t)
			id := e.Story(state).ID
			e.Advance(c.keep - time.Minute)
			require.NotContains(t, e.sweep(t), c.class)
			require.Equal(t, state, e.State(id))
			e.Advance(time.Minute)
			require.Equal(t, 1, e.sweep(t)[c.class])
			require.Equal(t, story.Withdrawn, e.State(id))
			require.NotContains(t, e.sweep(t), c.class, "once")
			lines, err := e.Stories.History(t.Context(), id)
			require.NoError(t, err)
			last := lines[len(lines)-1]
			require.Equal(t, story.EventLapsed, last.Event)
			require.Equal(t, c.class, last.Reason)
			require.Len(t, e.remove(t, id), 4, "every object")
			require.Equal(t, story.Erased, e.State(id))
		})
	}
}

func TestSweep_LeavesStoriesWhoseWorkOrReviewGoesOn(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	for _, state := range []story.State{
		story.AwaitingUpload, story.Uploaded, story.Preparing, story.Approved, story.Publishing, story.Published,
	} {
		e.Story(state, func(st *story.Story) { st.Release.Address = "" })
	}
	claimed := e.Story(story.InReview, func(st *story.Story) { st.Release.Address = "" })
	e.Advance(5000 * day)
	_, err := e.DB.ClaimNext(t.Context(), review.Filter{}, testkit.Actor(account.Moderator, "Ana"), 1, e.Now,
		e.Now.Add(time.Minute), nil)
	require.NoError(t, err)
	require.Empty(t, e.sweep(t), "published stories of a campaign without an end stay too")
	require.Equal(t, story.InReview, e.State(claimed.ID))
}

func TestSweep_EndsPublishedStoriesAndSourcesAfterTheCampaign(t *testing.T) {
	t.Parallel()
	var ends time.Time
	e := newEnv(t, func(c *campaign.Campaign) {
		ends = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
		c.ClosesAt = ends
	})
	withSource := func(st *story.Story) {
		st.Release.Address = ""
		st.Source = &story.Source{Key: "sources/" + st.ID + "/u/source", SHA256: "ab"}
	}
	plain, listed := e.Story(story.Published, withSource), e.Story(story.Published, withSource)
	_, err := board.NewService(e.DB, e.Campaigns, e.Clock).Add(t.Context(), e.Campaign.Slug, listed.ID, board.Change{},
		admin)
	require.NoError(t, err)
	e.Now = ends.Add(90*day - time.Minute)
	require.Empty(t, e.sweep(t))
	e.Now = ends.Add(90 * day)
	require.Equal(t, map[string]int{"source": 1}, e.sweep(t), "the shortlisted one's stays for the editors")
	require.Equal(t, []story.Job{{Kind: story.Remove, Story: plain.ID, Attempt: 1}}, e.due(t))
	require.Equal(t, []string{media.SourcePrefix(plain.ID)}, e.remove(t, plain.ID))
	require.Empty(t, e.sweep(t))
	require.Empty(t, e.due(t))
	st, err := e.Stories.Get(t.Context(), plain.ID)
	require.NoError(t, err)
	require.Equal(t, story.Published, st.State)
	require.Equal(t, story.LapseDone, st.Source.Lapse)
	require.NotNil(t, st.Public, "still on the feed")
	e.Move(st, story.Hidden)
	require.True(t, fault.Is(st.May(story.EventRestored, account.Moderator), "story.source_erased"))

	e.Now = ends.Add(730 * day)
	require.Equal(t, 1, e.sweep(t)["published"])
	require.Equal(t, story.Withdrawn, e.State(listed.ID))
}

func TestSweep_TruncatesAddresses(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	want := map[string]string{}
	for full, network := range map[string]string{
		"192.0.2.77": "192.0.2.0/24", "2001:db8:1:2:3::4": "2001:db8:1::/48", "::ffff:192.0.2.77": "192.0.2.0/24",
		"": "",
	} {
		want[e.Story(story.Published, func(st *story.Story) { st.Release.Address = full }).ID] = network
	}
	e.Advance(30*day - time.Minute)
	require.Empty(t, e.sweep(t))
	e.Advance(time.Minute)
	require.Equal(t, map[string]int{"address": 3}, e.sweep(t))
	for id, network := range want {
		st, err := e.Stories.Get(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, network, st.Release.Address)
	}
	require.Empty(t, e.sweep(t))
}

func TestSweep_DeletesTombstones(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	id := e.Story(story.Withdrawn).ID
	e.remove(t, id)
	e.Advance(1095 * day)
	require.Equal(t, map[string]int{"tombstone": 1}, e.sweep(t))
	require.Empty(t, mustGet(t, e, id).Release.TextSHA256)
	lines, err := e.Stories.History(t.Context(), id)
	require.NoError(t, err)
	require.Empty(t, lines)
	require.Empty(t, e.sweep(t), "once")
}

func TestSweep_InBatches(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	for range 12 {
		e.Story(story.Rejected, func(st *story.Story) { st.Release.Address = "" })
	}
	e.Advance(90 * day)
	require.Equal(t, 10, e.sweep(t)["rejected"])
	require.Equal(t, 2, e.sweep(t)["rejected"])
}

// TestHold_KeepsWhatIsDue covers a story and a campaign, before and after a
// withdrawal.
func TestHold_KeepsWhatIsDue(t *testing.T) {
	t.Parallel()
	for _, whole := range []bool{false, true} {
		e := newEnv(t)
		ctx := t.Context()
		rejected, published := e.Story(story.Rejected), e.Story(story.Published)
		hold, lift := func() {
			require.NoError(t, e.HoldStory(ctx, rejected.ID, "case 12", admin))
			require.NoError(t, e.HoldStory(ctx, published.ID, "case 12", admin))
			require.NoError(t, e.HoldStory(ctx, published.ID, "again", admin), "is no second hold")
		}, func() {
			require.NoError(t, e.LiftStory(ctx, rejected.ID, admin))
			require.NoError(t, e.LiftStory(ctx, published.ID, admin))
		}
		if whole {
			hold = func() { require.NoError(t, e.HoldCampaign(ctx, e.Campaign.ID, "case 12", admin)) }
			lift = func() { require.NoError(t, e.LiftCampaign(ctx, e.Campaign.ID, admin)) }
		}
		hold()
		e.Advance(100 * day)
		require.Empty(t, e.sweep(t))
		counts, err := e.Report(ctx)
		require.NoError(t, err)
		for i, c := range e.Classes() {
			if c.Name == "rejected" {
				require.Equal(t, retention.Count{Stored: 1, Held: 1}, counts[i])
			}
		}
		err = mustGet(t, e, rejected.ID).May(story.EventReplaced, account.Contributor)
		require.True(t, fault.Is(err, "story.held"), "%v", err)

		_, err = e.Stories.Withdraw(ctx, published.ID, account.Actor{Role: account.Contributor})
		require.NoError(t, err)
		public := media.StoryPrefix(media.PublicRoot, published.ID)
		require.Equal(t, []string{public}, e.remove(t, published.ID), "off the feed at once")
		st := mustGet(t, e, published.ID)
		require.Equal(t, story.Withdrawn, st.State)
		require.NotEmpty(t, st.Text, "evidence stays")
		require.Empty(t, e.due(t))
		require.Empty(t, e.sweep(t))

		lift()
		require.Equal(t, 1, e.sweep(t)["rejected"])
		require.ElementsMatch(t, []string{rejected.ID, published.ID}, storiesOf(e.due(t)))
		require.Len(t, e.remove(t, published.ID), 4)
		require.Equal(t, story.Erased, e.State(published.ID))
	}
}

func TestHold_IsInTheHistoryAndNeedsAReason(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	ctx := t.Context()
	st := e.Story(story.Hidden)
	require.True(t, fault.Is(e.HoldStory(ctx, st.ID, " ", admin), "hold.reason"))
	require.True(t, fault.Is(e.LiftStory(ctx, st.ID, admin), "hold.unknown"))
	require.NoError(t, e.HoldStory(ctx, st.ID, "case 12", admin))
	held, err := e.Holds(ctx)
	require.NoError(t, err)
	require.Len(t, held, 1)
	require.Equal(t, "case 12", held[0].Reason)
	require.NoError(t, e.LiftStory(ctx, st.ID, admin))
	lines, err := e.Stories.History(ctx, st.ID)
	require.NoError(t, err)
	var events []story.Event
	for _, l := range lines[len(lines)-2:] {
		require.Equal(t, "Op", l.Actor.Name)
		require.Equal(t, story.Hidden, l.To)
		events = append(events, l.Event)
	}
	require.Equal(t, []story.Event{story.EventHeld, story.EventHoldLifted}, events)
	held, err = e.Holds(ctx)
	require.NoError(t, err)
	require.Empty(t, held)
	e.remove(t, e.Story(story.Withdrawn).ID)
}

func mustGet(t *testing.T, e *env, id string) *story.Story {
	t.Helper()
	st, err := e.Stories.Get(t.Context(), id)
	require.NoError(t, err)
	return st
}

func storiesOf(jobs []story.Job) (ids []string) {
	for _, j := range jobs {
		ids = append(ids, j.Story)
	}
	return ids
}
