package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/testkit"
	"github.com/storyreel/storyreel/internal/testkit/clips"
)

// TestAudit_ComparesRowsAndObjects damages the bucket of a running installation
// in both directions.
func TestAudit_ComparesRowsAndObjects(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	e := newEnv(t, "STORYREEL_DATA="+data)
	e.up("up")
	st, err := e.submit(clips.Get(t, "landscape"), "in_review")
	require.NoError(t, err)
	testkit.Eventually(t, patience, func() bool { // the upload's last object goes a moment later
		out, err := e.try("audit")
		return err == nil && len(out) > 0
	})
	require.Contains(t, e.run("audit"), "rows and objects agree")

	var review string
	require.NoError(t, filepath.WalkDir(filepath.Join(data, "s3"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && d.Name() == st.ID && filepath.Base(filepath.Dir(path)) == "review" {
			review = path
		}
		return err
	}))
	require.NotEmpty(t, review)
	stranger := id.New()
	require.NoError(t, os.Rename(review, filepath.Join(filepath.Dir(review), stranger)))
	out, err := e.try("audit")
	require.Error(t, err)
	require.Regexp(t, `row without objects\s+review/`+st.ID, out)
	require.Regexp(t, `objects without a row\s+review/`+stranger, out)
}
