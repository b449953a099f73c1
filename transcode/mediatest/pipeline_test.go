//go:build media

package mediatest

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// folder returns the folder of test files that an environment variable names.
func folder(t *testing.T, name string) string {
	t.Helper()
	dir := os.Getenv(name)
	require.NotEmpty(t, dir,
		"%s must name the folder of test files, as in %s=/path go test -tags media ./transcode/mediatest", name, name)
	st, err := os.Stat(dir)
	require.NoError(t, err, "%s must name a folder that exists", name)
	require.True(t, st.IsDir(), "%s must name a folder", name)
	return dir
}

// newTranscoder returns a Transcoder with default options and logs its sandbox
// level.
func newTranscoder(t *testing.T) *transcode.Transcoder {
	t.Helper()
	tr, err := transcode.New(transcode.Options{})
	require.NoError(t, err)
	t.Logf("sandbox %s", tr.SandboxLevel())
	return tr
}

// outcome is the result of the whole pipeline on one file.
type outcome struct {
	media           media.Media
	review, publish transcode.Result
	dir             string
	err             error
	took            time.Duration
}

// pipeline probes a file, makes the review copy and publishes it.
func pipeline(ctx context.Context, t *testing.T, tr *transcode.Transcoder, src string) outcome {
	t.Helper()
	o := outcome{dir: t.TempDir()}
	began := time.Now()
	o.err = func() (err error) {
		if o.media, err = tr.Probe(ctx, src, refusal.DefaultLimits()); err != nil {
			return err
		}
		review, publish := filepath.Join(o.dir, string(plan.Review)), filepath.Join(o.dir, string(plan.Publish))
		if o.review, err = run(ctx, tr, o.media, src, review, plan.Review, nil); err != nil {
			return err
		}
		o.publish, err = run(ctx, tr, o.media, src, publish, plan.Publish, &o.review.Findings)
		return err
	}()
	o.took = time.Since(began)
	return o
}
