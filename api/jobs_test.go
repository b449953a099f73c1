package api

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
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

// TestRetryStory_OfALadder: operators see why the ladder of a published story
// failed and have it tried again; its contributor sees a published story.
func TestRetryStory_OfALadder(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.inReview()
	path := "/v1/stories/" + b.Story.ID
	e.want(200, "POST", path+"/decisions", e.keys[account.Moderator], map[string]any{"action": "approve"})
	publish, ladder := story.Job{Kind: story.Publish, Story: b.Story.ID, Attempt: 2},
		story.Job{Kind: story.Ladder, Story: b.Story.ID, Attempt: 3}
	_, err := e.attempts.Start(t.Context(), publish)
	require.NoError(t, err)
	_, err = e.attempts.Published(t.Context(), publish,
		media.Assets{Prefix: media.PublicPrefix(b.Story.ID, 2), MP4: "story.mp4", First: true})
	require.NoError(t, err)
	_, err = e.attempts.Start(t.Context(), ladder)
	require.NoError(t, err)
	_, err = e.attempts.Fail(t.Context(), ladder, fault.New(fault.Invalid, "truncated_or_corrupt", "no"))
	require.NoError(t, err)

	var jobs struct{ Items []storyView }
	e.want(200, "GET", "/v1/admin/jobs", e.keys[account.Admin], nil).into(t, &jobs)
	require.Len(t, jobs.Items, 1)
	require.Equal(t, []string{"published", "truncated_or_corrupt"},
		[]string{jobs.Items[0].State, jobs.Items[0].Failure.Code})
	var own storyView
	e.want(200, "GET", path, b.Token, nil).into(t, &own)
	require.Nil(t, own.Failure)

	retry := "/v1/admin/jobs/" + b.Story.ID + "/retry"
	e.want(403, "POST", retry, e.keys[account.Moderator], nil)
	e.want(200, "POST", retry, e.keys[account.Admin], nil)
	require.Equal(t, "story.state", e.want(409, "POST", retry, e.keys[account.Admin], nil).code(t))
	jobs.Items = nil
	e.want(200, "GET", "/v1/admin/jobs", e.keys[account.Admin], nil).into(t, &jobs)
	require.Empty(t, jobs.Items)
}
