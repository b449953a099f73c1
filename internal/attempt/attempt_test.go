package attempt_test

import (
	"errors"
	"slices"
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

type env struct {
	*testkit.Env
	*attempt.Service
}

func newEnv(t *testing.T) *env {
	e := testkit.NewEnv(t)
	return &env{e, attempt.NewService(e.DB, e.Stories, e, e.Clock, attempt.Options{})}
}

func prepare(id string, n int) story.Job {
	return story.Job{Kind: story.Prepare, Story: id, Attempt: n}
}

var errAway = fault.New(fault.Unavailable, "storage.unavailable", "storage is away")

func TestFail_RetriesAfterGrowingPausesThenFailsTheStory(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	st := env.Story(story.Uploaded)
	pause := time.Duration(0)
	for n := 1; n <= 5; n++ {
		_, err := env.Start(t.Context(), prepare(st.ID, n))
		require.NoError(t, err)
		st, err = env.Fail(t.Context(), prepare(st.ID, n), errAway)
		require.NoError(t, err)
		if n == 5 {
			break
		}
		require.Equal(t, story.Uploaded, st.State)
		wait := st.NextRunAt.Sub(env.Now)
		require.Greater(t, wait, pause)
		pause = wait
		_, err = env.Start(t.Context(), prepare(st.ID, n+1))
		require.True(t, fault.Is(err, "job.overtaken"), "not due yet: %v", err)
		env.Advance(wait)
	}
	require.Equal(t, story.Failed, st.State)
	require.Equal(t, "storage.unavailable", st.Failure.Code)
	troubled, err := env.Troubled(t.Context(), 10)
	require.NoError(t, err)
	require.Len(t, troubled, 1)
	_, err = env.Stories.Retry(t.Context(), st.ID, testkit.Actor(account.Admin, "Op"))
	require.NoError(t, err)
	require.Equal(t, prepare(st.ID, 6), env.Announced[len(env.Announced)-1])
}

// TestFail_UsesUpNoTryForTheMachine: a worker with a full disk cannot fail a
// story, however often it tries.
func TestFail_UsesUpNoTryForTheMachine(t *testing.T) {
	t.Parallel()
	for _, state := range []story.State{story.Uploaded, story.Approved} {
		t.Run(string(state), func(t *testing.T) {
			env := newEnv(t)
			st := env.Story(state)
			for n := 1; n <= 12; n++ {
				j := story.Job{Kind: st.WorkKind(), Story: st.ID, Attempt: n}
				_, err := env.Start(t.Context(), j)
				require.NoError(t, err)
				st, err = env.Fail(t.Context(), j,
					fault.New(fault.Unavailable, "disk.full", "no room").OfMachine())
				require.NoError(t, err)
				require.Equal(t, state, st.State)
				require.Zero(t, st.Tries)
				require.True(t, st.NextRunAt.After(env.Now), "the same worker would be the first to see it")
				env.Advance(st.NextRunAt.Sub(env.Now))
			}
		})
	}
}

func TestFail_ByCause(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		cause   error
		state   story.State
		failure *story.Failure
	}{
		"bad input is permanent": {
			fault.New(fault.Invalid, "too_long", "cut it"), story.Failed,
			&story.Failure{Code: "too_long", Detail: "cut it", Job: story.Prepare, Input: true},
		},
		"an unavailable service is retried": {errAway, story.Uploaded, nil},
		"an unknown error is retried":       {errors.New("secret path /x"), story.Uploaded, nil},
	} {
		t.Run(name, func(t *testing.T) {
			env := newEnv(t)
			j := prepare(env.Story(story.Uploaded).ID, 1)
			_, err := env.Start(t.Context(), j)
			require.NoError(t, err)
			st, err := env.Fail(t.Context(), j, c.cause)
			require.NoError(t, err)
			require.Equal(t, c.state, st.State)
			require.Equal(t, c.failure, st.Failure)
		})
	}
}

func TestFail_HidesThePrivateCause(t *testing.T) {
	t.Parallel()
	e := testkit.NewEnv(t)
	once := attempt.NewService(e.DB, e.Stories, e, e.Clock, attempt.Options{MaxTries: 1})
	j := prepare(e.Story(story.Uploaded).ID, 1)
	_, err := once.Start(t.Context(), j)
	require.NoError(t, err)
	st, err := once.Fail(t.Context(), j, errors.New("secret path /x"))
	require.NoError(t, err)
	require.Equal(t, story.Failed, st.State)
	require.Equal(t, "internal", st.Failure.Code)
	require.NotContains(t, st.Failure.Detail, "secret")
}

func TestFail_RetriesRemovalForever(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	id := env.Story(story.Withdrawn).ID
	for n := 1; n <= 12; n++ {
		j := story.Job{Kind: story.Remove, Story: id, Attempt: n}
		_, err := env.Start(t.Context(), j)
		require.NoError(t, err)
		st, err := env.Fail(t.Context(), j, fault.New(fault.Invalid, "storage.prefix", "no"))
		require.NoError(t, err)
		require.Equal(t, story.Withdrawn, st.State)
		require.LessOrEqual(t, st.NextRunAt.Sub(env.Now), 11*time.Minute)
		env.Advance(st.NextRunAt.Sub(env.Now))
	}
}

func TestStart_FencesEarlierAttempts(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	id := env.Story(story.Uploaded).ID
	first, second := prepare(id, 1), prepare(id, 2)
	overtaken := func(err error, why string) {
		t.Helper()
		require.True(t, fault.Is(err, "job.overtaken"), "%s: %v", why, err)
	}
	_, err := env.Start(t.Context(), first)
	require.NoError(t, err)
	_, err = env.Start(t.Context(), first)
	overtaken(err, "the same announcement twice")
	_, err = env.Start(t.Context(), second)
	overtaken(err, "the first is alive")
	env.Advance(env.Stories.Lease() - time.Second)
	require.NoError(t, env.Beat(t.Context(), first, 0.5))
	env.Advance(env.Stories.Lease() + time.Second)
	_, err = env.Start(t.Context(), second)
	require.NoError(t, err, "the first sent no heartbeat")

	overtaken(env.Beat(t.Context(), first, 0.6), "beat")
	_, err = env.Prepared(t.Context(), first, media.Media{}, media.Findings{}, media.Assets{})
	overtaken(err, "prepared")
	_, err = env.Fail(t.Context(), first, errors.New("late"))
	overtaken(err, "fail")
	overtaken(env.Requeue(t.Context(), first), "requeue")
	overtaken(env.Release(t.Context(), first), "release")
	overtaken(env.Pin(t.Context(), first, story.Source{}), "pin")
	_, err = env.Prepared(t.Context(), second, media.Media{}, media.Findings{}, media.Assets{})
	require.NoError(t, err)
	require.Equal(t, story.InReview, env.State(id))
}

func TestStart_FailsAStoryThatLosesItsWorkers(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	st := env.Story(story.Uploaded)
	for n := 1; n <= 6; n++ {
		var err error
		st, err = env.Start(t.Context(), prepare(st.ID, n))
		require.NoError(t, err)
		env.Advance(2 * env.Stories.Lease())
	}
	require.Equal(t, story.Failed, st.State)
	require.Equal(t, "worker.lost", st.Failure.Code)
}

func TestRequeue_UsesUpNoTryAndAnnouncesNothing(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	id := env.Story(story.Uploaded).ID
	_, err := env.Start(t.Context(), prepare(id, 1))
	require.NoError(t, err)
	env.Announced = nil
	require.NoError(t, env.Requeue(t.Context(), prepare(id, 1)))
	require.Empty(t, env.Announced)
	st, err := env.Stories.Get(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, story.Uploaded, st.State)
	require.Zero(t, st.Tries)
	n, err := env.Dispatch(t.Context(), time.Minute, 10)
	require.NoError(t, err)
	require.Equal(t, 1, n, "the sweep announces it")
	require.Equal(t, []story.Job{prepare(id, 2)}, env.Announced)
	n, err = env.Dispatch(t.Context(), time.Minute, 10)
	require.NoError(t, err)
	require.Zero(t, n, "announced a moment ago")
}

func TestDispatch_AnnouncesAgainOnlyWhatTheQueueLost(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	for range 3 {
		env.Story(story.Uploaded)
	}
	env.Story(story.Approved)
	dispatch := func(limit int) int {
		t.Helper()
		n, err := env.Dispatch(t.Context(), time.Minute, limit)
		require.NoError(t, err)
		return n
	}
	require.Equal(t, 2, dispatch(2), "the rest is announced in the next round")
	require.Equal(t, 2, dispatch(10))
	env.Advance(time.Hour)
	require.Zero(t, dispatch(10), "the queue holds all of it")
	env.Announced = slices.DeleteFunc(env.Announced, func(j story.Job) bool { return j.Kind == story.Prepare })
	env.Advance(time.Minute)
	require.Equal(t, 3, dispatch(10), "review copies were lost, the ladder was not")
	require.Zero(t, dispatch(10))
	env.Advance(time.Hour)
	require.Zero(t, dispatch(10))
}

func TestRelease_LetsTheNextJobStart(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	id := env.Story(story.Uploaded).ID
	_, err := env.Start(t.Context(), prepare(id, 1))
	require.NoError(t, err)
	_, err = env.Stories.Withdraw(t.Context(), id, account.Actor{Role: account.Contributor})
	require.NoError(t, err)
	remove := story.Job{Kind: story.Remove, Story: id, Attempt: 2}
	require.NotContains(t, env.Announced, remove, "the attempt may still write objects")
	require.NoError(t, env.Release(t.Context(), prepare(id, 1)))
	require.Contains(t, env.Announced, remove)
}

func TestPublished_AtTheSameMomentTakesTheNextMicrosecond(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	for i := range 3 {
		j := story.Job{Kind: story.Publish, Story: env.Story(story.Approved).ID, Attempt: 1}
		_, err := env.Start(t.Context(), j)
		require.NoError(t, err)
		st, err := env.Published(t.Context(), j, media.Assets{Prefix: media.PublicPrefix(j.Story, 1)})
		require.NoError(t, err)
		require.Equal(t, env.Now.Add(time.Duration(i)*time.Microsecond), st.PublishedAt)
		require.Equal(t, story.Published, env.State(j.Story))
	}
}

// TestLost_MakesTheJobDueAtOnce and costs a try, so that a file that ends its
// workers cannot do so for ever.
func TestLost_MakesTheJobDueAtOnce(t *testing.T) {
	t.Parallel()
	for _, state := range []story.State{story.Uploaded, story.Approved, story.Withdrawn} {
		t.Run(string(state), func(t *testing.T) {
			env := newEnv(t)
			st := env.Story(state)
			first := story.Job{Kind: st.WorkKind(), Story: st.ID, Attempt: 1}
			second := story.Job{Kind: st.WorkKind(), Story: st.ID, Attempt: 2}
			require.True(t, fault.Is(env.Lost(t.Context(), first), "job.overtaken"), "not begun")
			_, err := env.Start(t.Context(), first)
			require.NoError(t, err)
			require.NoError(t, env.Save(t.Context(),
				&attempt.Record{Story: st.ID, Attempt: 1, Kind: first.Kind, StartedAt: env.Now}))
			beat := env.Now
			env.Advance(time.Second)
			require.NoError(t, env.Lost(t.Context(), first))
			require.Equal(t, second, env.Announced[len(env.Announced)-1])
			got, err := env.List(t.Context(), st.ID)
			require.NoError(t, err)
			require.Equal(t, attempt.Lost, got[0].Outcome)
			require.Equal(t, beat, got[0].EndedAt)

			st, err = env.Start(t.Context(), second)
			require.NoError(t, err)
			require.Equal(t, 1, st.Tries)
			require.True(t, fault.Is(env.Lost(t.Context(), first), "job.overtaken"), "another attempt holds the story")
		})
	}
}

// TestStart_ClosesTheAttemptOfALostWorker: its last heartbeat is its end. An
// attempt that ends by itself later keeps its own outcome.
func TestStart_ClosesTheAttemptOfALostWorker(t *testing.T) {
	t.Parallel()
	for _, state := range []story.State{story.Uploaded, story.Approved, story.Withdrawn} {
		t.Run(string(state), func(t *testing.T) {
			env := newEnv(t)
			st := env.Story(state)
			kind := st.WorkKind()
			first := story.Job{Kind: kind, Story: st.ID, Attempt: 1}
			second := story.Job{Kind: kind, Story: st.ID, Attempt: 2}
			_, err := env.Start(t.Context(), first)
			require.NoError(t, err)
			record := &attempt.Record{Story: st.ID, Attempt: 1, Kind: kind, StartedAt: env.Now}
			require.NoError(t, env.Save(t.Context(), record))
			env.Advance(time.Second)
			require.NoError(t, env.Beat(t.Context(), first, 0.1))
			beat := env.Now
			env.Advance(2 * env.Stories.Lease())
			_, err = env.Start(t.Context(), second)
			require.NoError(t, err)
			got, err := env.List(t.Context(), st.ID)
			require.NoError(t, err)
			require.Equal(t, attempt.Lost, got[0].Outcome)
			require.Equal(t, beat, got[0].EndedAt)

			record.Outcome, record.EndedAt = attempt.Overtaken, env.Now
			require.NoError(t, env.Save(t.Context(), record))
			got, err = env.List(t.Context(), st.ID)
			require.NoError(t, err)
			require.Equal(t, attempt.Overtaken, got[0].Outcome)
		})
	}
}
