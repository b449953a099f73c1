package api

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
)

func TestSessions_CookieAndCrossSite(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	signIn := map[string]any{"email": "moderator@example.com", "password": "correct horse battery"}
	require.Equal(t, "auth.invalid",
		e.want(401, "POST", "/v1/sessions", "", map[string]any{"email": "moderator@example.com", "password": "wrong"}).
			code(t))
	require.Equal(t, "auth.invalid",
		e.want(401, "POST", "/v1/sessions", "", map[string]any{"email": "nobody@example.com", "password": "wrong"}).
			code(t))
	a := e.want(201, "POST", "/v1/sessions", "", signIn)
	cookies := (&http.Response{Header: a.header}).Cookies()
	require.Len(t, cookies, 1)
	require.True(t, cookies[0].HttpOnly)
	require.Equal(t, http.SameSiteLaxMode, cookies[0].SameSite)
	cookie := cookies[0].Name + "=" + cookies[0].Value
	var me meView
	e.want(200, "GET", "/v1/sessions/me", "", nil, "Cookie", cookie).into(t, &me)
	require.Equal(t, []account.Role{account.Moderator}, me.Roles)

	b := e.inReview()
	decision := map[string]any{"action": "approve"}
	path := "/v1/stories/" + b.Story.ID + "/decisions"
	require.Equal(t, "auth.cross_site",
		e.want(403, "POST", path, "", decision, "Cookie", cookie, "Sec-Fetch-Site", "cross-site").code(t))
	require.Equal(t, "auth.cross_site",
		e.want(403, "POST", path, "", decision, "Cookie", cookie, "Origin", "https://brand.example").code(t))
	require.Equal(t, "in_review", e.state(b.Story.ID))
	e.want(200, "POST", path, "", decision, "Cookie", cookie, "Sec-Fetch-Site", "same-origin")
	e.want(204, "DELETE", "/v1/sessions/me", "", nil, "Cookie", cookie)
	e.want(401, "GET", "/v1/sessions/me", "", nil, "Cookie", cookie)
}
