package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/story"
)

func TestHolds_OverTheAPI(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b, admin := e.published(), e.keys[account.Admin]
	path := "/v1/stories/" + b.Story.ID
	hold := map[string]any{"reason": "case 12"}
	require.Equal(t, "hold.unknown", e.want(404, "DELETE", path+"/hold", admin, nil).code(t))
	require.Equal(t, "hold.reason", e.want(422, "PUT", path+"/hold", admin, map[string]any{"reason": "\u200b"}).code(t))
	e.want(204, "PUT", path+"/hold", admin, hold)
	e.want(204, "PUT", "/v1/campaigns/"+e.slug+"/hold", admin, hold)
	var v retentionView
	e.want(200, "GET", "/v1/admin/retention", admin, nil).into(t, &v)
	require.Len(t, v.Holds, 2)
	require.Empty(t, v.Holds[0].Story, "the campaign's, newest first")
	require.Equal(t, b.Story.ID, v.Holds[1].Story)
	require.Equal(t, "case 12", v.Holds[1].Reason)
	require.Equal(t, retentionClassView{"published", 0, "campaign_end", 1, 0, 0}, v.Classes[5])

	e.want(200, "DELETE", path, b.Token, nil)
	require.Empty(t, e.feedIDs(""), "off the feed at once")
	j := story.Job{Kind: story.Remove, Story: b.Story.ID, Attempt: 3}
	started, err := e.attempts.Start(ctx, j)
	require.NoError(t, err)
	require.NoError(t, e.attempts.Removed(ctx, j, started.Removable()))
	var s storyView
	e.want(200, "GET", path, b.Token, nil).into(t, &s)
	require.Equal(t, "withdrawn", s.State)
	require.Equal(t, "retention.held", s.Reason.Code)
	require.Equal(t, "That summer", s.Title)

	e.want(204, "DELETE", path+"/hold", admin, nil)
	e.want(204, "DELETE", "/v1/campaigns/"+e.slug+"/hold", admin, nil)
	e.want(200, "GET", path, b.Token, nil).into(t, &s)
	e.want(200, "GET", "/v1/admin/retention", admin, nil).into(t, &v)
	require.Empty(t, v.Holds)
	a := e.want(200, "GET", path+"/data", b.Token, nil)
	require.NotContains(t, string(a.body), "case 12")
	require.Contains(t, string(a.body), `"held"`)
}

func TestReason_OfAStoryWhosePeriodEnded(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.inReview()
	_, err := e.stories.Change(ctx, b.Story.ID, func(st *story.Story) (*story.Entry, error) {
		return st.Leave(story.EventLapsed, account.TheSystem, clock())
	})
	require.NoError(t, err)
	var s storyView
	e.want(200, "GET", "/v1/stories/"+b.Story.ID, b.Token, nil).into(t, &s)
	require.Equal(t, "withdrawn", s.State)
	require.Equal(t, "retention.ended", s.Reason.Code)
}
