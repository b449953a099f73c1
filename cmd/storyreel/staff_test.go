package main

import (
	"encoding/json"
	"io"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/audit"
)

func TestUser_PasswordComesFromStandardInput(t *testing.T) {
	t.Parallel()
	vars := environment(t)
	r := runWith(t, vars, "short\n", "user", "create", "ann@example.com", "--role", "admin", "--password")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.stderr, "(user.")
	r = runWith(t, vars, "correct horse battery\n", "user", "create", "ann@example.com", "--role", "admin",
		"--password")
	require.Zero(t, r.code, r.stderr)
	r = runWith(t, vars, "", "user", "list")
	require.Contains(t, r.stdout, "ann@example.com")
	r = runWith(t, vars, "", "user", "disable", "Ann@example.com")
	require.Zero(t, r.code, r.stderr)
	require.Contains(t, runWith(t, vars, "", "user", "list").stdout, "disabled")
	r = runWith(t, vars, "", "user", "link", "nobody@example.com")
	require.Equal(t, 1, r.code)
}

func TestKey_IsShownOnce(t *testing.T) {
	t.Parallel()
	vars := environment(t)
	r := runWith(t, vars, "", "key", "create", "--role", "moderator", "--name", "Ben", "--json")
	require.Zero(t, r.code, r.stderr)
	var made struct{ Key, ID string }
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &made))
	require.True(t, strings.HasPrefix(made.Key, "srk_"))
	list := runWith(t, vars, "", "key", "list").stdout
	require.Contains(t, list, made.ID)
	require.NotContains(t, list, made.Key)
	require.Zero(t, runWith(t, vars, "", "key", "revoke", made.ID).code)
}

func TestKey_ActsAsAUserAndEnds(t *testing.T) {
	t.Parallel()
	vars := environment(t)
	require.Zero(t, runWith(t, vars, "", "user", "create", "ann@example.com", "--role", "creative").code)
	r := runWith(t, vars, "", "key", "create", "--role", "moderator", "--user", "ann@example.com")
	require.Contains(t, r.stderr, "(key.invalid)", "she is no moderator")
	require.Zero(t, runWith(t, vars, "", "user", "role", "ann@example.com", "--role", "moderator").code)
	r = runWith(t, vars, "", "key", "create", "--role", "moderator", "--user", "Ann@example.com", "--expires", "1h")
	require.Zero(t, r.code, r.stderr)
	r = runWith(t, vars, "", "key", "create", "--role", "moderator", "--expires", "10000h")
	require.Contains(t, r.stderr, "(key.expiry)")
}

func TestStaff_CommandsAreInTheAuditTrail(t *testing.T) {
	t.Parallel()
	me, err := user.Current()
	require.NoError(t, err)
	vars := environment(t)
	for _, args := range [][]string{
		{"user", "create", "ann@example.com", "--role", "admin"}, {"user", "link", "ann@example.com", "--reset"},
		{"user", "disable", "ann@example.com"}, {"key", "create", "--role", "moderator"},
		{"campaign", "create", "songs"}, {"campaign", "set", "songs", "--zone", "Europe/Berlin"},
	} {
		r := runWith(t, vars, "", args...)
		require.Zero(t, r.code, r.stderr)
	}
	b, err := openBase(&env{t.Context(), nil, io.Discard, io.Discard, vars})
	require.NoError(t, err)
	defer func() { require.NoError(t, b.close()) }()
	p, err := b.audit.List(t.Context(), audit.Filter{}, nil, 100)
	require.NoError(t, err)
	var actions []string
	for _, l := range p.Items {
		actions = append(actions, l.Action)
		require.Equal(t, "command line", l.Actor.Name)
		require.Equal(t, me.Username, l.Details["os_user"])
	}
	require.Equal(t, []string{
		"campaign.changed", "campaign.created", "key.created", "user.changed", "link.created", "user.created",
	}, actions)

	r := runWith(t, vars, "", "trail", "verify")
	require.Zero(t, r.code, r.stderr)
	require.Contains(t, r.stdout, "6 lines, 1 to 6, follow from each other")
	anchor := r.stdout[strings.Index(r.stdout, "6:"):]
	require.Zero(t, runWith(t, vars, "", "trail", "verify", "--anchor", strings.TrimSpace(anchor)).code)
	r = runWith(t, vars, "", "trail", "verify", "--anchor", "6:"+strings.Repeat("0", 64))
	require.Equal(t, 1, r.code)
	require.Contains(t, r.stdout, "BROKEN after line 5: line 6 is not the one whose hash was kept")
	require.NotZero(t, runWith(t, vars, "", "trail", "verify", "--anchor", "6").code)
	require.Equal(t, `"UTC" → "Europe/Berlin"`, p.Items[0].Details["zone"])
}

func TestConfig_PrintsNoCredentials(t *testing.T) {
	t.Parallel()
	vars := append(environment(t), "STORYREEL_SONGS_URL=https://u:hunter2@songs.example/?key=hunter2",
		"STORYREEL_S3_ENDPOINT=http://key:hunter2@127.0.0.1:1",
		"STORYREEL_DATABASE_URL=postgres://app@127.0.0.1:1/s?sslpassword=hunter2&password=hunter2",
		"STORYREEL_REDIS_URL=redis://:hunter2@127.0.0.1:1/0")
	for _, args := range [][]string{
		{"config"}, {"config", "--json"}, {"doctor"}, {"doctor", "--json"}, {"migrate"}, {"serve"}, {"key", "list"},
		{"doctor", "--embed", "http://127.0.0.1:1"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Parallel()
			r := runWith(t, vars, "", args...)
			require.NotContains(t, r.stdout+r.stderr, "hunter2")
			if args[0] == "config" {
				require.Contains(t, r.stdout, "songs.example", "the host is shown")
			}
		})
	}
}

func TestCampaign_FlagsChangeOnlyWhatTheyName(t *testing.T) {
	t.Parallel()
	vars := environment(t)
	r := runWith(t, vars, "", "campaign", "create", "songs", "--title", "Songs", "--slot", "tv", "--slot", "web")
	require.Zero(t, r.code, r.stderr)
	require.Contains(t, r.stdout, "https://stories.example/c/songs\n")
	require.Zero(t, runWith(t, vars, "", "campaign", "set", "songs", "--title", "New").code)
	list := runWith(t, vars, "", "campaign", "list").stdout
	require.Regexp(t, `songs\s+New\s+.+open-ended\s+tv web`, list)
	form := filepath.Join(t.TempDir(), "form.txt")
	require.NoError(t, os.WriteFile(form, []byte("You may use my video in advertising."), 0o600))
	for _, version := range []string{"version 1,", "version 2,"} {
		require.Contains(t, runWith(t, vars, "", "campaign", "release", "songs", form).stdout, version)
	}
}

func TestCampaign_StandingAndCopy(t *testing.T) {
	t.Parallel()
	vars := environment(t)
	run := func(args ...string) string {
		t.Helper()
		r := runWith(t, vars, "", append([]string{"campaign"}, args...)...)
		require.Zero(t, r.code, r.stderr)
		return r.stdout
	}
	form := filepath.Join(t.TempDir(), "form.txt")
	require.NoError(t, os.WriteFile(form, []byte("You may use my video in advertising."), 0o600))
	run("create", "songs", "--title", "Songs", "--slot", "tv")
	run("release", "songs", form)
	for _, c := range []struct{ command, standing string }{
		{"pause", "paused"}, {"archive", "archived"}, {"resume", "live"}, {"archive", "archived"},
	} {
		run(c.command, "songs")
		require.Regexp(t, `(?m)^songs\s+Songs\s+`+c.standing+`\s`, run("list"))
		r := runWith(t, vars, "", "campaign", c.command, "nope")
		require.NotZero(t, r.code)
		require.Contains(t, r.stderr, "(campaign.unknown)")
	}

	require.Equal(t, "https://stories.example/c/again\n", run("copy", "songs", "again", "--title", "Again"))
	require.Regexp(t, `(?m)^again\s+Again\s+live\s.+\stv`, run("list"))
	require.Contains(t, run("release", "again", form), "version 2,", "the copy has the form as version 1")
	r := runWith(t, vars, "", "campaign", "copy", "songs", "again")
	require.NotZero(t, r.code)
	require.Contains(t, r.stderr, "(campaign.exists)")

	b, err := openBase(&env{t.Context(), nil, io.Discard, io.Discard, vars})
	require.NoError(t, err)
	defer func() { require.NoError(t, b.close()) }()
	p, err := b.audit.List(t.Context(), audit.Filter{}, nil, 4)
	require.NoError(t, err)
	var done []string
	for _, l := range p.Items {
		done = append(done, l.Action+" "+l.Target)
	}
	require.Contains(t, done, "campaign.created again")
	require.Contains(t, done, "campaign.changed songs")
}
