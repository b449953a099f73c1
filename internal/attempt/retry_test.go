package attempt_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
)

// fail makes a story fail at its work in the state, now and with the code.
func (e *env) fail(t *testing.T, state story.State, code string) *story.Story {
	t.Helper()
	st := e.Story(state)
	j := story.Job{Kind: st.WorkKind(), Story: st.ID, Attempt: 1}
	_, err := e.Start(t.Context(), j)
	require.NoError(t, err)
	st, err = e.Fail(t.Context(), j, fault.New(fault.Invalid, code, "no"))
	require.NoError(t, err)
	require.Equal(t, story.Failed, st.State)
	return st
}

// TestRetryFailed_TakesWhatFailedSince retries the stories that a bad time
// failed, each into the state from which its job starts.
func TestRetryFailed_TakesWhatFailedSince(t *testing.T) {
	t.Parallel()
	by := testkit.Actor(account.Admin, "Op")
	for name, c := range map[string]struct {
		query attempt.FailureQuery
		want  []string
	}{
		"all":                {attempt.FailureQuery{}, []string{"prepare", "publish", "other"}},
		"of a code":          {attempt.FailureQuery{Code: "truncated_or_corrupt"}, []string{"prepare", "publish"}},
		"of a job":           {attempt.FailureQuery{Job: story.Publish}, []string{"publish"}},
		"of a code and job":  {attempt.FailureQuery{Code: "too_long", Job: story.Prepare}, []string{"other"}},
		"of an unknown code": {attempt.FailureQuery{Code: "never"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			env := newEnv(t)
			old := env.fail(t, story.Uploaded, "truncated_or_corrupt")
			env.Advance(time.Hour)
			c.query.Since = env.Now
			all := map[string]*story.Story{
				"prepare": env.fail(t, story.Uploaded, "truncated_or_corrupt"),
				"publish": env.fail(t, story.Approved, "truncated_or_corrupt"),
				"other":   env.fail(t, story.Uploaded, "too_long"),
			}
			got, err := env.RetryFailed(t.Context(), c.query, nil, 100, by)
			require.NoError(t, err)
			require.Equal(t, attempt.Retried{Stories: len(c.want)}, got)
			require.Equal(t, story.Failed, env.State(old.ID))
			for name, st := range all {
				want := map[bool]story.State{false: story.Failed, true: story.Uploaded}[slices.Contains(c.want, name)]
				if want == story.Uploaded && name == "publish" {
					want = story.Approved
				}
				require.Equal(t, want, env.State(st.ID), name)
			}
			again, err := env.RetryFailed(t.Context(), c.query, nil, 100, by)
			require.NoError(t, err)
			require.Zero(t, again.Stories, "nothing is retried twice")
		})
	}
}

// TestRetryFailed_ContinuesAndEnds goes through many failures in small steps,
// while stories fail again.
func TestRetryFailed_ContinuesAndEnds(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	by := testkit.Actor(account.Admin, "Op")
	since := env.Now
	ids := map[string]bool{}
	for i := range 7 {
		if i%3 == 0 { // several fail at the same moment
			env.Advance(time.Second)
		}
		ids[env.fail(t, story.Uploaded, "truncated_or_corrupt").ID] = true
	}
	var next *attempt.Position
	total, calls := 0, 0
	for {
		got, err := env.RetryFailed(t.Context(), attempt.FailureQuery{Since: since}, next, 2, by)
		require.NoError(t, err)
		total, calls = total+got.Stories, calls+1
		env.Advance(time.Second)
		env.fail(t, story.Uploaded, "truncated_or_corrupt") // belongs to a later round
		if next = got.Next; next == nil {
			break
		}
		require.Less(t, calls, 10)
	}
	require.Equal(t, 7, total)
	for id := range ids {
		require.Equal(t, story.Uploaded, env.State(id))
		lines, err := env.Stories.History(t.Context(), id)
		require.NoError(t, err)
		last := lines[len(lines)-1]
		require.Equal(t, story.EventPrepareRetried, last.Event)
		require.Equal(t, by, last.Actor, "history names who retried")
	}
}

// TestRetryFailed_LooksAtTheLatestFailure: a story that has since failed for
// another reason is not retried for the first one.
func TestRetryFailed_LooksAtTheLatestFailure(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	by := testkit.Actor(account.Admin, "Op")
	since := env.Now
	st := env.fail(t, story.Uploaded, "truncated_or_corrupt")
	env.Advance(time.Minute)
	_, err := env.Stories.Retry(t.Context(), st.ID, by)
	require.NoError(t, err)
	_, err = env.Start(t.Context(), prepare(st.ID, 2))
	require.NoError(t, err)
	_, err = env.Fail(t.Context(), prepare(st.ID, 2), fault.New(fault.Invalid, "too_long", "no"))
	require.NoError(t, err)
	damaged := attempt.FailureQuery{Since: since, Code: "truncated_or_corrupt"}
	got, err := env.RetryFailed(t.Context(), damaged, nil, 9, by)
	require.NoError(t, err)
	require.Zero(t, got.Stories)
	got, err = env.RetryFailed(t.Context(), attempt.FailureQuery{Since: since}, nil, 9, by)
	require.NoError(t, err)
	require.Equal(t, 1, got.Stories, "once, for both of its failures")
}
