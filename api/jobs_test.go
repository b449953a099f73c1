package api

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/story"
)

// TestRetryFailed_GoesThroughAllInSteps retries three stories that failed as
// damaged, and leaves one that is too long.
func TestRetryFailed_GoesThroughAllInSteps(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	admin := e.keys[account.Admin]
	since := clock()
	var ids []string
	for _, code := range []string{"truncated_or_corrupt", "too_long", "truncated_or_corrupt", "truncated_or_corrupt"} {
		j := story.Job{Kind: story.Prepare, Story: e.uploaded().Story.ID, Attempt: 1}
		_, err := e.attempts.Start(t.Context(), j)
		require.NoError(t, err)
		_, err = e.attempts.Fail(t.Context(), j, fault.New(fault.Invalid, code, "no"))
		require.NoError(t, err)
		ids = append(ids, j.Story)
	}
	body := map[string]any{"since": since.Format(time.RFC3339Nano), "code": "truncated_or_corrupt", "limit": 2}
	var got retriedView
	e.want(200, "POST", "/v1/admin/jobs/retry", admin, body).into(t, &got)
	require.Equal(t, 2, got.Retried)
	require.NotEmpty(t, got.Next)
	body["after"] = got.Next
	got = retriedView{}
	e.want(200, "POST", "/v1/admin/jobs/retry", admin, body).into(t, &got)
	require.Equal(t, retriedView{Retried: 1}, got)
	e.want(200, "POST", "/v1/admin/jobs/retry", admin, body).into(t, &got)
	require.Zero(t, got.Retried, "again is harmless")
	for i, id := range ids {
		require.Equal(t, map[bool]string{true: "failed", false: "uploaded"}[i == 1], e.state(id))
	}
	body["after"] = "made up"
	require.Equal(t, "cursor.invalid", e.want(422, "POST", "/v1/admin/jobs/retry", admin, body).code(t))
}
