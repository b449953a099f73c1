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
	return &env{e, account.NewService(e.DB, e.Clock, account.Options{})}
}

// moderator creates a user and returns it with a session.
func (e *env) moderator(t *testing.T) (*account.User, string) {
	t.Helper()
	u, err := e.CreateUser(t.Context(), "Ana@Example.com", "Ana", password, []account.Role{account.Moderator})
	require.NoError(t, err)
	token, _, err := e.SignIn(t.Context(), " ANA@example.com", password, account.Browser{})
	require.NoError(t, err)
	return u, token
}

func wantUnauthorized(t *testing.T, err error) {
	t.Helper()
	require.Equal(t, fault.Unauthorized, fault.KindOf(err), err)
	require.Equal(t, "auth.invalid", fault.CodeOf(err), "callers learn nothing more")
}

func TestCan_AnAdminHoldsEveryStaffRoleAndALeadTheModerators(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		has, asked account.Role
		want       bool
	}{
		{account.Moderator, account.Moderator, true}, {account.Moderator, account.Creative, false},
		{account.Moderator, account.Admin, false}, {account.Creative, account.Moderator, false},
		{account.Lead, account.Moderator, true}, {account.Moderator, account.Lead, false},
		{account.Lead, account.Admin, false}, {account.Lead, account.Creative, false},
		{account.Admin, account.Lead, true}, {account.Admin, account.Moderator, true},
		{account.Admin, account.Creative, true},
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
		"a long password":   {"user.password", "ben@example.com", strings.Repeat("xy z", 65), moderator},
		"a weak password":   {"user.password_weak", "ben@example.com", "password1234", moderator},
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
	p, err := env.BySession(t.Context(), token, true)
	require.NoError(t, err)
	require.NotEmpty(t, p.Session)
	require.Equal(t, &account.Principal{ID: u.ID, Name: "Ana", Roles: u.Roles, Session: p.Session, Person: true}, p)
	_, err = env.CreateUser(t.Context(), "ben@example.com", "", "", u.Roles)
	require.NoError(t, err)
	for name, c := range map[string][2]string{
		"a wrong password": {"ana@example.com", "wrong horse battery"}, "nobody": {"eve@example.com", password},
		"a user without a password": {"ben@example.com", ""}, "an id": {u.ID, password},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := env.SignIn(t.Context(), c[0], c[1], account.Browser{})
			wantUnauthorized(t, err)
		})
	}
	require.NoError(t, env.SignOut(t.Context(), token))
	require.NoError(t, env.SignOut(t.Context(), token), "twice is once")
	_, err = env.BySession(t.Context(), token, true)
	wantUnauthorized(t, err)
}

func TestDisabledUsersAreOutForGood(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	u, token := env.moderator(t)
	link, _, err := env.NewLink(t.Context(), u.ID)
	require.NoError(t, err)
	key, _, err := env.CreateKey(t.Context(), account.NewKey{Role: account.Moderator, Owner: u.ID})
	require.NoError(t, err)
	disable := func(yes bool) {
		t.Helper()
		_, _, err := env.UpdateUser(t.Context(), u.Email, account.UserChange{Disabled: &yes}, "")
		require.NoError(t, err)
	}
	out := func() {
		t.Helper()
		_, err := env.BySession(t.Context(), token, true)
		wantUnauthorized(t, err)
		_, _, err = env.UseLink(t.Context(), link, account.Browser{})
		wantUnauthorized(t, err)
		_, err = env.ByKey(t.Context(), key)
		wantUnauthorized(t, err)
	}
	disable(true)
	out()
	_, _, err = env.SignIn(t.Context(), u.Email, password, account.Browser{})
	wantUnauthorized(t, err)
	_, _, err = env.NewLink(t.Context(), u.ID)
	require.True(t, fault.Is(err, "user.disabled"), err)
	disable(false)
	out()
	_, _, err = env.SignIn(t.Context(), u.Email, password, account.Browser{})
	require.NoError(t, err, "and in again by signing in")
}

func TestUpdateUser_NobodyLocksThemselvesOut(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	admin, err := env.CreateUser(t.Context(), "root@example.com", "", "", []account.Role{account.Admin})
	require.NoError(t, err)
	yes := true
	for name, ch := range map[string]account.UserChange{
		"disable": {Disabled: &yes}, "demote": {Roles: []account.Role{account.Moderator}},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := env.UpdateUser(t.Context(), admin.ID, ch, admin.ID)
			require.True(t, fault.Is(err, "user.self"), err)
		})
	}
	before, after, err := env.UpdateUser(t.Context(), admin.ID,
		account.UserChange{Roles: []account.Role{account.Creative}}, "another")
	require.NoError(t, err)
	require.Equal(t, []account.Role{account.Admin}, before.Roles)
	require.Equal(t, []account.Role{account.Creative}, after.Roles)
	_, _, err = env.UpdateUser(t.Context(), admin.ID, account.UserChange{Roles: []account.Role{account.System}}, "")
	require.True(t, fault.Is(err, "user.invalid"), err)
}

func TestKeys(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	secret, k, err := env.CreateKey(t.Context(), account.NewKey{Role: account.Creative})
	require.NoError(t, err)
	require.True(t, account.IsKey(secret))
	require.False(t, account.IsKey(account.NewToken()))
	require.NotContains(t, k.Hash, secret)
	p, err := env.ByKey(t.Context(), secret)
	require.NoError(t, err)
	require.Equal(t, &account.Principal{
		ID: k.ID, Name: "creative key", Roles: []account.Role{account.Creative}, Key: k.ID,
	}, p, "a key without an owner is no person")
	require.NoError(t, env.RevokeKey(t.Context(), k.ID))
	_, err = env.ByKey(t.Context(), secret)
	wantUnauthorized(t, err)
	require.True(t, fault.Is(env.RevokeKey(t.Context(), k.ID), "key.unknown"))
	all, err := env.Keys(t.Context())
	require.NoError(t, err)
	require.Len(t, all, 1, "revoked keys stay listed")
	require.Equal(t, env.Now, all[0].RevokedAt)
	require.Equal(t, env.Now, all[0].UsedAt)
	_, _, err = env.CreateKey(t.Context(), account.NewKey{Role: account.System})
	require.True(t, fault.Is(err, "key.invalid"), err)
}

func TestKeys_ActAsTheirOwnerWhileTheOwnerHoldsTheRole(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	u, _ := env.moderator(t)
	_, _, err := env.CreateKey(t.Context(), account.NewKey{Role: account.Creative, Owner: u.ID})
	require.True(t, fault.Is(err, "key.invalid"), "the owner is no creative: %v", err)
	secret, k, err := env.CreateKey(t.Context(), account.NewKey{Name: "bot", Role: account.Moderator, Owner: u.Email})
	require.NoError(t, err)
	p, err := env.ByKey(t.Context(), secret)
	require.NoError(t, err)
	require.Equal(t, &account.Principal{
		ID: u.ID, Name: "Ana (bot)", Roles: []account.Role{account.Moderator}, Key: k.ID, Person: true,
	}, p)
	_, _, err = env.UpdateUser(t.Context(), u.ID, account.UserChange{Roles: []account.Role{account.Creative}}, "")
	require.NoError(t, err)
	_, err = env.ByKey(t.Context(), secret)
	wantUnauthorized(t, err)
}

func TestKeys_End(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	const year = 365 * 24 * time.Hour
	for name, ends := range map[string]time.Duration{
		"now": 0, "in the past": -time.Hour, "too late": year + time.Second,
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := env.CreateKey(t.Context(),
				account.NewKey{Role: account.Moderator, Expires: env.Now.Add(ends)})
			require.True(t, fault.Is(err, "key.expiry"), err)
		})
	}
	for name, ends := range map[string]time.Duration{"by default": 0, "as asked": time.Hour} {
		t.Run(name, func(t *testing.T) {
			n := account.NewKey{Role: account.Moderator}
			if ends != 0 {
				n.Expires = env.Now.Add(ends)
			}
			secret, k, err := env.CreateKey(t.Context(), n)
			require.NoError(t, err)
			env.Advance(k.ExpiresAt.Sub(env.Now) - time.Second)
			_, err = env.ByKey(t.Context(), secret)
			require.NoError(t, err)
			env.Advance(time.Second)
			_, err = env.ByKey(t.Context(), secret)
			require.True(t, fault.Is(err, "key.expired"), err)
		})
	}
}
