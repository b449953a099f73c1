package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
)

func TestDownloads_AreSignedAndRecorded(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	cre, admin := e.keys[account.Creative], e.keys[account.Admin]
	base := "/v1/campaigns/" + e.slug
	a, waiting := e.published(), e.inReview()
	var got struct{ Items []downloadView }
	e.want(200, "GET", base+"/downloads?id="+a.Story.ID+"&id="+waiting.Story.ID+"&id="+a.Story.ID, cre, nil).
		into(t, &got)
	require.Len(t, got.Items, 2)
	file := got.Items[0]
	require.Contains(t, file.URL, "X-Amz-Signature")
	require.Contains(t, file.URL, file.Name)
	require.Equal(t, "abc", file.SHA256)
	require.NotNil(t, file.ExpiresAt)
	require.Equal(t, "board.not_published", got.Items[1].Refused.Code)
	require.Empty(t, got.Items[1].URL)
	e.want(422, "GET", base+"/downloads", cre, nil)

	var trail struct{ Items []auditLineView }
	e.want(200, "GET", "/v1/admin/audit?action=sources.downloaded", admin, nil).into(t, &trail)
	require.Len(t, trail.Items, 1)
	require.Equal(t, map[string]string{"stories": a.Story.ID}, trail.Items[0].Details)
}
