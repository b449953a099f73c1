package review_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/review"
	"github.com/storyreel/storyreel/internal/story"
)

func TestDecide_MovesTheStory(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		from story.State
		d    review.Decision
		to   story.State
	}{
		"approve": {story.InReview, review.Decision{Action: review.Approve}, story.Approved},
		"reject":  {story.InReview, review.Decision{Action: review.Reject, Reason: "spam"}, story.Rejected},
		"escalate": {
			story.InReview, review.Decision{Action: review.Escalate, Reason: review.Legal, Note: "?"}, story.InReview,
		},
		"hide":              {story.Published, review.Decision{Action: review.Hide, Reason: "privacy"}, story.Hidden},
		"restore hidden":    {story.Hidden, review.Decision{Action: review.Restore}, story.Approved},
		"restore rejected":  {story.Rejected, review.Decision{Action: review.Restore}, story.InReview},
		"hide before ready": {story.Publishing, review.Decision{Action: review.Hide, Reason: "rights"}, story.Hidden},
	} {
		t.Run(name, func(t *testing.T) {
			env := newEnv(t)
			st := env.Story(c.from, func(s *story.Story) {
				s.Tries, s.Progress, s.HeartbeatAt = 3, 0.5, env.Now
			})
			got, err := env.Decide(t.Context(), st.ID, c.d, ana)
			require.NoError(t, err)
			require.Equal(t, c.to, got.State)
			require.Equal(t, c.d.Action == review.Escalate, got.Escalated)
			require.Zero(t, got.Tries)
			require.Equal(t, name != "restore hidden", got.HeartbeatAt.IsZero(), "none but one that removes")
			require.Zero(t, got.PublishedAt)
			lines, err := env.Stories.History(t.Context(), st.ID)
			require.NoError(t, err)
			last := lines[len(lines)-1]
			require.Equal(t, ana, last.Actor)
			require.Equal(t, string(c.d.Reason), last.Reason)
			require.Equal(t, c.d.Note, last.Note)
		})
	}
}

func TestDecide_Refuses(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	st := env.Story(story.InReview)
	moderator := account.Moderator
	for name, c := range map[string]struct {
		code string
		by   account.Role
		d    review.Decision
	}{
		"an unknown action":  {"decision.invalid", moderator, review.Decision{Action: "delete"}},
		"reject unexplained": {"decision.reason", moderator, review.Decision{Action: review.Reject}},
		"hide unexplained":   {"decision.reason", moderator, review.Decision{Action: review.Hide}},
		"an unknown reason":  {"decision.reason", moderator, review.Decision{Action: review.Reject, Reason: "x"}},
		"a long note": {
			"decision.note", moderator, review.Decision{Action: review.Approve, Note: strings.Repeat("x", 2001)},
		},
		"another version":     {"story.stale", moderator, review.Decision{Action: review.Approve, Version: 9}},
		"an impossible event": {"story.state", moderator, review.Decision{Action: review.Restore}},
		"a creative":          {"story.role", account.Creative, review.Decision{Action: review.Approve}},
		"a contributor":       {"story.role", account.Contributor, review.Decision{Action: review.Approve}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := env.Decide(t.Context(), st.ID, c.d, account.Actor{Role: c.by, ID: "u"})
			require.True(t, fault.Is(err, c.code), err)
			kept, err := env.Stories.Get(t.Context(), st.ID)
			require.NoError(t, err)
			require.Equal(t, st.Version, kept.Version)
		})
	}
}

func TestDecide_ConflictNamesWhoDecidedWhatAndWhen(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	st := env.Story(story.InReview)
	seen := st.Version
	_, err := env.Decide(t.Context(), st.ID, review.Decision{Action: review.Approve, Version: seen}, ana)
	require.NoError(t, err)
	decided := env.Now
	env.Advance(time.Minute)
	for name, d := range map[string]review.Decision{
		"stale":    {Action: review.Reject, Reason: "spam", Version: seen},
		"no state": {Action: review.Reject, Reason: "spam"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := env.Decide(t.Context(), st.ID, d, ben)
			require.Equal(t, fault.Conflict, fault.KindOf(err))
			facts := fault.As(err).Facts
			require.Equal(t, "Ana", facts["decided_by"])
			require.Equal(t, story.EventApproved, facts["decision"])
			require.Equal(t, decided, facts["decided_at"])
			require.Equal(t, story.Approved, facts["state"])
		})
	}
}

func TestDecide_AgainIsOneDecision(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	st := env.Story(story.InReview)
	approve := review.Decision{Action: review.Approve, Version: st.Version}
	first, err := env.Decide(t.Context(), st.ID, approve, ana)
	require.NoError(t, err)
	again, err := env.Decide(t.Context(), st.ID, approve, ana)
	require.NoError(t, err, "pressed twice")
	require.Equal(t, first.Version, again.Version)
	_, err = env.Decide(t.Context(), st.ID, review.Decision{Action: review.Approve}, ben)
	require.True(t, fault.Is(err, "story.state"), "somebody else's same decision is a conflict: %v", err)
}

func TestDecide_AgainAfterWorkersMovedTheStoryIsOneDecision(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	seen := env.Story(story.InReview)
	approve := review.Decision{Action: review.Approve, Version: seen.Version}
	_, err := env.Decide(t.Context(), seen.ID, approve, ana)
	require.NoError(t, err)
	for _, event := range []story.Event{story.EventStarted, story.EventPublished} {
		_, err := env.Stories.Change(t.Context(), seen.ID, func(st *story.Story) (*story.Entry, error) {
			return st.Apply(event, account.TheSystem, env.Now)
		})
		require.NoError(t, err)
		_, err = env.Decide(t.Context(), seen.ID, approve, ana)
		require.NoError(t, err, "the answer was lost, and the same was sent after %s", event)
	}
	_, err = env.Decide(t.Context(), seen.ID, review.Decision{Action: review.Hide, Reason: "spam"}, ben)
	require.NoError(t, err)
	_, err = env.Decide(t.Context(), seen.ID, approve, ana)
	require.True(t, fault.Is(err, "story.stale"), "somebody has decided since: %v", err)
}

func TestDecide_EscalationsAreRepeated(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	st := env.Story(story.InReview)
	for _, note := range []string{"look", "look", "at the end"} {
		_, err := env.Decide(t.Context(), st.ID, review.Decision{Action: review.Escalate, Note: note, Lead: true}, ana)
		require.NoError(t, err)
	}
	lines, err := env.Stories.History(t.Context(), st.ID)
	require.NoError(t, err)
	require.Len(t, lines, 4, "each other note is a line of its own")
}

func TestDecide_AClaimKeepsOthersOut(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	st := env.Story(story.InReview)
	_, err := env.Claim(t.Context(), review.Filter{}, ana, 1, nil)
	require.NoError(t, err)
	approve := review.Decision{Action: review.Approve}
	_, err = env.Decide(t.Context(), st.ID, approve, ben)
	require.True(t, fault.Is(err, "story.claimed"), err)
	require.Equal(t, "Ana", fault.As(err).Facts["claimed_by"])
	require.Equal(t, env.Now.Add(review.Lease), fault.As(err).Facts["claimed_until"])
	env.Advance(review.Lease)
	_, err = env.Decide(t.Context(), st.ID, approve, ben)
	require.NoError(t, err, "the claim has run out")
}

func TestDecideAll(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	one, two, three := env.Story(story.InReview), env.Story(story.InReview), env.Story(story.InReview)
	_, err := env.Decide(t.Context(), two.ID, review.Decision{Action: review.Reject, Reason: "spam"}, ben)
	require.NoError(t, err)
	out, err := env.DecideAll(t.Context(), []review.StoryVersion{
		{
			Story:   one.ID,
			Version: one.Version,
		},
		{Story: two.ID, Version: two.Version},
		{Story: "none"},
		{Story: three.ID},
	}, review.Decision{Action: review.Approve}, ana)
	require.NoError(t, err)
	require.Len(t, out, 4, "an outcome each, in the same order")
	require.Equal(t, story.Approved, out[0].Story.State)
	require.True(t, fault.Is(out[1].Err, "story.stale"), out[1].Err)
	require.Equal(t, "Ben", fault.As(out[1].Err).Facts["decided_by"])
	require.True(t, fault.Is(out[2].Err, "story.unknown"), out[2].Err)
	require.Equal(t, story.Approved, out[3].Story.State, "a refusal does not affect the others")

	_, err = env.DecideAll(t.Context(), nil, review.Decision{Action: review.Approve}, ana)
	require.True(t, fault.Is(err, "decision.bulk"), err)
	_, err = env.DecideAll(t.Context(), make([]review.StoryVersion, review.MaxBulk+1),
		review.Decision{Action: review.Approve}, ana)
	require.True(t, fault.Is(err, "decision.bulk"), err)
	_, err = env.DecideAll(t.Context(), []review.StoryVersion{{Story: one.ID}},
		review.Decision{Action: review.Hide}, ana)
	require.True(t, fault.Is(err, "decision.reason"), "a malformed decision is refused as a whole: %v", err)
}

func TestDecide_TakesTheReasonsOfTheCampaign(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	st := env.Story(story.InReview)
	reject := func(code review.Reason) error {
		_, err := env.Decide(t.Context(), st.ID, review.Decision{Action: review.Reject, Reason: code}, ana)
		return err
	}
	set := func(reasons ...campaign.Reason) {
		_, err := env.Campaigns.Update(
			t.Context(),
			env.Campaign.Slug,
			func(c *campaign.Campaign) { c.Reasons = reasons },
		)
		require.NoError(t, err)
	}
	set(
		campaign.Reason{Code: "wrong_song", Detail: "Tell us about a song of this album."},
		campaign.Reason{Code: "spam"},
	)
	require.True(t, fault.Is(reject("off_topic"), "decision.reason"), "a standard one that the campaign left out")
	require.NoError(t, reject("wrong_song"))
	set(campaign.Reason{Code: "spam"})
	require.NoError(t, reject("wrong_song"), "the same again, though the reason is no longer in use")

	other := env.Story(story.InReview)
	for _, kind := range review.Kinds() {
		_, err := env.Decide(
			t.Context(),
			other.ID,
			review.Decision{Action: review.Escalate, Reason: kind, Lead: true},
			ana,
		)
		require.NoError(t, err, "a kind of escalation is no reason of a campaign")
	}
}

func TestDecide_ARestoredStoryWaitsForTheEndOfItsRemoval(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	st := env.Story(story.Published)
	env.Move(st, story.Hidden)
	attempts := attempt.NewService(env.DB, env.Stories, env.Env, env.Clock, attempt.Options{})
	remove := story.Job{Kind: story.Remove, Story: st.ID, Attempt: st.Attempt + 1}
	_, err := attempts.Start(t.Context(), remove)
	require.NoError(t, err)
	_, err = env.Decide(t.Context(), st.ID, review.Decision{Action: review.Restore}, ana)
	require.NoError(t, err)

	publish := story.Job{Kind: story.Publish, Story: st.ID, Attempt: remove.Attempt + 1}
	require.NotContains(t, env.Announced, publish, "what it writes would be removed")
	require.True(t, fault.Is(attempts.Beat(t.Context(), remove, 0.5), "job.overtaken"))
	require.NoError(t, attempts.Release(t.Context(), remove))
	require.Contains(t, env.Announced, publish)
}
