package api

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/story"
)

// TestListQueues_IsForAdministrators: how busy a campaign is, is nobody else's
// business.
func TestListQueues_IsForAdministrators(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.want(403, "GET", "/v1/admin/queues", e.keys[account.Moderator], nil)
	e.want(200, "GET", "/v1/admin/queues", e.keys[account.Admin], nil)
	e.api.Monitoring.Work = nil
	require.Equal(t, "queue.unavailable", e.want(503, "GET", "/v1/admin/queues", e.keys[account.Admin], nil).code(t))
}

// TestWork_IsReadAsItWasWritten holds the names of its fields, which are
// public, and leaves out the time of a wait that nobody has.
func TestWork_IsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	s := &server{Deps: Deps{Monitoring: Monitoring{Work: func(context.Context) (Work, error) {
		return Work{
			Queues: []QueueState{{Queue: "review", Pending: 2, Active: 1, Retry: 3, Oldest: 7.5, Workers: 1}},
			Waits:  []WaitState{{For: story.ForDecision, Count: 0}},
		}, nil
	}}}}
	got, err := s.listQueues(t.Context(), &none{})
	require.NoError(t, err)
	text, err := json.Marshal(got.Body)
	require.NoError(t, err)
	const want = `{"queues": [{"queue": "review", "pending": 2, "active": 1, "scheduled": 0, "retry": 3,
		"archived": 0, "oldest_seconds": 7.5, "workers": 1}], "waits": [{"for": "decision", "stories": 0}]}`
	require.JSONEq(t, want, string(text))

	away := fault.New(fault.Unavailable, "queue.unavailable", "no")
	s.Monitoring.Work = func(context.Context) (Work, error) { return Work{}, away }
	_, err = s.listQueues(t.Context(), &none{})
	require.ErrorIs(t, err, away)
}
