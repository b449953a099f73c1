package transcode

import (
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/testkit/clips"
	"github.com/storyreel/storyreel/transcode/ffmpeg"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// synced are the clips that turn white and audio a tone at one moment.
var synced = []string{"sync", "late-sound", "shifted-ts", "delayed-avi", "sound-changes"}

// TestRun_AudioStaysInSync: the clips turn white and audio a tone at one
// moment; so must every output, within 40 ms.
func TestRun_AudioStaysInSync(t *testing.T) {
	tr := transcoder(t)
	for _, name := range synced {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			src := clips.Get(t, name)
			m, err := tr.Probe(t.Context(), src, refusal.DefaultLimits())
			require.NoError(t, err)
			for _, p := range []plan.Profile{plan.Review, plan.Publish} {
				o := runProfile(t, tr, src, m, p, clips.Clip{Seconds: m.Duration.Seconds()})
				files := []string{o.res.Set.MP4}
				if p == plan.Publish {
					files = append(files, o.res.Set.HLS)
				}
				for _, f := range files {
					requireSteady(t, filepath.Join(o.dir, f))
					seen, heard := flashAndBeep(t, filepath.Join(o.dir, f))
					require.InDelta(t, seen, heard, 0.04, "%s of %s: picture %.3f, sound %.3f", f, p, seen, heard)
				}
			}
		})
	}
}

// requireSteady holds that audio comes at an even pace.
func requireSteady(t *testing.T, path string) {
	t.Helper()
	out, err := exec.Command("ffprobe", "-v", "error", "-select_streams", "a:0", "-show_entries", "packet=duration",
		"-of", "csv=p=0", path).Output()
	require.NoError(t, err)
	short := 0
	for _, line := range strings.Fields(string(out)) {
		if n, _ := strconv.Atoi(strings.Trim(line, ",")); n < 1000 {
			short++
		}
	}
	require.LessOrEqual(t, short, 2, "but for the last, and one where sound changes, packets hold 1,024 samples")
}

// flashAndBeep returns when the frame turns white and when the tone begins.
func flashAndBeep(t *testing.T, path string) (seen, heard float64) {
	t.Helper()
	frame := func(args ...string) string {
		out, err := exec.Command("ffmpeg", append([]string{"-nostdin", "-v", "error", "-i", path}, args...)...).Output()
		require.NoError(t, err)
		return string(out)
	}
	at := 0.0
	first := func(text, key string, above float64) float64 {
		for _, line := range strings.Split(text, "\n") {
			if i := strings.Index(line, "pts_time:"); i >= 0 {
				at, _ = ffmpeg.Seconds(strings.TrimSpace(line[i+9:]))
			}
			if v, ok := ffmpeg.Seconds(strings.TrimPrefix(line, key+"=")); ok && strings.HasPrefix(line, key) &&
				v > above {
				return at
			}
		}
		t.Fatalf("never %s > %g", key, above)
		return 0
	}
	seen = first(
		frame("-map", "0:v:0", "-vf", "signalstats,metadata=mode=print:key=lavfi.signalstats.YAVG:file=-", "-f", "null",
			"-"), "lavfi.signalstats.YAVG", 120)
	heard = first(
		frame("-map", "0:a:0", "-af",
			"asetnsamples=240,astats=metadata=1:reset=1,ametadata=mode=print:key=lavfi.astats.Overall.RMS_level:file=-",
			"-f", "null", "-"), "lavfi.astats.Overall.RMS_level", -30)
	return seen, heard
}
