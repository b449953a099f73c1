package api

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/oauth2-proxy/mockoidc"
	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/intake"
	"github.com/storyreel/storyreel/internal/oidc"
)

// providerEnv is the API with a sign-in provider.
type providerEnv struct {
	*env
	op *mockoidc.MockOIDC
}

func newProviderEnv(t *testing.T, accounts account.Options) *providerEnv {
	t.Helper()
	op, err := mockoidc.Run()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, op.Shutdown()) })
	return &providerEnv{newEnvWith(t, settings{
		accounts: accounts, intake: intake.Options{BeginsPerHour: 1000, BytesPerHour: 1 << 30},
		signIn: SignIn{Passwords: !accounts.NoPasswords, Name: "Brand login", Provider: oidc.New(oidc.Options{
			Issuer: op.Issuer(), ClientID: op.ClientID, ClientSecret: op.ClientSecret,
			RedirectURL: "http://stories.test/sign-in", Scopes: []string{"email", "profile", "groups"},
			GroupsClaim: "groups",
		})},
	}), op}
}

// begin starts to sign in, and lets the user sign in at the provider. It
// returns the cookie of the flow, and what the browser brings back.
func (e *providerEnv) begin(u *mockoidc.MockUser) (cookie string, back url.Values) {
	e.t.Helper()
	e.op.QueueUser(u)
	a := e.want(200, "POST", "/v1/sessions/provider", "", map[string]any{})
	var begun struct{ Address string }
	a.into(e.t, &begun)
	c := a.cookies()[0]
	require.True(e.t, c.HttpOnly)
	require.Equal(e.t, http.SameSiteLaxMode, c.SameSite)
	return c.Name + "=" + c.Value, e.visit(begun.Address)
}

// visit opens the provider's page and returns the query of where it sends the
// browser.
func (e *providerEnv) visit(address string) url.Values {
	e.t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	require.NoError(e.t, err)
	resp, err := client.Do(req)
	require.NoError(e.t, err)
	require.NoError(e.t, resp.Body.Close())
	back, err := resp.Location()
	require.NoError(e.t, err)
	require.True(e.t, strings.HasPrefix(back.String(), "http://stories.test/sign-in?"), back)
	return back.Query()
}

// finish ends a flow.
func (e *providerEnv) finish(cookie string, back url.Values) answer {
	e.t.Helper()
	return e.do("POST", "/v1/sessions", "", map[string]any{"provider": map[string]any{
		"state": back.Get("state"), "code": back.Get("code"),
	}}, "Cookie", cookie)
}

func (e *providerEnv) signInAs(u *mockoidc.MockUser) answer {
	e.t.Helper()
	return e.finish(e.begin(u))
}

// rolesOf asks with the session cookie of an answer.
func (e *providerEnv) rolesOf(a answer) []account.Role {
	e.t.Helper()
	require.Equal(e.t, 201, a.status, string(a.body))
	c := a.cookies()[0]
	var me meView
	e.want(200, "GET", "/v1/sessions/me", "", nil, "Cookie", c.Name+"="+c.Value).into(e.t, &me)
	return me.Roles
}

func person(subject, email string, groups ...string) *mockoidc.MockUser {
	return &mockoidc.MockUser{
		Subject: subject, Email: email, EmailVerified: true, PreferredUsername: "Zo\u00eb", Groups: groups,
	}
}

func TestProvider_AccountsAreLinkedByTheVerifiedAddressOnce(t *testing.T) {
	t.Parallel()
	e := newProviderEnv(t, account.Options{})
	unverified := person("7", "moderator@example.com")
	unverified.EmailVerified = false
	require.Equal(t, "auth.email_unverified", e.signInAs(unverified).code(t))
	require.Equal(t, "auth.no_account", e.signInAs(person("8", "nobody@example.com")).code(t))

	require.Equal(t, []account.Role{account.Moderator}, e.rolesOf(e.signInAs(person("7", "Moderator@example.com"))))
	renamed := person("7", "other@example.com")
	renamed.EmailVerified = false
	require.Equal(t, []account.Role{account.Moderator}, e.rolesOf(e.signInAs(renamed)), "the subject is known now")
	require.Equal(t, "auth.identity", e.signInAs(person("9", "moderator@example.com")).code(t),
		"an address that passed to somebody else opens nothing")

	e.want(200, "PUT", "/v1/admin/users/"+e.users[account.Moderator].ID, e.keys[account.Admin],
		map[string]any{"disabled": true})
	require.Equal(t, "auth.invalid", e.signInAs(person("7", "moderator@example.com")).code(t))
}

func TestProvider_GroupsGiveRolesAtEverySignIn(t *testing.T) {
	t.Parallel()
	e := newProviderEnv(t, account.Options{Groups: map[string]account.Role{
		"story-admins": account.Admin, "story-mods": account.Moderator, "agency": account.Creative,
	}})
	require.Equal(t, "auth.no_role", e.signInAs(person("1", "zoe@brand.example", "everybody")).code(t))
	require.Equal(t, []account.Role{account.Creative, account.Moderator},
		e.rolesOf(e.signInAs(person("1", "zoe@brand.example", "story-mods", "everybody", "agency"))), "made at once")
	require.Equal(t, []account.Role{account.Moderator},
		e.rolesOf(e.signInAs(person("1", "zoe@brand.example", "story-mods"))))
	require.Equal(t, "auth.no_role", e.signInAs(person("1", "zoe@brand.example")).code(t))

	var lines struct {
		Items []struct {
			Action, Outcome string
			Details         map[string]string
		}
	}
	e.want(200, "GET", "/v1/admin/audit?action=session.started", e.keys[account.Admin], nil).into(t, &lines)
	var seen []string
	for _, l := range lines.Items {
		seen = append(seen, strings.Join([]string{
			l.Details["by"], l.Details["user"], l.Details["roles"], l.Details["code"],
		}, "/"))
	}
	require.Equal(t, []string{
		"provider///auth.no_role", "provider//moderator/", "provider/created//", "provider///auth.no_role",
	}, seen)
}

func TestProvider_AFlowEndsInItsBrowserAndOnce(t *testing.T) {
	t.Parallel()
	e := newProviderEnv(t, account.Options{})
	u := person("7", "moderator@example.com")
	cookie, back := e.begin(u)
	other, _ := e.begin(u)
	require.Equal(t, "auth.flow", e.finish("", back).code(t), "another browser")
	require.Equal(t, "auth.flow", e.finish(other, back).code(t), "another flow of the browser")
	require.Equal(t, "auth.flow", e.finish(strings.Split(cookie, "=")[0]+"=x", back).code(t))
	empty := url.Values{"state": {""}, "code": back["code"]}
	require.Equal(t, "auth.flow", e.finish("storyreel_flow=e30", empty).code(t), "a flow without state")

	done := e.finish(cookie, back)
	require.Equal(t, 201, done.status, string(done.body))
	require.Len(t, done.cookies(), 2)
	require.Negative(t, done.cookies()[1].MaxAge, "the flow's cookie is removed")
	require.Equal(t, "auth.flow", e.finish(cookie, back).code(t), "a code works once")
	require.Equal(t, "auth.cross_site", e.want(403, "POST", "/v1/sessions/provider", "", map[string]any{}, "Origin",
		"https://brand.example").code(t))
}

func TestProvider_TheVerifierIsNeeded(t *testing.T) {
	t.Parallel()
	e := newProviderEnv(t, account.Options{})
	e.op.QueueUser(person("7", "moderator@example.com"))
	a := e.want(200, "POST", "/v1/sessions/provider", "", map[string]any{})
	var begun struct{ Address string }
	a.into(t, &begun)
	u, err := url.Parse(begun.Address)
	require.NoError(t, err)
	require.Equal(t, "S256", u.Query().Get("code_challenge_method"))
	q := u.Query()
	q.Set("code_challenge", strings.Repeat("x", 43)) // the code of somebody else's flow
	u.RawQuery = q.Encode()
	back := e.visit(u.String())
	cookie := a.cookies()[0]
	refused := e.finish(cookie.Name+"="+cookie.Value, back)
	require.Contains(t, []int{401, 503}, refused.status, string(refused.body))
}

func TestProvider_PagesKnowHowToSignIn(t *testing.T) {
	t.Parallel()
	e := newProviderEnv(t, account.Options{})
	var m methodsView
	e.want(200, "GET", "/v1/sessions/methods", "", nil).into(t, &m)
	require.Equal(t, methodsView{Passwords: true, Provider: "Brand login"}, m)
}

func TestProvider_Absent(t *testing.T) {
	t.Parallel()
	e := newEnvWith(t, settings{accounts: account.Options{}, signIn: SignIn{Passwords: true, Name: "none"}})
	var m methodsView
	e.want(200, "GET", "/v1/sessions/methods", "", nil).into(t, &m)
	require.Equal(t, methodsView{Passwords: true}, m)
	require.Equal(t, "auth.no_provider", e.want(404, "POST", "/v1/sessions/provider", "", map[string]any{}).code(t))
	require.Equal(t, "auth.no_provider", e.want(404, "POST", "/v1/sessions", "", map[string]any{
		"provider": map[string]any{"state": "a", "code": "b"},
	}).code(t))
}

func TestProvider_AwayIsUnavailable(t *testing.T) {
	t.Parallel()
	p := oidc.New(oidc.Options{Issuer: "http://127.0.0.1:1", ClientID: "a", RedirectURL: "http://stories.test/sign-in"})
	e := newEnvWith(t, settings{signIn: SignIn{Provider: p, Name: "Brand login"}})
	require.Equal(t, "auth.provider", e.want(503, "POST", "/v1/sessions/provider", "", map[string]any{}).code(t))
}
