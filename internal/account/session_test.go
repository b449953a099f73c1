package account_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
)

// signIn opens one more session of Ana's.
func (e *env) signIn(t *testing.T, from account.Browser) string {
	t.Helper()
	token, _, err := e.SignIn(t.Context(), "ana@example.com", password, from)
	require.NoError(t, err)
	return token
}

// in reports whether the session is in force.
func (e *env) in(t *testing.T, token string) bool {
	t.Helper()
	_, err := e.BySession(t.Context(), token, true)
	if err != nil {
		wantUnauthorized(t, err)
	}
	return err == nil
}

func TestSessions_EndAfterTheirLifetimeHoweverBusy(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	_, token := env.moderator(t)
	for range 23 {
		env.Advance(30 * time.Minute)
		require.True(t, env.in(t, token))
	}
	env.Advance(30*time.Minute - time.Second)
	require.True(t, env.in(t, token))
	env.Advance(time.Second)
	require.False(t, env.in(t, token), "after 12 hours")
}

func TestSessions_EndWhenIdle(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	u, token := env.moderator(t)
	env.Advance(59 * time.Minute)
	require.True(t, env.in(t, token), "a request renews it")
	env.Advance(time.Hour - time.Second)
	require.True(t, env.in(t, token))
	env.Advance(30 * time.Minute)
	_, err := env.BySession(t.Context(), token, false)
	require.NoError(t, err)
	env.Advance(30 * time.Minute) // a look at it does not renew it
	list, err := env.Sessions(t.Context(), u.ID)
	require.NoError(t, err)
	require.Empty(t, list, "an idle session is not listed as one in force")
	require.False(t, env.in(t, token))
	require.NoError(t, env.Sweep(t.Context()))
	rows, err := env.DB.Sessions(t.Context(), u.ID, env.Now)
	require.NoError(t, err)
	require.Empty(t, rows, "the sweep deletes it")
}

func TestSignIn_EndsTheSessionItReplaces(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	u, first := env.moderator(t)
	second := env.signIn(t, account.Browser{Session: first})
	require.False(t, env.in(t, first))
	link, _, err := env.NewLink(t.Context(), u.ID)
	require.NoError(t, err)
	third, _, err := env.UseLink(t.Context(), link, account.Browser{Session: second})
	require.NoError(t, err)
	require.False(t, env.in(t, second))
	_, _, err = env.SignIn(t.Context(), u.Email, "wrong horse battery", account.Browser{Session: third})
	wantUnauthorized(t, err)
	require.True(t, env.in(t, third), "a sign-in that fails replaces nothing")
}

func TestSessions_AreListedAndEndedByTheirUser(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	u, phone := env.moderator(t)
	env.Advance(time.Minute)
	desk := env.signIn(t, account.Browser{Device: "Firefox"})
	list, err := env.Sessions(t.Context(), u.ID)
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Equal(t, "Firefox", list[0].Device)
	require.True(t, fault.Is(env.EndSession(t.Context(), "another", list[1].ID), "session.unknown"),
		"nobody ends another user's session")
	require.NoError(t, env.EndSession(t.Context(), u.ID, list[1].ID))
	require.False(t, env.in(t, phone))
	require.True(t, env.in(t, desk))
	link, _, err := env.NewLink(t.Context(), u.ID)
	require.NoError(t, err)
	n, err := env.EndSessions(t.Context(), u.ID)
	require.NoError(t, err)
	require.EqualValues(t, 2, n, "the session and the link")
	require.False(t, env.in(t, desk))
	_, _, err = env.UseLink(t.Context(), link, account.Browser{})
	wantUnauthorized(t, err)
}

func TestLinks_SignInOnceWithinTenMinutes(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	u, session := env.moderator(t)
	newLink := func() string {
		t.Helper()
		link, until, err := env.NewLink(t.Context(), u.ID)
		require.NoError(t, err)
		require.Equal(t, env.Now.Add(10*time.Minute), until)
		return link
	}
	link := newLink()
	require.False(t, env.in(t, link), "a link is no session")
	_, _, err := env.UseLink(t.Context(), session, account.Browser{})
	wantUnauthorized(t, err) // and the reverse
	token, p, err := env.UseLink(t.Context(), link, account.Browser{})
	require.NoError(t, err)
	require.Equal(t, u.ID, p.ID)
	require.True(t, env.in(t, token))
	_, _, err = env.UseLink(t.Context(), link, account.Browser{})
	wantUnauthorized(t, err)
	late := newLink()
	env.Advance(10 * time.Minute)
	_, _, err = env.UseLink(t.Context(), late, account.Browser{})
	wantUnauthorized(t, err)
	_, _, err = env.NewLink(t.Context(), "eve@example.com")
	require.True(t, fault.Is(err, "user.unknown"), err)
}
