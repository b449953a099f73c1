package transcode

import (
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/testkit/clips"
	"github.com/storyreel/storyreel/transcode/ffmpeg"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// TestRun_CutsEveryFile: every output begins and ends within one frame of the
// cut, and the beeps stay in sync with the frames.
func TestRun_CutsEveryFile(t *testing.T) {
	tr := transcoder(t)
	const ms = time.Millisecond
	for _, c := range []struct {
		clip string
		cut  media.Cut
	}{
		{"numbered-mp4", media.Cut{From: 3310 * ms, To: 6705 * ms}},
		{"numbered-mp4", media.Cut{From: 0, To: 1500 * ms}},
		{"numbered-mp4", media.Cut{From: 5500 * ms, To: 11000 * ms}},
		{"numbered-fragments", media.Cut{From: 4500 * ms, To: 7200 * ms}},
		{"numbered-recorder", media.Cut{From: 2900 * ms, To: 5250 * ms}},
		{"numbered-ts", media.Cut{From: 2500 * ms, To: 4300 * ms}},
		{"numbered-avi", media.Cut{From: 3700 * ms}},
	} {
		t.Run(c.clip+" "+c.cut.From.String(), func(t *testing.T) {
			src := clips.Get(t, c.clip)
			m, err := tr.Probe(t.Context(), src, refusal.DefaultLimits())
			require.NoError(t, err)
			require.InDelta(t, 8, m.Duration.Seconds(), 0.06)
			var findings *media.Findings
			for _, profile := range []plan.Profile{plan.Review, plan.Publish} {
				p, err := plan.New(m, plan.Options{Profile: profile, Cut: c.cut, Findings: findings},
					refusal.DefaultLimits())
				require.NoError(t, err)
				dir := t.TempDir()
				res, err := tr.Run(t.Context(), p, src, dir, nil)
				require.NoError(t, err, ffmpeg.Stderr(err))
				findings = &res.Findings
				requireCut(t, dir, res, p)
			}
		})
	}
}

// requireCut checks that the files of a run on a numbered clip have the frames
// of the cut and no others.
func requireCut(t *testing.T, dir string, res Result, p plan.Plan) {
	t.Helper()
	require.InDelta(t, p.Duration.Seconds(), res.Assets.Duration.Seconds(), 0.05)
	first := p.Cut.From.Seconds() * clips.NumberedRate
	last := p.Cut.To.Seconds()*clips.NumberedRate - 1
	files := []string{res.Assets.MP4}
	if res.Assets.HLS != "" {
		files = append(files, res.Assets.HLS)
	}
	for _, f := range files {
		n := frameNumbers(t, filepath.Join(dir, f))
		require.InDelta(t, first, n[0], 1, "first frame of %s", f)
		require.InDelta(t, last, n[len(n)-1], 1, "last frame of %s", f)
		require.InDelta(t, p.Duration.Seconds(), audioSeconds(t, filepath.Join(dir, f)), 0.05)
		requireBeeps(t, filepath.Join(dir, f), p)
	}
	if res.Assets.Preview != "" {
		for _, n := range frameNumbers(t, filepath.Join(dir, res.Assets.Preview)) {
			require.True(t, float64(n) >= first-1 && float64(n) <= last+1, "frame %d in the preview", n)
		}
	}
	poster := readImage(t, filepath.Join(dir, res.Assets.Poster))
	n := float64(clips.Number(poster, poster.Bounds()))
	require.True(t, n >= first-1 && n <= last+1, "poster is frame %g", n)
	sheet := readImage(t, filepath.Join(dir, res.Assets.Storyboard))
	b := p.Storyboard
	for k := range b.Tiles {
		at := image.Pt(k%b.Columns*b.Width, k/b.Columns*b.Height)
		got := clips.Number(sheet, image.Rectangle{Min: at, Max: at.Add(image.Pt(b.Width, b.Height))})
		require.InDelta(t, first+float64(k)*b.Step*clips.NumberedRate, got, 1, "tile %d", k)
	}
	for _, s := range res.Findings.SilentSpans {
		require.LessOrEqual(t, s.To, p.Duration.Seconds()+0.1)
	}
}

// frameNumbers decodes every frame and returns their numbers.
func frameNumbers(t *testing.T, path string) []int {
	t.Helper()
	dir := t.TempDir()
	out, err := exec.Command("ffmpeg", "-nostdin", "-v", "error", "-i", path, "-map", "0:v:0", "-fps_mode",
		"passthrough", "-pix_fmt", "gray", "-s", "160x16", filepath.Join(dir, "%04d.png")).CombinedOutput()
	require.NoError(t, err, string(out))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.NotEmpty(t, entries)
	var n []int
	for _, e := range entries {
		img := readImage(t, filepath.Join(dir, e.Name()))
		n = append(n, clips.Number(img, img.Bounds()))
	}
	return n
}

// requireBeeps checks that there is a beep, within 40 ms, at every whole second
// of the source that is in the cut, and no other.
func requireBeeps(t *testing.T, path string, p plan.Plan) {
	t.Helper()
	var want []float64
	for s := range 8 {
		if at := float64(s) - p.Cut.From.Seconds(); at >= 0 && at < p.Duration.Seconds()-0.05 {
			want = append(want, at)
		}
	}
	got := beeps(t, path)
	require.Len(t, got, len(want), "%s: %v for %v", path, got, want)
	for i := range want {
		require.InDelta(t, want[i], got[i], 0.04, "%s: beep %d", path, i)
	}
}

// beeps returns the times at which audio follows silence, in seconds.
func beeps(t *testing.T, path string) []float64 {
	t.Helper()
	var at []float64
	now, loud := 0.0, false
	for _, line := range strings.Split(levels(t, path), "\n") {
		if i := strings.Index(line, "pts_time:"); i >= 0 {
			now, _ = ffmpeg.Seconds(strings.TrimSpace(line[i+9:]))
		}
		if v, found := strings.CutPrefix(line, levelKey+"="); found {
			db, ok := ffmpeg.Seconds(v)
			if above := ok && db > -30; above != loud {
				if loud = above; above {
					at = append(at, now)
				}
			}
		}
	}
	return at
}

const levelKey = "lavfi.astats.Overall.RMS_level"

// levels returns ffmpeg's print of the audio level of every 5 ms with its time.
func levels(t *testing.T, path string) string {
	t.Helper()
	out, err := exec.Command("ffmpeg", "-nostdin", "-v", "error", "-i", path, "-map", "0:a:0",
		"-af", "asetnsamples=240,astats=metadata=1:reset=1,ametadata=mode=print:key="+levelKey+":file=-", "-f", "null",
		"-").Output()
	require.NoError(t, err)
	return string(out)
}

// audioSeconds returns the time at which the file's audio ends, in seconds.
func audioSeconds(t *testing.T, path string) float64 {
	t.Helper()
	text := levels(t, path)
	i := strings.LastIndex(text, "pts_time:")
	require.Positive(t, i)
	end, ok := ffmpeg.Seconds(strings.TrimSpace(strings.SplitN(text[i+9:], "\n", 2)[0]))
	require.True(t, ok)
	return end + 0.005
}

// TestRun_FindingsDescribeTheCut: removed parts give no findings, and times
// count from the beginning of the cut.
func TestRun_FindingsDescribeTheCut(t *testing.T) {
	tr := transcoder(t)
	src := clips.Get(t, "black-then-flashing") // black to 2, flashing to 4, gray to 5
	m, err := tr.Probe(t.Context(), src, refusal.DefaultLimits())
	require.NoError(t, err)
	find := func(c media.Cut) media.Findings {
		p, err := plan.New(m, plan.Options{Profile: plan.Review, Cut: c}, refusal.DefaultLimits())
		require.NoError(t, err)
		res, err := tr.Run(t.Context(), p, src, t.TempDir(), nil)
		require.NoError(t, err)
		return res.Findings
	}
	f := find(media.Cut{From: 4200 * time.Millisecond})
	require.Empty(t, f.Black)
	require.NotContains(t, f.Warnings, WarnFlashing)
	f = find(media.Cut{From: time.Second})
	require.Contains(t, f.Warnings, WarnFlashing)
	require.InDelta(t, 0, f.Black[0].From, 0.1)
	require.InDelta(t, 1, f.Black[0].To, 0.15)
	require.NotContains(t, find(media.Cut{To: 1800 * time.Millisecond}).Warnings, WarnFlashing)
}
