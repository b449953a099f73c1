package transcode

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/testkit/clips"
	"github.com/storyreel/storyreel/transcode/ffmpeg"
	"github.com/storyreel/storyreel/transcode/hls"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// TestRun_AV1AddsARung: it has its own codec name, segments at the same times,
// and no I-frame playlist, which every player must be able to decode.
func TestRun_AV1AddsARung(t *testing.T) {
	tr := transcoder(t)
	src := clips.Get(t, "numbered-mp4")
	p := newPlan(t, tr, src, plan.Options{Profile: plan.Publish, AV1: true, Findings: &media.Findings{Silent: true}})
	dir := t.TempDir()
	res, err := tr.Run(t.Context(), p, src, dir, nil)
	require.NoError(t, err, ffmpeg.Stderr(err))

	last := res.Assets.Renditions[len(res.Assets.Renditions)-1]
	require.Equal(t, "240-av1", last.Name)
	require.Regexp(t, `^av01\.0\.\d\dM\.08,mp4a\.40\.2$`, last.Codecs)
	b, err := os.ReadFile(filepath.Join(dir, res.Assets.HLS))
	require.NoError(t, err)
	master := string(b)
	require.Contains(t, master, fmt.Sprintf("CODECS=%q", last.Codecs))
	require.Contains(t, master, "\n240-av1.m3u8\n")
	require.NotContains(t, master, "240-av1-iframes")
	require.Less(t, strings.Index(master, "avc1"), strings.Index(master, "av01"), "players start with H.264")

	h264, err := hls.Read(filepath.Join(dir, "240.m3u8"))
	require.NoError(t, err)
	av1, err := hls.Read(filepath.Join(dir, "240-av1.m3u8"))
	require.NoError(t, err)
	require.Len(t, av1.Segments, len(h264.Segments))
	for i := range h264.Segments {
		require.InDelta(t, h264.Segments[i].Seconds, av1.Segments[i].Seconds, 0.001)
	}
	require.Less(t, av1.Segments[0].Length, h264.Segments[0].Length, "AV1 takes fewer bytes")
	n := frameNumbers(t, filepath.Join(dir, "240-av1.m3u8"))
	require.Equal(t, 200, len(n))
	require.Equal(t, [2]int{0, 199}, [2]int{n[0], n[len(n)-1]})
	require.Regexp(t, hls.AV1, codecByFFprobe(t, filepath.Join(dir, "240-av1.mp4")))
}

// codecByFFprobe returns the RFC 6381 name of an AV1 file from ffprobe's
// output.
func codecByFFprobe(t *testing.T, path string) string {
	t.Helper()
	out, err := exec.Command("ffprobe", "-v", "error", "-select_streams", "v", "-show_entries",
		"stream=codec_name,profile,level,pix_fmt", "-of", "default=nk=0:nw=1", path).Output()
	require.NoError(t, err)
	field := func(name string) string {
		return strings.TrimSpace(regexp.MustCompile(`(?m)^` + name + `=(.*)$`).FindStringSubmatch(string(out))[1])
	}
	require.Equal(t, []string{"av1", "Main", "yuv420p"},
		[]string{field("codec_name"), field("profile"), field("pix_fmt")})
	return fmt.Sprintf("av01.0.%02sM.08", field("level"))
}

// TestRun_HighQualityKeepsTheLadder: rungs and length are those of Standard.
func TestRun_HighQualityKeepsTheLadder(t *testing.T) {
	tr := transcoder(t)
	src := clips.Get(t, "landscape")
	m, err := tr.Probe(t.Context(), src, refusal.DefaultLimits())
	require.NoError(t, err)
	var sets []media.Assets
	for _, q := range []plan.Quality{plan.Standard, plan.High} {
		p, err := plan.New(m,
			plan.Options{Profile: plan.Publish, Quality: q, Findings: &media.Findings{Silent: true}},
			refusal.DefaultLimits())
		require.NoError(t, err)
		res, err := tr.Run(t.Context(), p, src, t.TempDir(), nil)
		require.NoError(t, err, ffmpeg.Stderr(err))
		sets = append(sets, res.Assets)
	}
	require.Equal(t, sets[0].Duration, sets[1].Duration)
	require.Len(t, sets[1].Renditions, len(sets[0].Renditions))
	for i, r := range sets[1].Renditions {
		require.Equal(t, sets[0].Renditions[i].Width, r.Width)
	}
	require.NotEqual(t, sets[0].Digest, sets[1].Digest)
}
