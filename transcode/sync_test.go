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

// synced names the clips that turn white and start a tone at the same time.
var synced = []string{"sync", "late-audio", "shifted-ts", "delayed-avi", "audio-changes", "gap-webm", "gaps-mp4",
	"gaps-ts", "gaps-mkv"}

// TestRun_AudioStaysInSync: in every output the flash and the tone are at most
// 40 ms apart.
func TestRun_AudioStaysInSync(t *testing.T) {
	tr := transcoder(t)
	for _, name := range synced {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			src := clips.Get(t, name)
			m, err := tr.Probe(t.Context(), src, refusal.DefaultLimits())
			require.NoError(t, err)
			for _, profile := range []plan.Profile{plan.Review, plan.Publish} {
				o := runProfile(t, tr, src, m, profile, clips.Clip{Seconds: m.Duration.Seconds()})
				files := []string{o.res.Assets.MP4}
				if profile == plan.Publish {
					files = append(files, o.res.Assets.HLS)
				}
				for _, f := range files {
					requireSteadyAudio(t, filepath.Join(o.dir, f))
					flash, tone := flashAndTone(t, filepath.Join(o.dir, f))
					require.InDelta(t, flash, tone, 0.04, "%s of %s: flash %.3f, tone %.3f", f, profile, flash, tone)
				}
			}
		})
	}
}

// requireSteadyAudio checks that audio packets have their full length.
func requireSteadyAudio(t *testing.T, path string) {
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
	require.LessOrEqual(t, short, 2, "only the last packet, and one where audio changes, has under 1,024 samples")
}

// flashAndTone returns the times at which the video turns white and the tone
// begins, in seconds.
func flashAndTone(t *testing.T, path string) (flash, tone float64) {
	t.Helper()
	measure := func(args ...string) string {
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
	flash = first(
		measure("-map", "0:v:0", "-vf", "signalstats,metadata=mode=print:key=lavfi.signalstats.YAVG:file=-",
			"-f", "null", "-"), "lavfi.signalstats.YAVG", 120)
	tone = first(levels(t, path), levelKey, -30)
	return flash, tone
}
