package api

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
)

func TestUsers_HaveStaffRolesOnly(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	admin := e.keys[account.Admin]
	var u userView
	e.want(201, "POST", "/v1/admin/users", admin,
		map[string]any{"email": "new@example.com", "roles": []string{"creative"}}).into(t, &u)
	require.False(t, u.HasPassword)
	for method, path := range map[string]string{"POST": "/v1/admin/users", "PUT": "/v1/admin/users/" + u.ID} {
		body := map[string]any{"roles": []string{"system"}}
		if method == "POST" {
			body["email"] = "x@example.com"
		}
		require.Equal(t, "user.invalid", e.want(422, method, path, admin, body).code(t))
	}
}

func TestUsers_RolesAndAccessChangeAtOnce(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	admin, moderator := e.keys[account.Admin], e.users[account.Moderator]
	cookie, key := e.signIn(moderator.Email), e.keys[account.Moderator]
	set := func(body map[string]any) (u userView) {
		t.Helper()
		e.want(200, "PUT", "/v1/admin/users/"+moderator.ID, admin, body).into(t, &u)
		return u
	}
	require.Equal(t, []account.Role{account.Creative}, set(map[string]any{"roles": []string{"creative"}}).Roles)
	e.want(403, "GET", "/v1/review/queue", "", nil, "Cookie", cookie)
	e.want(401, "GET", "/v1/review/queue", key, nil)
	require.Equal(t, "Ana", set(map[string]any{"name": "Ana", "roles": []string{"moderator"}}).Name)
	e.want(200, "GET", "/v1/review/queue", "", nil, "Cookie", cookie)
	require.True(t, set(map[string]any{"disabled": true}).Disabled)
	require.False(t, set(map[string]any{"disabled": false}).Disabled)
	e.want(401, "GET", "/v1/review/queue", "", nil, "Cookie", cookie)
	e.want(401, "GET", "/v1/review/queue", key, nil)
	require.Equal(t, "user.self", e.want(409, "PUT", "/v1/admin/users/"+e.users[account.Admin].ID, admin,
		map[string]any{"disabled": true}).code(t))
	require.Equal(t, "user.unknown", e.want(404, "PUT", "/v1/admin/users/none", admin, map[string]any{}).code(t))
}

func TestUsers_AForgottenPasswordIsResetByALink(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	admin, moderator := e.keys[account.Admin], e.users[account.Moderator]
	old := e.signIn(moderator.Email)
	var link linkView
	e.want(201, "POST", "/v1/admin/users/"+moderator.ID+"/links", admin, map[string]any{"reset": true}).into(t, &link)
	e.want(401, "GET", "/v1/sessions/me", "", nil, "Cookie", old)
	e.want(401, "POST", "/v1/sessions", "", map[string]any{"email": moderator.Email, "password": password})
	token, ok := strings.CutPrefix(link.URL, "http://stories.test/sign-in#link=")
	require.True(t, ok, link.URL)
	a := e.want(201, "POST", "/v1/sessions", "", map[string]any{"link": token})
	cookie := a.cookies()[0].Name + "=" + a.cookies()[0].Value
	e.want(204, "PUT", "/v1/sessions/me/password", "", map[string]any{"password": password}, "Cookie", cookie)
	e.signIn(moderator.Email)
	e.want(401, "POST", "/v1/sessions", "", map[string]any{"link": token})
	e.want(204, "DELETE", "/v1/admin/users/"+moderator.ID+"/sessions", admin, nil)
	e.want(401, "GET", "/v1/sessions/me", "", nil, "Cookie", cookie)
}
