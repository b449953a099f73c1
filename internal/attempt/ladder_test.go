package attempt_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
)

// first publishes a story with a first set.
func (e *env) first(t *testing.T) *story.Story {
	t.Helper()
	st := e.Story(story.Approved, func(st *story.Story) {
		st.Source = &story.Source{Key: media.SourceKey(st.ID, "u"), Bytes: 5}
	})
	j := story.Job{Kind: story.Publish, Story: st.ID, Attempt: 1}
	_, err := e.Start(t.Context(), j)
	require.NoError(t, err)
	st, err = e.Published(t.Context(), j, media.Assets{
		Prefix: media.PublicPrefix(st.ID, 1), First: true, Width: 1080, Height: 1920, Duration: 20 * time.Second,
	})
	require.NoError(t, err)
	return st
}

// ladder starts the ladder of a story as its attempt with this number.
func (e *env) ladder(t *testing.T, id string, n int) story.Job {
	t.Helper()
	j := story.Job{Kind: story.Ladder, Story: id, Attempt: n}
	st, err := e.Start(t.Context(), j)
	require.NoError(t, err)
	require.Equal(t, story.Published, st.State)
	return j
}

// events returns the newest events of a story's history, newest last.
func (e *env) events(t *testing.T, id string, n int) []story.Event {
	t.Helper()
	lines, err := e.Stories.History(t.Context(), id)
	require.NoError(t, err)
	var out []story.Event
	for _, l := range lines[len(lines)-n:] {
		out = append(out, l.Event)
	}
	return out
}

// TestRefined_ReplacesTheFirstSetWhilePlayersMayReadIt: the former set has a
// remove job of its own, an hour and the video's length later.
func TestRefined_ReplacesTheFirstSetWhilePlayersMayReadIt(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	st := env.first(t)
	published := st.PublishedAt
	require.Empty(t, env.Announced, "ladders are announced by how much they are wanted")
	n, err := env.Dispatch(t.Context(), time.Minute, 100)
	require.NoError(t, err)
	require.Zero(t, n, "beyond the limit")
	require.Equal(t, []story.Job{{Kind: story.Ladder, Story: st.ID, Attempt: 2}}, env.Announced)

	j := env.ladder(t, st.ID, 2)
	require.NoError(t, env.Beat(t.Context(), j, 0.5))
	ladder := media.Assets{Prefix: media.PublicPrefix(st.ID, 2), Duration: 20 * time.Second}
	st, err = env.Refined(t.Context(), j, ladder)
	require.NoError(t, err)
	require.Equal(t, story.Published, st.State)
	require.Equal(t, published, st.PublishedAt)
	require.Equal(t, media.PublicPrefix(st.ID, 2), st.Public.Prefix)
	require.Equal(t, []string{media.PublicPrefix(st.ID, 1)}, st.Removable())
	require.Equal(t, []story.Event{story.EventPublished, story.EventRefined}, env.events(t, st.ID, 2))
	_, err = env.Refined(t.Context(), j, ladder)
	require.True(t, fault.Is(err, "job.overtaken"), "once: %v", err)
	accepted, err := env.Accepted(t.Context(), story.Job{Kind: story.Publish, Story: st.ID, Attempt: 1},
		media.PublicPrefix(st.ID, 1))
	require.NoError(t, err)
	require.True(t, accepted, "players may still read it, whatever answer its worker had")

	remove := story.Job{Kind: story.Remove, Story: st.ID, Attempt: 3}
	_, err = env.Start(t.Context(), remove)
	require.True(t, fault.Is(err, "job.overtaken"), "players may still read it: %v", err)
	env.Advance(time.Hour + 20*time.Second)
	st, err = env.Start(t.Context(), remove)
	require.NoError(t, err)
	require.NoError(t, env.Removed(t.Context(), remove, st.Removable()))
	st, err = env.Stories.Get(t.Context(), st.ID)
	require.NoError(t, err)
	require.Equal(t, story.JobKind(""), st.WorkKind())
	require.Equal(t, media.PublicPrefix(st.ID, 2), st.Public.Prefix)
}

// TestFail_OfALadderKeepsTheStoryPublished, whatever the cause.
func TestFail_OfALadderKeepsTheStoryPublished(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		cause   error
		tries   int
		givenUp bool
	}{
		"a full disk":                  {fault.New(fault.Unavailable, "disk.full", "no room").OfMachine(), 12, false},
		"an error that passes":         {errAway, 2, false},
		"an error that does not":       {errAway, 5, true},
		"a source that cannot be read": {fault.New(fault.Invalid, "truncated_or_corrupt", "bad"), 1, true},
		"a defect of ours":             {errors.New("broken"), 5, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := newEnv(t)
			st := env.first(t)
			for n := range c.tries {
				j := env.ladder(t, st.ID, n+2)
				var err error
				st, err = env.Fail(t.Context(), j, c.cause)
				require.NoError(t, err)
				require.Equal(t, story.Published, st.State)
				require.True(t, st.Public.First)
				env.Advance(st.NextRunAt.Sub(env.Now))
			}
			require.Equal(t, c.givenUp, st.Public.GivenUp)
			require.Equal(t, c.givenUp, st.WorkKind() == "")
			if !c.givenUp {
				return
			}
			require.Equal(t, fault.CodeOf(c.cause), st.Failure.Code)
			require.Equal(t, []story.Event{story.EventPublished, story.EventLadderFailed}, env.events(t, st.ID, 2))
			_, err := env.Stories.Retry(t.Context(), st.ID, testkit.Actor(account.Moderator, "Ana"))
			require.Equal(t, fault.Conflict, fault.KindOf(err))
			st, err = env.Stories.Retry(t.Context(), st.ID, testkit.Actor(account.Admin, "Op"))
			require.NoError(t, err)
			require.Equal(t, story.Ladder, st.WorkKind())
			require.Nil(t, st.Failure)
			require.Equal(t, []story.Event{story.EventLadderRetried}, env.events(t, st.ID, 1))
		})
	}
}

// TestStart_OfALadderWhoseWorkersAreLost gives it up in the end.
func TestStart_OfALadderWhoseWorkersAreLost(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	st := env.first(t)
	for n := range 5 {
		env.ladder(t, st.ID, n+2)
		env.Advance(2 * time.Minute)
	}
	st, err := env.Start(t.Context(), story.Job{Kind: story.Ladder, Story: st.ID, Attempt: 7})
	require.NoError(t, err)
	require.Equal(t, story.Published, st.State)
	require.True(t, st.Public.GivenUp)
	require.Equal(t, "worker.lost", st.Failure.Code)
}

// TestLadder_OfAStoryThatLeft is refused at every step.
func TestLadder_OfAStoryThatLeft(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	st := env.first(t)
	j := env.ladder(t, st.ID, 2)
	_, err := env.Stories.Withdraw(t.Context(), st.ID, testkit.Actor(account.Contributor, "Zoe"))
	require.NoError(t, err)
	require.True(t, fault.Is(env.Beat(t.Context(), j, 1), "job.overtaken"))
	_, err = env.Refined(t.Context(), j, media.Assets{})
	require.True(t, fault.Is(err, "job.overtaken"))
	_, err = env.Fail(t.Context(), j, errAway)
	require.True(t, fault.Is(err, "job.overtaken"))
	require.NoError(t, env.Release(t.Context(), j))
	remove := story.Job{Kind: story.Remove, Story: st.ID, Attempt: 3}
	require.Equal(t, remove, env.Announced[len(env.Announced)-1])
}

// TestRequeue_OfALadder is free for the next worker at once.
func TestRequeue_OfALadder(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	st := env.first(t)
	require.NoError(t, env.Requeue(t.Context(), env.ladder(t, st.ID, 2)))
	env.ladder(t, st.ID, 3)
}

// TestDispatch_KeepsFewLaddersInTheQueue, since the queue is in order of time.
func TestDispatch_KeepsFewLaddersInTheQueue(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	for range 20 {
		env.first(t)
		env.Advance(time.Second)
	}
	for range 3 {
		_, err := env.Dispatch(t.Context(), time.Minute, 100)
		require.NoError(t, err)
		require.Len(t, env.Announced, 16)
	}
	watched := attempt.NewService(env.DB, env.Stories, env, env.Clock, attempt.Options{Watched: true})
	env.Announced = nil
	_, err := watched.Dispatch(t.Context(), time.Minute, 100)
	require.NoError(t, err)
	require.Empty(t, env.Announced, "nobody watches any of them")
}
