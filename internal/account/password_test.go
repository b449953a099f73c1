package account_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
)

func TestPasswords_RefuseWhatAttackersTryFirst(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	env := account.NewService(e.DB, e.Clock, account.Options{
		Words: func(context.Context) ([]string, error) { return []string{"thatsongwhen", "That song when"}, nil },
	})
	for name, c := range map[string]struct{ code, password string }{
		"short":                    {"user.password", "kq7#Zvw9mTp"},
		"long":                     {"user.password", strings.Repeat("kq7#", 65)},
		"not text":                 {"user.password", "kq7#Zvw9mT\x00pq"},
		"one character":            {"user.password_weak", "aaaaaaaaaaaa"},
		"a short unit repeated":    {"user.password_weak", strings.Repeat("xk3", 20)},
		"an ascending row":         {"user.password_weak", "123456789012"},
		"a row of keys":            {"user.password_weak", "qwertyuiop12"},
		"a row backwards":          {"user.password_weak", "poiuytrewq21"},
		"columns of keys":          {"user.password_weak", "1qaz2wsx3edc"},
		"a common one":             {"user.password_weak", "mailcreated5240"},
		"a common one with a tail": {"user.password_weak", "password1234"},
		"in leet":                  {"user.password_weak", "P@ssw0rd2026!"},
		"in accents":               {"user.password_weak", "pässwörd2026!"},
		"in full width":            {"user.password_weak", "ｐａｓｓｗｏｒｄ１２３４"},
		"two common ones":          {"user.password_weak", "monkeydragon1"},
		"numbers between dashes":   {"user.password_weak", "password-1234-5678"},
		"two around a separator":   {"user.password_weak", "monkey.dragon.1990"},
		"separators inside":        {"user.password_weak", "p-a-s-s-w-o-r-d"},
		"several separators":       {"user.password_weak", "pass_wor-d/12.34"},
		"a Cyrillic one twice":     {"user.password_weak", "парольпароль"},
		"Cyrillic and a year":      {"user.password_weak", "привет_пароль-2026"},
		"a Cyrillic row of keys":   {"user.password_weak", "йцукенгшщзхъ"},
		"on the other layout":      {"user.password_weak", "зфыыцщкв1234"},
		"a common one twice":       {"user.password_weak", "letmeinletmein"},
		"the product":              {"user.password_weak", "Storyreel2026!"},
		"a campaign":               {"user.password_weak", "ThatSongWhen1!"},
		"a campaign's words":       {"user.password_weak", "that song when"},
		"the address":              {"user.password_weak", "ben@example.com"},
		"the name":                 {"user.password_weak", "Benvolio-1999"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := env.CreateUser(t.Context(), "ben@example.com", "Benvolio", c.password,
				[]account.Role{account.Moderator})
			require.True(t, fault.Is(err, c.code), err)
		})
	}
}

func TestPasswords_OfAnyScriptAndLengthSignIn(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	for name, p := range map[string]string{
		"four words":          "orbit velvet candle thursday",
		"three words":         "velvet-candle-orbit",
		"random":              "kq7#Zvw9mTpX",
		"40 accented letters": "žluťoučkýkůňúpělďábelskéódyčšřžýáíéúůďťň",
		"another script":      "сегодня вечером дождь",
		"longer than bcrypt":  strings.Repeat("orbit velvet candle ", 12),
		"outer spaces":        " orbit velvet candle ",
	} {
		t.Run(name, func(t *testing.T) {
			email := strings.ReplaceAll(name, " ", "-") + "@example.com"
			_, err := env.CreateUser(t.Context(), email, "", p, []account.Role{account.Moderator})
			require.NoError(t, err)
			_, _, err = env.SignIn(t.Context(), email, p, account.Browser{})
			require.NoError(t, err)
			_, _, err = env.SignIn(t.Context(), email, p[:len(p)-1], account.Browser{})
			wantUnauthorized(t, err)
		})
	}
}

func TestPasswords_AreTheSameHoweverAccentsAreTyped(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	composed, decomposed := "caf\u00e9 velvet orbit", "cafe\u0301 velvet orbit"
	_, err := env.CreateUser(t.Context(), "ben@example.com", "", composed, []account.Role{account.Moderator})
	require.NoError(t, err)
	_, _, err = env.SignIn(t.Context(), "ben@example.com", decomposed, account.Browser{})
	require.NoError(t, err)
}

func TestPasswords_OldHashesAreReplacedAtSignIn(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	u, _ := env.moderator(t)
	old, err := bcrypt.GenerateFromPassword([]byte("short, but set long ago"), bcrypt.MinCost)
	require.NoError(t, err)
	require.NoError(t, env.DB.SetPassword(t.Context(), u.ID, string(old), ""))
	for range 2 {
		_, _, err = env.SignIn(t.Context(), u.Email, "another", account.Browser{})
		wantUnauthorized(t, err)
		_, _, err = env.SignIn(t.Context(), u.Email, "short, but set long ago", account.Browser{})
		require.NoError(t, err)
		stored, err := env.User(t.Context(), u.ID)
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(stored.PasswordHash, "$argon2id$v=19$m=19456,t=2,p=1$"))
	}
}

// wait is how long sign-ins pause, from the error; zero for another error.
func wait(t *testing.T, err error) time.Duration {
	t.Helper()
	if !fault.Is(err, "auth.backoff") {
		return 0
	}
	require.Equal(t, fault.TooMany, fault.KindOf(err))
	seconds, ok := fault.As(err).Facts["retry_after"].(int64)
	require.True(t, ok)
	return time.Duration(seconds) * time.Second
}

func TestSignIn_WrongPasswordsPauseAnAccountLongerAndLonger(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	env.moderator(t)
	for _, email := range []string{"ana@example.com", "nobody@example.com"} {
		t.Run(email, func(t *testing.T) {
			try := func(p string) error {
				_, _, err := env.SignIn(t.Context(), email, p, account.Browser{})
				return err
			}
			for range 5 {
				wantUnauthorized(t, try("wrong horse battery"))
			}
			for _, want := range []time.Duration{
				30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 15 * time.Minute,
				15 * time.Minute,
			} {
				require.Equal(t, want, wait(t, try("wrong horse battery")), "an unknown account pauses alike")
				require.Equal(t, want, wait(t, try(password)), "nor is the right password checked")
				env.Advance(want)
				wantUnauthorized(t, try("wrong horse battery"))
			}
			env.Advance(15 * time.Minute)
			if email == "ana@example.com" {
				require.NoError(t, try(password), "never locked out for good")
				for range 5 {
					wantUnauthorized(t, try("wrong horse battery"))
				}
			}
			env.Advance(24 * time.Hour)
			for range 5 {
				wantUnauthorized(t, try("wrong horse battery"))
			}
		})
	}
}

func TestSignIn_LinksWorkDuringThePause(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	u, _ := env.moderator(t)
	for range 5 {
		_, _, err := env.SignIn(t.Context(), u.Email, "wrong horse battery", account.Browser{})
		wantUnauthorized(t, err)
	}
	link, _, err := env.NewLink(t.Context(), u.ID)
	require.NoError(t, err)
	_, _, err = env.UseLink(t.Context(), link, account.Browser{})
	require.NoError(t, err)
}

func TestSignIn_ParallelGuessesCountEach(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	env.moderator(t)
	var checked atomic.Int64
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			_, _, err := env.SignIn(context.Background(), "ana@example.com", "wrong horse battery", account.Browser{})
			if fault.Is(err, "auth.invalid") {
				checked.Add(1)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 5, checked.Load())
}

func TestChangePassword(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	u, desk := env.moderator(t)
	phone := env.signIn(t, account.Browser{})
	const next = "orbit velvet candle"
	require.True(t, fault.Is(env.ChangePassword(t.Context(), desk, "", next), "auth.recent"))
	wantUnauthorized(t, env.ChangePassword(t.Context(), desk, "wrong horse battery", next))
	require.True(t, fault.Is(env.ChangePassword(t.Context(), desk, password, "password1234"), "user.password_weak"))
	require.True(t, env.in(t, phone))
	require.NoError(t, env.ChangePassword(t.Context(), desk, password, next))
	require.True(t, env.in(t, desk))
	require.False(t, env.in(t, phone), "other sessions end")
	_, _, err := env.SignIn(t.Context(), u.Email, password, account.Browser{})
	wantUnauthorized(t, err)
	_, _, err = env.SignIn(t.Context(), u.Email, next, account.Browser{})
	require.NoError(t, err)
	for range 5 {
		err = env.ChangePassword(t.Context(), desk, "wrong horse battery", next)
	}
	wantUnauthorized(t, err)
	require.NotZero(t, wait(t, env.ChangePassword(t.Context(), desk, next, password)), "guesses count here, too")
}

func TestResetPassword_ByALinkWithinAQuarterOfAnHour(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	u, desk := env.moderator(t)
	_, err := env.ResetPassword(t.Context(), u.ID)
	require.NoError(t, err)
	require.False(t, env.in(t, desk))
	_, _, err = env.SignIn(t.Context(), u.Email, password, account.Browser{})
	wantUnauthorized(t, err)
	byLink := func() string {
		link, _, err := env.NewLink(t.Context(), u.ID)
		require.NoError(t, err)
		token, _, err := env.UseLink(t.Context(), link, account.Browser{})
		require.NoError(t, err)
		return token
	}
	late := byLink()
	env.Advance(15 * time.Minute)
	require.True(t, fault.Is(env.ChangePassword(t.Context(), late, "", password), "auth.recent"))
	require.NoError(t, env.ChangePassword(t.Context(), byLink(), "", password))
	require.False(t, env.in(t, late))
	env.signIn(t, account.Browser{})
}
