package account_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/testkit"
)

const password = "correct horse battery"

type env struct {
	*testkit.Env
	*account.Service
}

func newEnv(t *testing.T) *env {
	e := testkit.NewEnv(t)
	return &env{e, account.NewService(e.DB, e.Clock)}
}

// moderator creates a user and returns it with a session.
func (e *env) moderator(t *testing.T) (*account.User, string) {
	t.Helper()
	u, err := e.CreateUser(t.Context(), "Ana@Example.com", "Ana", password, []account.Role{account.Moderator})
	require.NoError(t, err)
	token, _, err := e.SignIn(t.Context(), " ANA@example.com", password)
	require.NoError(t, err)
	return u, token
}

func wantUnauthorized(t *testing.T, err error) {
	t.Helper()
	require.Equal(t, fault.Unauthorized, fault.KindOf(err), err)
	require.Equal(t, "auth.invalid", fault.CodeOf(err), "callers learn nothing more")
}

func TestCan_AnAdminHoldsEveryStaffRole(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		has, asked account.Role
		want       bool
	}{
		{account.Moderator, account.Moderator, true}, {account.Moderator, account.Creative, false},
		{account.Moderator, account.Admin, false}, {account.Creative, account.Moderator, false},
		{account.Admin, account.Moderator, true}, {account.Admin, account.Creative, true},
	} {
		t.Run(string(c.has+" as "+c.asked), func(t *testing.T) {
			p := &account.Principal{Roles: []account.Role{c.has}}
			require.Equal(t, c.want, p.Can(c.asked))
		})
	}
	require.False(t, account.Contributor.Valid())
	require.False(t, account.System.Valid())
}

func TestCreateUser_Refuses(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	env.moderator(t)
	moderator := []account.Role{account.Moderator}
	for name, c := range map[string]struct {
		code, email, password string
		roles                 []account.Role
	}{
		"no address":        {"user.invalid", "ana", "", moderator},
		"no role":           {"user.invalid", "ben@example.com", "", nil},
		"the system's role": {"user.invalid", "ben@example.com", "", []account.Role{account.System}},
		"a short password":  {"user.password", "ben@example.com", "short", moderator},
		"a long password":   {"user.password", "ben@example.com", strings.Repeat("x", 73), moderator},
		"an address twice":  {"user.exists", "ANA@example.com", "", moderator},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := env.CreateUser(t.Context(), c.email, "", c.password, c.roles)
			require.True(t, fault.Is(err, c.code), err)
		})
	}
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	u, token := env.moderator(t)
	p, err := env.BySession(t.Context(), token)
	require.NoError(t, err)
	require.Equal(t, &account.Principal{ID: u.ID, Name: "Ana", Roles: u.Roles}, p)
	_, err = env.CreateUser(t.Context(), "ben@example.com", "", "", u.Roles)
	require.NoError(t, err)
	for name, c := range map[string][2]string{
		"a wrong password": {"ana@example.com", "wrong horse battery"}, "nobody": {"eve@example.com", password},
		"a user without a password": {"ben@example.com", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := env.SignIn(t.Context(), c[0], c[1])
			wantUnauthorized(t, err)
		})
	}
	require.NoError(t, env.SignOut(t.Context(), token))
	require.NoError(t, env.SignOut(t.Context(), token), "twice is once")
	_, err = env.BySession(t.Context(), token)
	wantUnauthorized(t, err)
}

func TestSessions_RunOut(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	_, token := env.moderator(t)
	env.Advance(account.SessionLifetime - time.Second)
	_, err := env.BySession(t.Context(), token)
	require.NoError(t, err)
	env.Advance(time.Second)
	_, err = env.BySession(t.Context(), token)
	wantUnauthorized(t, err)
	require.NoError(t, env.Sweep(t.Context()))
}

func TestDisabledUsersAreOutAtOnce(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	u, token := env.moderator(t)
	link, err := env.NewLink(t.Context(), u.ID)
	require.NoError(t, err)
	_, err = env.UpdateUser(t.Context(), u.Email, func(u *account.User) { u.Disabled = true })
	require.NoError(t, err)
	_, err = env.BySession(t.Context(), token)
	wantUnauthorized(t, err)
	_, _, err = env.SignIn(t.Context(), u.Email, password)
	wantUnauthorized(t, err)
	_, _, err = env.UseLink(t.Context(), link)
	wantUnauthorized(t, err)
	_, err = env.UpdateUser(t.Context(), u.ID, func(u *account.User) { u.Disabled = false })
	require.NoError(t, err)
	_, err = env.BySession(t.Context(), token)
	require.NoError(t, err, "and in again")
}

func TestLinks_SignInOnceWithinADay(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	u, session := env.moderator(t)
	newLink := func() string {
		t.Helper()
		link, err := env.NewLink(t.Context(), u.ID)
		require.NoError(t, err)
		return link
	}
	link := newLink()
	_, err := env.BySession(t.Context(), link)
	wantUnauthorized(t, err) // a link is no session
	_, _, err = env.UseLink(t.Context(), session)
	wantUnauthorized(t, err) // and the reverse
	token, p, err := env.UseLink(t.Context(), link)
	require.NoError(t, err)
	require.Equal(t, u.ID, p.ID)
	_, err = env.BySession(t.Context(), token)
	require.NoError(t, err)
	_, _, err = env.UseLink(t.Context(), link)
	wantUnauthorized(t, err)
	late := newLink()
	env.Advance(account.LinkLifetime)
	_, _, err = env.UseLink(t.Context(), late)
	wantUnauthorized(t, err)
	_, err = env.NewLink(t.Context(), "eve@example.com")
	require.True(t, fault.Is(err, "user.unknown"), err)
}

func TestKeys(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	secret, k, err := env.CreateKey(t.Context(), "", account.Creative)
	require.NoError(t, err)
	require.True(t, account.IsKey(secret))
	require.False(t, account.IsKey(account.NewToken()))
	require.NotContains(t, k.Hash, secret)
	p, err := env.ByKey(t.Context(), secret)
	require.NoError(t, err)
	require.Equal(t, &account.Principal{ID: k.ID, Name: "creative key", Roles: []account.Role{account.Creative}}, p)
	env.Advance(365 * 24 * time.Hour)
	_, err = env.ByKey(t.Context(), secret)
	require.NoError(t, err, "keys do not run out")
	require.NoError(t, env.RevokeKey(t.Context(), k.ID))
	_, err = env.ByKey(t.Context(), secret)
	wantUnauthorized(t, err)
	require.True(t, fault.Is(env.RevokeKey(t.Context(), k.ID), "key.unknown"))
	all, err := env.Keys(t.Context())
	require.NoError(t, err)
	require.Len(t, all, 1, "revoked keys stay listed")
	require.Equal(t, env.Now, all[0].RevokedAt)
	_, _, err = env.CreateKey(t.Context(), "", account.System)
	require.True(t, fault.Is(err, "key.invalid"), err)
}
