package api

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/api/front"
	"github.com/storyreel/storyreel/internal/account"
)

const password = "correct horse battery"

// cookies are what an answer sets.
func (a answer) cookies() []*http.Cookie { return (&http.Response{Header: a.header}).Cookies() }

// signIn opens a session of the user and returns its cookie.
func (e *env) signIn(email string, headers ...string) string {
	e.t.Helper()
	a := e.want(201, "POST", "/v1/sessions", "", map[string]any{"email": email, "password": password}, headers...)
	c := a.cookies()[0]
	return c.Name + "=" + c.Value
}

func TestSessions_CookieAndCrossSite(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	for _, email := range []string{"moderator@example.com", "nobody@example.com"} {
		require.Equal(t, "auth.invalid",
			e.want(401, "POST", "/v1/sessions", "", map[string]any{"email": email, "password": "wrong"}).code(t))
	}
	cookie := e.signIn("moderator@example.com")
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
	for _, site := range []string{"cross-site", "same-site"} {
		require.Equal(t, "auth.cross_site",
			e.want(403, "GET", "/v1/sessions/me", "", nil, "Cookie", cookie, "Sec-Fetch-Site", site).code(t))
	}
	e.want(200, "GET", "/v1/sessions/me", "", nil, "Cookie", cookie, "Sec-Fetch-Site", "none")
	e.want(200, "POST", path, "", decision, "Cookie", cookie, "Sec-Fetch-Site", "same-origin")
	e.want(204, "DELETE", "/v1/sessions/me", "", nil, "Cookie", cookie)
	e.want(401, "GET", "/v1/sessions/me", "", nil, "Cookie", cookie)
}

func TestSessions_CookieIsBoundToTheHost(t *testing.T) {
	t.Parallel()
	for pages, want := range map[string]http.Cookie{
		"https://stories.test":  {Name: "__Host-storyreel_session", Path: "/", Secure: true},
		"http://localhost:8080": {Name: "storyreel_session", Path: "/v1"}, // not sent to the embedded S3 server
	} {
		t.Run(pages, func(t *testing.T) {
			t.Parallel()
			e := newEnv(t)
			e.api.Addresses.Pages = pages
			in := e.want(201, "POST", "/v1/sessions", "",
				map[string]any{"email": "moderator@example.com", "password": password})
			cookie := in.cookies()[0].Name + "=" + in.cookies()[0].Value
			e.want(200, "GET", "/v1/sessions/me", "", nil, "Cookie", cookie)
			out := e.want(204, "DELETE", "/v1/sessions/me", "", nil, "Cookie", cookie)
			for _, a := range []answer{in, out} {
				require.Len(t, a.cookies(), 1)
				c := a.cookies()[0]
				require.Equal(t, want.Name, c.Name)
				require.Equal(t, want.Path, c.Path)
				require.Equal(t, want.Secure, c.Secure)
				require.Empty(t, c.Domain)
				require.True(t, c.HttpOnly)
				require.Equal(t, http.SameSiteLaxMode, c.SameSite)
			}
			require.Negative(t, out.cookies()[0].MaxAge)
		})
	}
}

func TestSessions_SigningInAgainEndsTheOneBefore(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	first := e.signIn("moderator@example.com")
	second := e.signIn("moderator@example.com", "Cookie", first)
	e.want(401, "GET", "/v1/sessions/me", "", nil, "Cookie", first)
	e.want(200, "GET", "/v1/sessions/me", "", nil, "Cookie", second)
}

func TestSessions_AreListedAndEndedEverywhere(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	phone := e.signIn("moderator@example.com", "User-Agent", "Phone")
	desk := e.signIn("moderator@example.com", "User-Agent", "Desk")
	stranger := e.signIn("creative@example.com")
	var list struct{ Items []sessionView }
	e.want(200, "GET", "/v1/sessions", "", nil, "Cookie", desk).into(t, &list)
	require.Len(t, list.Items, 2)
	require.Equal(t, "Desk", list.Items[0].Device)
	require.True(t, list.Items[0].Current)
	require.Equal(t, "Phone", list.Items[1].Device)
	one := "/v1/sessions/" + list.Items[1].ID
	require.Equal(t, "session.unknown", e.want(404, "DELETE", one, "", nil, "Cookie", stranger).code(t))
	e.want(204, "DELETE", one, "", nil, "Cookie", desk)
	e.want(401, "GET", "/v1/sessions/me", "", nil, "Cookie", phone)
	phone = e.signIn("moderator@example.com")
	e.want(204, "DELETE", "/v1/sessions", "", nil, "Cookie", phone)
	for _, cookie := range []string{phone, desk} {
		e.want(401, "GET", "/v1/sessions/me", "", nil, "Cookie", cookie)
	}
	e.want(200, "GET", "/v1/sessions/me", "", nil, "Cookie", stranger)
	for method, path := range map[string]string{"GET": "/v1/sessions", "DELETE": "/v1/sessions/x"} {
		require.Equal(t, "session.needed", e.want(409, method, path, e.keys[account.Moderator], nil).code(t))
	}
}

func TestSignIn_WrongPasswordsPauseTheAccountFromEveryAddress(t *testing.T) {
	t.Parallel()
	e := newEnvWith(t, settings{front: front.Options{Proxies: []string{"127.0.0.1"}}})
	try := func(address int, email, secret string) answer {
		return e.do("POST", "/v1/sessions", "", map[string]any{"email": email, "password": secret},
			"X-Forwarded-For", "198.51.100."+strconv.Itoa(address))
	}
	for _, email := range []string{"moderator@example.com", "nobody@example.com"} {
		t.Run(email, func(t *testing.T) {
			checked := 0
			for i := range 30 {
				if try(i, email, "wrong").status == 401 {
					checked++
				}
			}
			require.Equal(t, 5, checked)
			a := try(200, email, password)
			require.Equal(t, 429, a.status)
			require.Equal(t, "auth.backoff", a.code(t))
			wait, err := strconv.Atoi(a.header.Get("Retry-After"))
			require.NoError(t, err)
			require.Positive(t, wait)
			require.LessOrEqual(t, wait, 30)
		})
	}
	e.signIn("creative@example.com") // others are not affected
}

func TestChangePassword_NeedsTheCurrentOneAndEndsOtherSessions(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	desk, phone := e.signIn("moderator@example.com"), e.signIn("moderator@example.com")
	change := func(status int, current, next string) answer {
		t.Helper()
		return e.want(status, "PUT", "/v1/sessions/me/password", "",
			map[string]any{"current": current, "password": next}, "Cookie", desk)
	}
	require.Equal(t, "auth.recent", change(403, "", "orbit velvet candle").code(t))
	require.Equal(t, "auth.invalid", change(401, "wrong", "orbit velvet candle").code(t))
	require.Equal(t, "user.password", change(422, password, "short").code(t))
	require.Equal(t, "user.password_weak", change(422, password, "ThatSongWhen2026").code(t), "a campaign's name")
	change(204, password, strings.Repeat("žluťoučký kůň úpěl ďábelské ", 9))
	e.want(200, "GET", "/v1/sessions/me", "", nil, "Cookie", desk)
	e.want(401, "GET", "/v1/sessions/me", "", nil, "Cookie", phone)
	e.want(401, "POST", "/v1/sessions", "", map[string]any{"email": "moderator@example.com", "password": password})
	require.Equal(t, "session.needed", e.want(409, "PUT", "/v1/sessions/me/password", e.keys[account.Moderator],
		map[string]any{"current": password, "password": "orbit velvet candle"}).code(t))
}

func TestRefusals_NameTheMissingRight(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.begin(5)
	for path, detail := range map[string]string{
		"/v1/stories/" + b.Story.ID + "/upload": "this needs the story's token",
		"/v1/admin/users":                       "this needs the role admin",
	} {
		var p struct{ Code, Detail string }
		e.want(403, "GET", path, e.keys[account.Moderator], nil).into(t, &p)
		require.Equal(t, "auth.role", p.Code)
		require.Equal(t, detail, p.Detail)
	}
}
