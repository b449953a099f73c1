package config

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/sandbox"
	"github.com/storyreel/storyreel/transcode/plan"
)

func TestLoad_DefaultsMakeOneMachineWork(t *testing.T) {
	t.Parallel()
	c, err := Load(nil)
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:8080", c.Listen)
	require.Equal(t, "http://127.0.0.1:8080", c.PublicURL)
	require.True(t, filepath.IsAbs(c.Data))
	require.Equal(t, "sqlite:"+filepath.Join(c.Data, "storyreel.db"), c.DatabaseURL)
	require.Equal(t, 15*time.Second, c.Lease)
	require.Equal(t, "http://127.0.0.1:8080", c.Origin())
}

func TestLoad_NamesEveryMistake(t *testing.T) {
	t.Parallel()
	_, err := Load(
		[]string{"STORYREEL_LISTNE=:1", "STORYREEL_LEASE=soon", "STORYREEL_PUBLISH_WORKERS=many", "HOME=/root"})
	for _, want := range []string{"STORYREEL_LISTNE: no such setting", "STORYREEL_LEASE", "STORYREEL_PUBLISH_WORKERS"} {
		require.ErrorContains(t, err, want)
	}
	_, err = Load([]string{"STORYREEL_ENCODER=auto", "STORYREEL_AV1=true"})
	require.ErrorContains(t, err, "STORYREEL_ENCODER")
	_, err = Load([]string{"STORYREEL_SMTP_URL=smtp://mail.example.com", "STORYREEL_MAIL_RATE=0"})
	require.ErrorContains(t, err, "STORYREEL_MAIL_FROM: is needed")
	require.ErrorContains(t, err, "STORYREEL_MAIL_RATE")
	_, err = Load([]string{"STORYREEL_AV1=perhaps"})
	require.ErrorContains(t, err, "STORYREEL_AV1")
	_, err = Load(
		[]string{
			"STORYREEL_SANDBOX=off", "STORYREEL_LOG_LEVEL=loud", "STORYREEL_REVIEW_WORKERS=-1",
			"STORYREEL_SWEEP_EVERY=1ms",
		})
	for _, want := range []string{
		"STORYREEL_SANDBOX", "STORYREEL_LOG_LEVEL", "STORYREEL_REVIEW_WORKERS", "STORYREEL_SWEEP_EVERY",
	} {
		require.ErrorContains(t, err, want)
	}
}

func TestLoad_AProcessMayMakeOneKindOfMediaOnly(t *testing.T) {
	t.Parallel()
	c, err := Load([]string{"STORYREEL_REVIEW_WORKERS=3", "STORYREEL_PUBLISH_WORKERS=0"})
	require.NoError(t, err)
	require.Equal(t, 3, c.ReviewWorkers)
	require.Zero(t, c.PublishWorkers)
	require.Equal(t, runtime.NumCPU(), c.Cores())
	c, err = Load([]string{"STORYREEL_REVIEW_WORKERS=0", "STORYREEL_PUBLISH_WORKERS=1024"})
	require.NoError(t, err)
	require.Equal(t, 1, c.Cores(), "no job is without a thread")
	_, err = Load([]string{"STORYREEL_PUBLISH_WORKERS=-1"})
	require.ErrorContains(t, err, "STORYREEL_PUBLISH_WORKERS: must not be negative")
}

func TestLoad_AllowsWhatThePackagesKnow(t *testing.T) {
	t.Parallel()
	encoders := []string{string(plan.Software), plan.AutoEncoder}
	for _, e := range plan.Hardware {
		encoders = append(encoders, string(e))
	}
	for name, allowed := range map[string][]string{
		"STORYREEL_ENCODER": encoders,
		"STORYREEL_QUALITY": {string(plan.Standard), string(plan.High)},
		"STORYREEL_SANDBOX": {string(sandbox.Auto), string(sandbox.Require)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, v := range allowed {
				_, err := Load([]string{name + "=" + v})
				require.NoError(t, err)
			}
			_, err := Load([]string{name + "=other"})
			require.EqualError(t, err, name+": must be one of "+strings.Join(allowed, ", "))
		})
	}
}

// configured is the page that lists the settings.
const configured = "../../docs/operate/configure.md"

// TestDocs_ListEveryVariable keeps the documentation complete, and without
// settings that are gone.
func TestDocs_ListEveryVariable(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(configured)
	require.NoError(t, err)
	c, err := Load(nil)
	require.NoError(t, err)
	require.Len(t, c.Variables(), strings.Count(string(b), "\n| `STORYREEL_"))
	for _, v := range c.Variables() {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			row := "| `" + v.Name + "` | "
			if v.Default != "" {
				row += "`" + v.Default + "`"
			}
			row += " | " + v.Help + " |"
			require.True(t, strings.Contains(string(b), row), "%s has no row: %s", configured, row)
		})
	}
}

// TestDocs_NameWhatFilesMayHold keeps the list of settings with _FILE.
func TestDocs_NameWhatFilesMayHold(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(configured)
	require.NoError(t, err)
	var names []string
	for _, v := range Settings() {
		if v.Secret {
			names = append(names, "`"+v.Name+"`")
		}
	}
	list := "may hold a credential (" + strings.Join(names, ", ") + ")"
	require.True(t, strings.Contains(string(b), list), "%s does not say: %s", configured, list)
}

func TestMediaCache(t *testing.T) {
	t.Parallel()
	for want, environ := range map[string][]string{
		"public, max-age=300":                nil,
		"public, max-age=60":                 {"STORYREEL_MEDIA_MAX_AGE=1m"},
		"public, max-age=300, s-maxage=3600": {"STORYREEL_MEDIA_CDN_MAX_AGE=1h"},
		"public, max-age=300, s-maxage=604800": {
			"STORYREEL_MEDIA_CDN_MAX_AGE=168h", "STORYREEL_PURGE_URL=https://x.example",
		},
	} {
		c, err := Load(environ)
		require.NoError(t, err)
		require.Equal(t, want, c.MediaCache())
	}
	_, err := Load([]string{"STORYREEL_MEDIA_CDN_MAX_AGE=2h"})
	require.ErrorContains(t, err, "STORYREEL_PURGE_URL")
	_, err = Load([]string{"STORYREEL_MEDIA_MAX_AGE=24h", "STORYREEL_PURGE_URL=https://x.example"})
	require.ErrorContains(t, err, "STORYREEL_MEDIA_MAX_AGE")
}

func TestVariables_ShowNothingOfPurgeRequests(t *testing.T) {
	t.Parallel()
	c, err := Load([]string{
		"STORYREEL_PURGE_URL=https://cdn.example/hunter2", "STORYREEL_PURGE_HEADERS=Fastly-Key: hunter2",
		"STORYREEL_PURGE_BODY=hunter2",
	})
	require.NoError(t, err)
	for _, v := range c.Variables() {
		require.NotContains(t, v.Value, "hunter2", v.Name)
	}
}
