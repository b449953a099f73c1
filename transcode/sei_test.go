package transcode

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/testkit/clips"
	"github.com/storyreel/storyreel/transcode/command"
	"github.com/storyreel/storyreel/transcode/plan"
)

// TestBlankSEI_KeepsTheFrames: x264 writes its settings into a message of the
// first frame. The review copy lacks them, and its frames decode to those of
// the source without a warning.
func TestBlankSEI_KeepsTheFrames(t *testing.T) {
	tr := transcoder(t)
	for _, clip := range []string{"landscape", "two-audio-tracks", "late-video", "rotated"} {
		t.Run(clip, func(t *testing.T) {
			src := clips.Get(t, clip)
			original, err := os.ReadFile(src)
			require.NoError(t, err)
			require.Contains(t, string(original), "x264 - core")
			p := newPlan(t, tr, src, plan.Options{Profile: plan.Review})
			require.True(t, p.Remux)
			dir := t.TempDir()
			_, err = tr.Run(t.Context(), p, src, dir, nil)
			require.NoError(t, err)
			review := filepath.Join(dir, command.FileReview)
			copied, err := os.ReadFile(review)
			require.NoError(t, err)
			require.NotContains(t, string(copied), "x264 - core")
			require.Equal(t, frameHashes(t, src, fmt.Sprint(p.Media.Video.Index)), frameHashes(t, review, ownVideo))
		})
	}
}

// ownVideo is the video stream of a file of ours.
const ownVideo = "v:0"

// frameHashes returns a digest of the decoded frames of a stream. Of our own
// files, it fails on any message of a decoder.
func frameHashes(t *testing.T, path, stream string) string {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "ffmpeg", "-v", "warning", "-xerror", "-i", path, "-map", "0:"+stream,
		"-fps_mode", "passthrough", "-f", "streamhash", "-")
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	if stream == ownVideo {
		require.Empty(t, stderr.String())
	}
	return string(out)
}
