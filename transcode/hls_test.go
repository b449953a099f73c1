package transcode

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/testkit/clips"
	"github.com/storyreel/storyreel/transcode/ffmpeg"
	"github.com/storyreel/storyreel/transcode/hls"
	"github.com/storyreel/storyreel/transcode/plan"
)

// TestRun_HLSFollowsTheAuthoringSpecification compares the playlists with the
// rules of Apple's HLS authoring specification that files can show.
func TestRun_HLSFollowsTheAuthoringSpecification(t *testing.T) {
	tr := transcoder(t)
	src := clips.Get(t, "numbered-mp4")
	p := newPlan(t, tr, src, plan.Options{Profile: plan.Publish, Findings: &media.Findings{Silent: true}})
	dir := t.TempDir()
	res, err := tr.Run(t.Context(), p, src, dir, nil)
	require.NoError(t, err, ffmpeg.Stderr(err))

	master := lines(t, dir, res.Assets.HLS)
	require.Equal(t, "#EXTM3U", master[0])
	require.Contains(t, master, "#EXT-X-INDEPENDENT-SEGMENTS")
	targets := map[string]bool{}
	variants := 0
	for i, line := range master {
		switch {
		case strings.HasPrefix(line, "#EXT-X-MEDIA:TYPE=AUDIO"):
			for _, want := range []string{"DEFAULT=YES", "AUTOSELECT=YES", `CHANNELS="2"`, `GROUP-ID="audio"`} {
				require.Contains(t, line, want)
			}
			targets[checkMediaPlaylist(t, dir, attribute(line, "URI"))] = true
		case strings.HasPrefix(line, "#EXT-X-STREAM-INF:"):
			variants++
			peak, average := number(t, attribute(line, "BANDWIDTH")), number(t, attribute(line, "AVERAGE-BANDWIDTH"))
			require.GreaterOrEqual(t, peak, average)
			for _, want := range []string{"CODECS", "RESOLUTION", "FRAME-RATE", "VIDEO-RANGE", "AUDIO"} {
				require.NotEmpty(t, attribute(line, want), want)
			}
			targets[checkMediaPlaylist(t, dir, master[i+1])] = true
		case strings.HasPrefix(line, "#EXT-X-I-FRAME-STREAM-INF:"):
			require.NotEmpty(t, attribute(line, "CODECS"))
			require.NotEmpty(t, attribute(line, "RESOLUTION"))
			checkKeyFrames(t, dir, attribute(line, "URI"))
		}
	}
	require.Equal(t, len(p.Rungs), variants)
	require.Len(t, targets, 1, "all playlists have the same target duration")
}

func lines(t *testing.T, dir, name string) []string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	require.NoError(t, err)
	return strings.Split(strings.TrimSpace(string(b)), "\n")
}

// attribute returns the value of a tag's attribute without quotes, empty when
// it is missing.
func attribute(line, name string) string {
	m := regexp.MustCompile(`[:,]` + name + `=("[^"]*"|[^,]*)`).FindStringSubmatch(line)
	if m == nil {
		return ""
	}
	return strings.Trim(m[1], `"`)
}

func number(t *testing.T, s string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(s, 10, 64)
	require.NoError(t, err)
	require.Positive(t, n)
	return n
}

// checkMediaPlaylist checks a media playlist and returns its target duration.
func checkMediaPlaylist(t *testing.T, dir, name string) string {
	t.Helper()
	text := lines(t, dir, name)
	target := ""
	for _, l := range text {
		if v, ok := strings.CutPrefix(l, "#EXT-X-TARGETDURATION:"); ok {
			target = v
		}
	}
	require.Contains(t, text, "#EXT-X-PLAYLIST-TYPE:VOD", name)
	require.Equal(t, "#EXT-X-ENDLIST", text[len(text)-1])
	p, err := hls.Read(filepath.Join(dir, name))
	require.NoError(t, err)
	require.NotEmpty(t, p.InitURI, "fragments need an initialization segment")
	st, err := os.Stat(filepath.Join(dir, p.InitURI))
	require.NoError(t, err)
	end := p.Segments[0].Offset
	for i, s := range p.Segments {
		require.LessOrEqual(t, s.Seconds, float64(number(t, target))+0.5, "%s: segment %d", name, i)
		require.Equal(t, end, s.Offset, "%s: byte ranges follow each other", name)
		end = s.Offset + s.Length
	}
	require.LessOrEqual(t, end, st.Size())
	return target
}

// checkKeyFrames checks that every byte range of an I-frame playlist begins a
// fragment.
func checkKeyFrames(t *testing.T, dir, name string) {
	t.Helper()
	text := lines(t, dir, name)
	require.Contains(t, text, "#EXT-X-I-FRAMES-ONLY")
	p, err := hls.Read(filepath.Join(dir, name))
	require.NoError(t, err)
	require.NotEmpty(t, p.Segments)
	for _, s := range p.Segments {
		f, err := os.Open(filepath.Join(dir, s.URI))
		require.NoError(t, err)
		head := make([]byte, 8)
		_, err = f.ReadAt(head, s.Offset)
		require.NoError(t, err)
		require.NoError(t, f.Close())
		require.Equal(t, "moof", string(head[4:]), "%s at %d", name, s.Offset)
	}
}
