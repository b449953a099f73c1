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

	"github.com/storyreel/storyreel/internal/clips"
	"github.com/storyreel/storyreel/internal/media"
)

func TestAV1Codec(t *testing.T) {
	for want, c := range map[string][]byte{
		"av01.0.08M.08": {0x81, 0x08, 0x0C},
		"av01.0.13H.10": {0x81, 0x0D, 0xCC},
		"av01.2.05M.08": {0x81, 0x45, 0x0C},
		"":              {0x81, 0x08},
	} {
		require.Equal(t, want, av1Codec(c))
	}
	require.Regexp(t, modern, "av01.0.08M.08")
	require.NotRegexp(t, modern, "av01.0.13H.10")
	require.NotRegexp(t, mainstream, "avc1.F4001E", "High 4:4:4")
}

func TestKeyEvery(t *testing.T) {
	for want, r := range map[int]media.Rate{
		60: {Num: 30, Den: 1}, 48: {Num: 24000, Den: 1001}, 30: {Num: 15, Den: 1}, 25: {Num: 25, Den: 2},
		120: {Num: 60000, Den: 1001}, 1: {Num: 1, Den: 4},
	} {
		require.Equal(t, want, keyEvery(r), "%v", r)
	}
}

// TestRun_AV1IsOneMoreRungOfTheSameLadder: named by its codec, cut at the same
// moments, and left out where everybody must be able to read.
func TestRun_AV1IsOneMoreRungOfTheSameLadder(t *testing.T) {
	tr := transcoder(t)
	src := clips.Get(t, "numbered-mp4")
	plan := planned(t, tr, src, Order{Profile: Publish, AV1: true, Known: &media.Findings{Silent: true}})
	dir := t.TempDir()
	res, err := tr.Run(t.Context(), plan, src, dir, nil)
	require.NoError(t, err, stderrOf(err))

	last := res.Set.Renditions[len(res.Set.Renditions)-1]
	require.Equal(t, "240-av1", last.Name)
	require.Regexp(t, `^av01\.0\.\d\dM\.08,mp4a\.40\.2$`, last.Codecs)
	b, err := os.ReadFile(filepath.Join(dir, res.Set.HLS))
	require.NoError(t, err)
	master := string(b)
	require.Contains(t, master, fmt.Sprintf("CODECS=%q", last.Codecs))
	require.Contains(t, master, "\n240-av1.m3u8\n")
	require.NotContains(t, master, "240-av1-iframes")
	require.Less(t, strings.Index(master, "avc1"), strings.Index(master, "av01"), "players start with what all read")

	one, err := readPlaylist(filepath.Join(dir, "240.m3u8"))
	require.NoError(t, err)
	two, err := readPlaylist(filepath.Join(dir, "240-av1.m3u8"))
	require.NoError(t, err)
	require.Len(t, two.segments, len(one.segments))
	for i := range one.segments {
		require.InDelta(t, one.segments[i].seconds, two.segments[i].seconds, 0.001)
	}
	require.Less(t, two.segments[0].length, one.segments[0].length, "it pays")
	n := numbersOf(t, filepath.Join(dir, "240-av1.m3u8"))
	require.Equal(t, 200, len(n))
	require.Equal(t, [2]int{0, 199}, [2]int{n[0], n[len(n)-1]})
	require.Regexp(t, modern, codecByFFprobe(t, filepath.Join(dir, "240-av1.mp4")))
}

// codecByFFprobe names an AV1 stream by what ffprobe says of it.
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

// TestRun_HighQualityMeetsTheSamePlan: slower, larger, and the same otherwise.
func TestRun_HighQualityMeetsTheSamePlan(t *testing.T) {
	tr := transcoder(t)
	src := clips.Get(t, "landscape")
	m, err := tr.Probe(t.Context(), src, DefaultLimits())
	require.NoError(t, err)
	var sets []media.Set
	for _, q := range []Quality{Standard, High} {
		plan, err := NewPlan(m, Order{Profile: Publish, Quality: q, Known: &media.Findings{Silent: true}},
			DefaultLimits())
		require.NoError(t, err)
		res, err := tr.Run(t.Context(), plan, src, t.TempDir(), nil)
		require.NoError(t, err, stderrOf(err))
		sets = append(sets, res.Set)
	}
	require.Equal(t, sets[0].Duration, sets[1].Duration)
	require.Len(t, sets[1].Renditions, len(sets[0].Renditions))
	for i, r := range sets[1].Renditions {
		require.Equal(t, sets[0].Renditions[i].Width, r.Width)
	}
	require.NotEqual(t, sets[0].Digest, sets[1].Digest)
}
