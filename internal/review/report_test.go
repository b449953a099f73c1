package review_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/review"
	"github.com/storyreel/storyreel/internal/story"
)

func (e *env) decide(t *testing.T, by account.Actor, st *story.Story, actions ...review.Action) {
	t.Helper()
	for _, a := range actions {
		e.Advance(time.Second)
		_, err := e.Decide(t.Context(), st.ID, review.Decision{Action: a, Reason: "other", Lead: true}, by)
		require.NoError(t, err)
	}
}

func TestReport_CountsOverturnedDecisions(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	since := env.Now
	hidden, thought := env.Story(story.InReview), env.Story(story.InReview)
	env.decide(t, ana, hidden, review.Approve)
	env.decide(t, ben, hidden, review.Hide)
	env.decide(t, ben, thought, review.Escalate, review.Reject, review.Restore)
	got, err := env.Report(t.Context(), review.Filter{}, since)
	require.NoError(t, err)
	byName := map[string]review.ModeratorStats{}
	for _, m := range got {
		byName[m.Moderator.Name] = m
	}
	require.EqualValues(t, 1, byName["Ana"].Overturned)
	require.EqualValues(t, 1, byName["Ana"].Decided())
	require.EqualValues(t, 1, byName["Ben"].Escalated)
	require.EqualValues(t, 1, byName["Ben"].Decided())
	require.Zero(t, byName["Ben"].Overturned, "changing one's own mind does not count")
	require.EqualValues(t, 1, byName["Ana"].Hours)
	later := env.Story(story.InReview)
	env.Advance(3 * time.Hour)
	env.decide(t, ana, later, review.Approve)
	env.decide(t, ben, later, review.Hide)
	again, err := env.Report(t.Context(), review.Filter{}, since)
	require.NoError(t, err)
	for _, m := range again {
		require.EqualValues(
			t,
			map[string]int64{"Ana": 2, "Ben": 1}[m.Moderator.Name],
			m.Hours,
			"hours with decisions only",
		)
	}
	got, err = env.Report(t.Context(), review.Filter{}, env.Now.Add(time.Hour))
	require.NoError(t, err)
	require.Empty(t, got, "hours count whole")
	_, err = env.Report(t.Context(), review.Filter{}, env.Now.Add(-review.ReportMax-time.Second))
	require.NoError(t, err, "the longest period, whose start was taken a moment ago")
	_, err = env.Report(t.Context(), review.Filter{}, env.Now.Add(-review.ReportMax-time.Hour))
	require.True(t, fault.Is(err, "report.invalid"), err)
}

func TestSample_DrawsWhatOthersDecidedAndTheSameAgain(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	since := env.Now
	others := map[string]bool{}
	for i := range 8 {
		st := env.Story(story.InReview)
		by := ana
		if i%2 == 0 {
			by, others[st.ID] = ben, true
		}
		env.decide(t, by, st, review.Approve)
	}
	draw := func(n int, seed uint64) []string {
		t.Helper()
		got, err := env.Sample(t.Context(), review.Filter{}, ana, since, n, seed)
		require.NoError(t, err)
		return ids(got)
	}
	require.Len(t, draw(50, 1), len(others))
	for _, id := range draw(50, 1) {
		require.True(t, others[id], "Ana's own decisions are not drawn for her")
	}
	require.Len(t, draw(2, 7), 2)
	require.Equal(t, draw(3, 7), draw(3, 7))
	_, err := env.Sample(t.Context(), review.Filter{}, ana, env.Now.Add(-review.ReportMax-time.Hour), 1, 1)
	require.True(t, fault.Is(err, "report.invalid"), err)
}
