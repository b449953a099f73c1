package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/testkit/clips"
)

// TestTranscode_AloneOnAPartOfAVideo: the pipeline as a command, without any
// service: what is asked for is made, and a refusal is a code and status 1.
func TestTranscode_AloneOnAPartOfAVideo(t *testing.T) {
	bin, err := built()
	require.NoError(t, err)
	video := clips.Get(t, "numbered-mp4")
	run := func(args ...string) (answer map[string]any, status int) {
		cmd := exec.Command(bin, append([]string{"transcode", "--json", video}, args...)...)
		out, err := cmd.Output()
		if exit := (*exec.ExitError)(nil); err != nil {
			require.ErrorAs(t, err, &exit)
			status = exit.ExitCode()
		}
		require.NoError(t, json.Unmarshal(out, &answer), "%s", out)
		return answer, status
	}
	dir := t.TempDir()
	got, status := run(dir, "--from", "2.5s", "--to", "4.5s", "--av1", "--quality", "high")
	require.Zero(t, status)
	require.Equal(t, float64(2e9), got["set"].(map[string]any)["duration_ns"])
	require.Len(t, got["source_sha256"], 64)
	for _, name := range []string{"master.m3u8", "story.mp4", "240.mp4", "240-av1.mp4", "poster.jpg", "preview.mp4"} {
		_, err := os.Stat(filepath.Join(dir, name))
		require.NoError(t, err)
	}
	for code, args := range map[string][]string{
		"cut_outside": {"--from", "9s"},
		"bad_cut":     {"--from", "3s", "--to", "2s"},
		"too_short":   {"--from", "7.9s"},
		"too_long":    {"--max-duration", "5s"},
	} {
		t.Run(code, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "out")
			got, status := run(append([]string{dir}, args...)...)
			require.Equal(t, 1, status)
			require.Equal(t, code, got["code"])
			require.NotEmpty(t, got["detail"])
			entries, _ := os.ReadDir(dir)
			require.Empty(t, entries)
		})
	}
}

// TestTranscode_UnderLimitsOfTheSystem: a shell or a service manager may give
// the command less than a run needs. The video is not to blame.
func TestTranscode_UnderLimitsOfTheSystem(t *testing.T) {
	bin, err := built()
	require.NoError(t, err)
	video := clips.Get(t, "no-audio")
	for name, limit := range map[string]string{
		"address space": "ulimit -v 3500000", // kB; ffmpeg gets 4 GiB
		"descriptors":   "ulimit -n 40",
		"file size":     "ulimit -f 100",
	} {
		for _, profile := range []string{"review", "publish"} {
			t.Run(name+" "+profile, func(t *testing.T) {
				cmd := exec.Command("/bin/sh", "-c", limit+` && exec "$0" "$@"`, bin, "transcode", "--json",
					"--profile", profile, video, filepath.Join(t.TempDir(), "out"))
				out, err := cmd.Output()
				require.Error(t, err)
				var answer struct{ Code, Kind string }
				require.NoError(t, json.Unmarshal(out, &answer), "%s", out)
				require.Equal(t, "unavailable", answer.Kind, answer.Code)
			})
		}
	}
}
