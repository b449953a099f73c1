package main

import (
	"encoding/json"
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestVersion_IsPrintedWithCommitAndDate(t *testing.T) {
	t.Parallel()
	r := runWith(t, nil, "", "version")
	require.Zero(t, r.code)
	require.Regexp(t, `^storyreel \S+\ncommit \S+(, changed)?\ndate \S+\nbuilt with go\S+ for \w+/\w+\n$`, r.stdout)
	require.Contains(t, r.stdout, "storyreel "+versionName()+"\n")
	r = runWith(t, nil, "", "version", "--json")
	var got map[string]any
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &got))
	require.Equal(t, versionName(), got["version"])
	require.Equal(t, runtime.GOOS+"/"+runtime.GOARCH, got["platform"])
}

func TestVersion_TheLinkersValuesTakePrecedence(t *testing.T) {
	t.Parallel()
	stamps := []debug.BuildSetting{
		{Key: "vcs.revision", Value: "0123456789abcdef"}, {Key: "vcs.time", Value: "2026-01-02T03:04:05Z"},
		{Key: "vcs.modified", Value: "true"}, {Key: "-tags", Value: "noembed"},
	}
	got := describeBuild(stamps, "", "", "")
	require.Equal(t, "dev-0123456789ab", got.Version)
	require.Equal(t, "2026-01-02T03:04:05Z", got.Date)
	require.True(t, got.Modified)
	require.Equal(t, "noembed", got.Tags)
	got = describeBuild(stamps, "1.2.3", "fedcba9876543210", "2026-02-02T00:00:00Z")
	require.Equal(t, "1.2.3", got.Version)
	require.Equal(t, "fedcba9876543210", got.Commit)
	require.Equal(t, "2026-02-02T00:00:00Z", got.Date)
	require.Equal(t, "dev", describeBuild(nil, "", "", "").Version)
}
