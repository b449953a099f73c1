package account_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
)

// protected is a moderator with an authenticator app.
type protected struct {
	*env
	user     *account.User
	secret   string
	recovery []string
}

func newProtected(t *testing.T) *protected {
	t.Helper()
	e := newEnv(t)
	u, token := e.moderator(t)
	key, err := e.NewFactor(t.Context(), token, password)
	require.NoError(t, err)
	p := &protected{env: e, user: u, secret: key.Secret()}
	p.recovery, err = e.ConfirmFactor(t.Context(), token, p.code(t))
	require.NoError(t, err)
	require.Len(t, p.recovery, 10)
	p.Advance(30 * time.Second) // a code works once
	return p
}

// code is what the app shows now.
func (p *protected) code(t *testing.T) string {
	t.Helper()
	c, err := totp.GenerateCode(p.secret, p.Now)
	require.NoError(t, err)
	return c
}

func (p *protected) signIn(t *testing.T, code string) error {
	t.Helper()
	_, _, err := p.SignIn(t.Context(), p.user.Email, password, account.Browser{Code: code})
	return err
}

func TestFactor_IsAskedForAfterThePassword(t *testing.T) {
	t.Parallel()
	p := newProtected(t)
	require.True(t, fault.Is(p.signIn(t, ""), "auth.code_needed"))
	require.True(t, fault.Is(p.signIn(t, "000000x"), "auth.code"))
	_, _, err := p.SignIn(t.Context(), p.user.Email, "wrong horse battery", account.Browser{Code: p.code(t)})
	wantUnauthorized(t, err)
	code := p.code(t)
	require.NoError(t, p.signIn(t, " "+code[:3]+" "+code[3:]+" "))
	require.True(t, fault.Is(p.signIn(t, code), "auth.code"), "a code works once")
	p.Advance(30 * time.Second)
	late := p.code(t)
	p.Advance(30 * time.Second)
	require.NoError(t, p.signIn(t, late), "clocks differ, people type slowly")
	p.Advance(5 * time.Minute)
	old := p.code(t)
	p.Advance(61 * time.Second)
	require.True(t, fault.Is(p.signIn(t, old), "auth.code"))
}

func TestFactor_CodesCannotBeGuessed(t *testing.T) {
	t.Parallel()
	p := newProtected(t)
	for range 5 {
		require.True(t, fault.Is(p.signIn(t, "000000x"), "auth.code"))
	}
	require.True(t, fault.Is(p.signIn(t, p.code(t)), "auth.backoff"), "the right one neither")
	link, _, err := p.NewLink(t.Context(), p.user.ID)
	require.NoError(t, err)
	_, _, err = p.UseLink(t.Context(), link, account.Browser{Code: p.code(t)})
	require.True(t, fault.Is(err, "auth.backoff"), "by another way neither")
	p.Advance(15 * time.Minute)
	require.NoError(t, p.signIn(t, p.code(t)))
}

func TestFactor_ALinkNeedsItAndIsNotSpentWithout(t *testing.T) {
	t.Parallel()
	p := newProtected(t)
	link, _, err := p.NewLink(t.Context(), p.user.ID)
	require.NoError(t, err)
	_, _, err = p.UseLink(t.Context(), link, account.Browser{})
	require.True(t, fault.Is(err, "auth.code_needed"), err)
	_, _, err = p.UseLink(t.Context(), link, account.Browser{Code: "000000x"})
	require.True(t, fault.Is(err, "auth.code"), err)
	_, _, err = p.UseLink(t.Context(), link, account.Browser{Code: p.code(t)})
	require.NoError(t, err)
}

func TestFactor_RecoveryCodesWorkOnceEach(t *testing.T) {
	t.Parallel()
	p := newProtected(t)
	require.NoError(t, p.signIn(t, p.recovery[0]))
	require.True(t, fault.Is(p.signIn(t, p.recovery[0]), "auth.code"))
	require.NoError(t, p.signIn(t, " "+strings.ToUpper(strings.ReplaceAll(p.recovery[1], "-", " "))))
	f, err := p.Factor(t.Context(), p.user.ID)
	require.NoError(t, err)
	require.Len(t, f.Recovery, 8)
	require.NotContains(t, f.Recovery, p.recovery[2], "only hashes are kept")

	var in atomic.Int32
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if p.signIn(t, p.recovery[2]) == nil {
				in.Add(1)
			}
		})
	}
	all.Wait()
	require.LessOrEqual(t, in.Load(), int32(1), "at once")
}

func TestFactor_IsSetUpByItsOwnerAndRemovedByACode(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	u, token := e.moderator(t)
	_, err := e.NewFactor(t.Context(), token, "")
	require.True(t, fault.Is(err, "auth.recent"), err)
	_, err = e.NewFactor(t.Context(), token, "wrong horse battery")
	wantUnauthorized(t, err)
	key, err := e.NewFactor(t.Context(), token, password)
	require.NoError(t, err)
	_, _, err = e.SignIn(t.Context(), u.Email, password, account.Browser{})
	require.NoError(t, err, "not in force before its first code")
	_, err = e.ConfirmFactor(t.Context(), token, "000000x")
	require.True(t, fault.Is(err, "auth.code"), err)
	other, _, err := e.SignIn(t.Context(), u.Email, password, account.Browser{})
	require.NoError(t, err)
	code, err := totp.GenerateCode(key.Secret(), e.Now)
	require.NoError(t, err)
	_, err = e.ConfirmFactor(t.Context(), token, code)
	require.NoError(t, err)
	_, err = e.BySession(t.Context(), other, false)
	wantUnauthorized(t, err)
	_, err = e.NewFactor(t.Context(), token, password)
	require.True(t, fault.Is(err, "factor.exists"), err)

	require.True(t, fault.Is(e.RemoveFactor(t.Context(), token, code), "auth.code"), "it was used")
	e.Advance(30 * time.Second)
	code, err = totp.GenerateCode(key.Secret(), e.Now)
	require.NoError(t, err)
	require.NoError(t, e.RemoveFactor(t.Context(), token, code))
	_, _, err = e.SignIn(t.Context(), u.Email, password, account.Browser{})
	require.NoError(t, err)
}

func TestFactor_OfALostPhoneIsReset(t *testing.T) {
	t.Parallel()
	p := newProtected(t)
	token, _, err := p.SignIn(t.Context(), p.user.Email, password, account.Browser{Code: p.code(t)})
	require.NoError(t, err)
	_, err = p.ResetFactor(t.Context(), p.user.ID)
	require.NoError(t, err)
	_, err = p.BySession(t.Context(), token, false)
	wantUnauthorized(t, err)
	require.NoError(t, p.signIn(t, ""))
}
