package transcode

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/testkit/clips"
	"github.com/storyreel/storyreel/transcode/command"
	"github.com/storyreel/storyreel/transcode/plan"
)

// TestBlankSEI_KeepsTheFrames: x264 writes its settings into a message
// of the first frame. In the review copy they are gone, every frame is the
// source's, and no decoder complains.
func TestBlankSEI_KeepsTheFrames(t *testing.T) {
	tr := transcoder(t)
	for _, clip := range []string{"landscape", "two-sounds", "late-picture"} {
		t.Run(clip, func(t *testing.T) {
			src := clips.Get(t, clip)
			whole, err := os.ReadFile(src)
			require.NoError(t, err)
			require.Contains(t, string(whole), "x264 - core")
			plan := planned(t, tr, src, plan.Options{Profile: plan.Review})
			require.True(t, plan.Remux)
			dir := t.TempDir()
			_, err = tr.Run(t.Context(), plan, src, dir, nil)
			require.NoError(t, err)
			made := filepath.Join(dir, command.FileReview)
			copied, err := os.ReadFile(made)
			require.NoError(t, err)
			require.NotContains(t, string(copied), "x264 - core")
			require.Equal(t, frameHashes(t, src), frameHashes(t, made))
		})
	}
}

// frameHashes returns a digest of each decoded frame of a video.
func frameHashes(t *testing.T, path string) string {
	t.Helper()
	var said bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "ffmpeg", "-v", "warning", "-xerror", "-i", path, "-map", "0:v:0",
		"-fps_mode", "passthrough", "-f", "streamhash", "-")
	cmd.Stderr = &said
	out, err := cmd.Output()
	require.NoError(t, err, said.String())
	require.Empty(t, said.String())
	return string(out)
}
