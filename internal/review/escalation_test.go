package review_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/review"
	"github.com/storyreel/storyreel/internal/story"
)

func TestEscalation_IsTheLeadsAlone(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	st := env.Story(story.InReview)
	up := review.Decision{Action: review.Escalate, Reason: review.Threat, Note: "at the end", Version: st.Version}
	after, err := env.Decide(t.Context(), st.ID, up, ana)
	require.NoError(t, err)
	require.True(t, review.ForLeads(after))
	_, err = env.Decide(t.Context(), st.ID, up, ana)
	require.NoError(t, err, "the answer was lost, and the same was sent again")

	e, err := env.Escalation(t.Context(), after)
	require.NoError(t, err)
	require.Equal(t, &review.Escalation{Kind: review.Threat, Note: "at the end", By: "Ana", At: env.Now}, e)

	for _, d := range []review.Decision{
		{Action: review.Approve}, {Action: review.Reject, Reason: "spam"},
		{Action: review.Escalate, Reason: review.Legal, Note: "more"},
	} {
		_, err = env.Decide(t.Context(), st.ID, d, ana)
		require.True(t, fault.Is(err, "story.escalated"), "%s: %v", d.Action, err)
	}
	page, err := env.Queue(t.Context(), review.Filter{Plain: true}, nil, 10)
	require.NoError(t, err)
	require.Empty(t, page.Items)
	stats, err := env.Stats(t.Context(), review.Filter{Plain: true})
	require.NoError(t, err)
	require.Zero(t, stats.Waiting)
	require.Zero(t, stats.Oldest)
	page, err = env.Queue(t.Context(), review.Filter{Escalated: true}, nil, 10)
	require.NoError(t, err)
	require.Len(t, page.Items, 1)

	decided, err := env.Decide(t.Context(), st.ID, review.Decision{Action: review.Approve, Lead: true}, ben)
	require.NoError(t, err)
	e, err = env.Escalation(t.Context(), decided)
	require.NoError(t, err)
	require.Nil(t, e)
}

func TestEscalation_HasOneOfTheKinds(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	for _, kind := range append(review.Kinds(), "", "rights") {
		st := env.Story(story.InReview)
		after, err := env.Decide(t.Context(), st.ID, review.Decision{Action: review.Escalate, Reason: kind}, ana)
		require.NoError(t, err)
		e, err := env.Escalation(t.Context(), after)
		require.NoError(t, err)
		if kind == "" || kind == "rights" { // as before there were kinds
			kind = review.Unsure
		}
		require.Equal(t, kind, e.Kind)
	}
	st := env.Story(story.InReview)
	_, err := env.Decide(t.Context(), st.ID, review.Decision{Action: review.Escalate, Reason: "whim"}, ana)
	require.True(t, fault.Is(err, "decision.reason"), err)
	_, err = env.Decide(t.Context(), st.ID, review.Decision{Action: review.Reject, Reason: review.SelfHarm}, ana)
	require.True(t, fault.Is(err, "decision.reason"), err)
}
