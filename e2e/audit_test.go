package e2e

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/integrity"
	"github.com/storyreel/storyreel/internal/testkit/clips"
)

// TestAudit_ComparesRowsAndObjects publishes a story on a running installation,
// then damages its bucket in both directions.
func TestAudit_ComparesRowsAndObjects(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	e := newEnv(t, "STORYREEL_DATA="+data)
	e.up("up")
	st, err := e.submit(clips.Get(t, "landscape"), "in_review")
	require.NoError(t, err)
	e.decide(st.ID, "approve")
	e.await(st.ID, "published")
	var r integrity.Report
	require.NoError(t, json.Unmarshal([]byte(e.run("audit", "--json", "--probe", "all", "--deep", "all")), &r))
	require.True(t, r.OK, "%+v", r.Findings)
	require.Equal(t, 1, r.Stories)
	require.Equal(t, 1, r.Deep)
	require.Greater(t, r.Probed, 5)
	require.Contains(t, e.run("audit"), "\neverything agrees")

	var review string
	require.NoError(t, filepath.WalkDir(filepath.Join(data, "s3"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && d.Name() == st.ID && filepath.Base(filepath.Dir(path)) == "review" {
			review = path
		}
		return err
	}))
	require.NotEmpty(t, review)
	stranger := id.New()
	require.NoError(t, os.CopyFS(filepath.Join(filepath.Dir(review), stranger), os.DirFS(review)))
	out, err := e.try("audit")
	require.Equal(t, 1, exitCode(t, err))
	require.Regexp(t, `object.orphan `+stranger+` review/`+stranger+`/\d+/: `, out)
	require.Contains(t, e.run("audit", "--repair"), "object.orphan (repaired) "+stranger)
	require.NotContains(t, e.run("audit", "--repair"), stranger, "a second run finds nothing")

	require.NoError(t, os.RemoveAll(review))
	out, err = e.try("audit", "--repair")
	require.Equal(t, 1, exitCode(t, err), "this cannot be repaired")
	require.Regexp(t, `object.missing `+st.ID+` review/`+st.ID, out)

	away := *e
	away.vars = append(append([]string{}, e.vars...), "STORYREEL_S3_ENDPOINT=http://127.0.0.1:1",
		"AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b", "AWS_MAX_ATTEMPTS=1")
	_, err = away.try("audit")
	require.Equal(t, 2, exitCode(t, err), "%v", err)
}

func exitCode(t *testing.T, err error) int {
	t.Helper()
	exit, ok := errors.AsType[*exec.ExitError](err)
	require.True(t, ok, err)
	return exit.ExitCode()
}
