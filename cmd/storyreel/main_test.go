package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/config"
)

// outcome is what a command leaves behind.
type outcome struct {
	code           int
	stdout, stderr string
}

// environment is that of a machine where nothing but the data folder, one of
// the test's own, is configured.
func environment(t *testing.T) []string {
	t.Helper()
	return []string{"STORYREEL_DATA=" + t.TempDir(), "STORYREEL_PUBLIC_URL=https://stories.example"}
}

// runWith runs a command line as the process would.
func runWith(t *testing.T, vars []string, stdin string, args ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(env{t.Context(), strings.NewReader(stdin), &stdout, &stderr, vars}, args)
	return outcome{code, stdout.String(), stderr.String()}
}

func TestRun_HelpIsShownWhenAskedForOrWithoutACommand(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{"flag": {"--help"}, "nothing": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := runWith(t, nil, "", args...)
			require.Zero(t, r.code)
			require.Contains(t, r.stdout, "Usage: storyreel <command>")
			for _, command := range []string{"up", "serve", "work", "submit", "transcode", "health", "openapi"} {
				require.Contains(t, r.stdout, "\n  "+command+" ")
			}
		})
	}
}

func TestRun_AWrongCommandLineIsExitCode2(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"unknown command": {"publish"}, "unknown flag": {"version", "--loud"}, "missing argument": {"key", "revoke"},
		"value not allowed": {"key", "create", "--role", "system"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := runWith(t, environment(t), "", args...)
			require.Equal(t, 2, r.code)
			require.Contains(t, r.stderr, "storyreel: ")
		})
	}
}

func TestRun_AnUnknownSettingIsNamed(t *testing.T) {
	t.Parallel()
	r := runWith(t, []string{"STORYREEL_LISTNE=:1"}, "", "config")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.stderr, "storyreel: STORYREEL_LISTNE: no such setting")
	require.Empty(t, r.stdout)
}

func TestRun_AFailureIsItsSentenceAndCode(t *testing.T) {
	t.Parallel()
	r := runWith(t, environment(t), "", "campaign", "set", "nope", "--title", "New")
	require.Equal(t, 1, r.code)
	require.Regexp(t, `(?m)^storyreel: .+ \(campaign\.unknown\)$`, r.stderr)
	r = runWith(t, environment(t), "", "work")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.stderr, "STORYREEL_REDIS_URL is not set", "work has no Redis of its own")
}

func TestConfig_HelpListsEveryVariable(t *testing.T) {
	t.Parallel()
	r := runWith(t, nil, "", "config", "--help")
	require.Zero(t, r.code)
	require.NotEmpty(t, config.Settings())
	for _, v := range config.Settings() {
		require.Contains(t, r.stdout, v.Name)
		require.Contains(t, r.stdout, v.Help)
	}
}

func TestConfig_PrintsEffectiveValuesWithoutSecrets(t *testing.T) {
	t.Parallel()
	vars := append(environment(t), "STORYREEL_REDIS_URL=redis://:hunter2@cache:6379/0")
	r := runWith(t, vars, "", "config", "--json")
	require.Zero(t, r.code)
	var got map[string]string
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &got))
	require.Len(t, got, len(config.Settings()))
	require.Equal(t, "https://stories.example", got["STORYREEL_PUBLIC_URL"])
	require.NotContains(t, r.stdout, "hunter2")
	require.Contains(t, got["STORYREEL_REDIS_URL"], "cache:6379")
}

func TestEnv_TheLastOfTwoVariablesCounts(t *testing.T) {
	t.Parallel()
	e := env{vars: []string{"AWS_ACCESS_KEY_ID=a", "AWS_ACCESS_KEY_ID_X=b", "AWS_ACCESS_KEY_ID="}}
	require.Empty(t, e.variable("AWS_ACCESS_KEY_ID"))
	require.True(t, e.ownS3(config.Config{}))
	e.vars = e.vars[:1]
	require.Equal(t, "a", e.variable("AWS_ACCESS_KEY_ID"))
	require.False(t, e.ownS3(config.Config{}))
	require.False(t, (&env{}).ownS3(config.Config{S3Endpoint: "http://s3"}))
}
