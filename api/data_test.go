package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
)

func TestData_EverythingForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.published()
	path := "/v1/stories/" + b.Story.ID + "/data"
	e.want(401, "GET", path, "", nil)
	e.want(403, "GET", path, e.keys[account.Moderator], nil)
	a := e.want(200, "GET", path, b.Token, nil)
	require.Contains(t, a.header.Get("Content-Disposition"), "attachment")
	var d dataView
	a.into(t, &d)
	require.Equal(t, "zoe@private.example", d.Email)
	require.Contains(t, d.ReleaseText, "two years")
	require.NotEmpty(t, d.SourceURL)
	require.NotContains(t, string(a.body), "key of moderator", "a moderator's name is not the contributor's to have")
	require.Equal(t, "staff", d.History[len(d.History)-3].By)
	e.want(200, "DELETE", "/v1/stories/"+b.Story.ID, b.Token, nil)
	var after dataView
	e.want(200, "GET", path, b.Token, nil).into(t, &after)
	require.Empty(t, after.SourceURL)
}
