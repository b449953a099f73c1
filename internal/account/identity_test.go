package account_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
)

func TestSignInAs_IdentitiesOfTwoProvidersAreNotMixed(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	ana, _ := env.moderator(t)
	ben, err := env.CreateUser(t.Context(), "ben@example.com", "Ben", "", []account.Role{account.Creative})
	require.NoError(t, err)
	in := func(issuer, subject, email string) string {
		_, p, _, err := env.SignInAs(t.Context(), account.Identity{
			Issuer: issuer, Subject: subject, Email: email, Verified: true,
		}, account.Browser{})
		require.NoError(t, err)
		return p.ID
	}
	require.Equal(t, ana.ID, in("https://a.example", "1", ana.Email))
	require.Equal(t, ben.ID, in("https://b.example", "1", ben.Email), "the same subject at another provider")
	require.Equal(t, ana.ID, in("https://b.example", "2", ana.Email), "a user at both")
	require.Equal(t, ana.ID, in("https://a.example", "1", ben.Email), "the subject counts, not the address")
}

func TestSignInAs_AddressesAreTakenAsTheyAre(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	env.moderator(t)
	for _, email := range []string{"", "Ana <ana@example.com>", "ana@example.com, ben@example.com", "ana", "@"} {
		_, _, _, err := env.SignInAs(t.Context(), account.Identity{
			Issuer: "https://a.example", Subject: "1", Email: email, Verified: true,
		}, account.Browser{})
		require.True(t, fault.Is(err, "auth.email_unverified"), "%q: %v", email, err)
	}
}

func TestPasswords_CanBeTurnedOff(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	u, token := env.moderator(t)
	off := account.NewService(env.DB, env.Clock, account.Options{NoPasswords: true})
	_, _, err := off.SignIn(t.Context(), u.Email, password, account.Browser{})
	require.True(t, fault.Is(err, "auth.passwords_off"), err)
	_, err = off.CreateUser(t.Context(), "ben@example.com", "", "orbit velvet candle", u.Roles)
	require.True(t, fault.Is(err, "auth.passwords_off"), err)
	require.True(t, fault.Is(off.ChangePassword(t.Context(), token, password, "orbit velvet candle"),
		"auth.passwords_off"))
	link, _, err := off.NewLink(t.Context(), u.ID)
	require.NoError(t, err)
	_, _, err = off.UseLink(t.Context(), link, account.Browser{})
	require.NoError(t, err, "the way in for whoever runs the service")
}
