package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
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
