//go:build media

package mediatest

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
)

func TestCorpus(t *testing.T) {
	dir := folder(t, "CORPUS")
	tr := newTranscoder(t)
	for _, r := range rows(t, filepath.Join(dir, "README.md")) {
		t.Run(r.file, func(t *testing.T) {
			t.Parallel()
			o := pipeline(t.Context(), t, tr, filepath.Join(dir, r.file))
			if o.err != nil {
				t.Logf("%.1f s: %v", o.took.Seconds(), o.err)
			} else {
				t.Logf("%.1f s: %dx%d %.2f s, remuxed %t, rungs %v, %v", o.took.Seconds(),
					o.publish.Assets.Width, o.publish.Assets.Height, o.publish.Assets.Duration.Seconds(),
					o.review.Assets.Remuxed, rungs(o.publish.Assets), o.publish.Findings.Warnings)
			}
			compare(t, filepath.Join(dir, r.file), r, o)
		})
	}
}

// row is a line of the corpus's table.
type row struct{ file, properties, right string }

// rows returns the lines of the tables in a README that have the columns file
// and right result.
func rows(t *testing.T, path string) []row {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	var out []row
	var columns map[string]int
	for _, line := range strings.Split(string(b), "\n") {
		if !strings.HasPrefix(line, "|") {
			columns = nil
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.Trim(strings.TrimSpace(cells[i]), "`")
		}
		if columns == nil {
			columns = map[string]int{}
			for i, c := range cells {
				columns[strings.ToLower(c)] = i
			}
			continue
		}
		f, ok1 := columns["file"]
		r, ok2 := columns["right result"]
		if !ok1 || !ok2 || len(cells) <= max(f, r) || strings.Trim(cells[f], "-: ") == "" {
			continue
		}
		l := row{file: cells[f], right: cells[r]}
		if p, ok := columns["properties"]; ok && p < len(cells) {
			l.properties = cells[p]
		}
		out = append(out, l)
	}
	require.NotEmpty(t, out, "the README must have a table with the columns file and right result")
	return out
}

// What compare finds in the lowercase text of a right result.
var (
	mayRefuse  = regexp.MustCompile(`either refused,? or|or is refused|or refused|by policy`)
	mustRefuse = regexp.MustCompile(`\brefused\b`)
	sizes      = regexp.MustCompile(`\b(\d{2,5})x(\d{2,5})\b`)
	lengths    = regexp.MustCompile(`(^|[\s(,;])(at |than |with |by )?~?(\d+(?:\.\d+)?) s\b`)
	rates      = regexp.MustCompile(`(\d+)(?: or (\d+))? fps`)
	ladders    = regexp.MustCompile(`ladder (\d+(?:/\d+)+)`)
	loudness   = regexp.MustCompile(`[-−](\d+) lufs`)
)

// compare compares an outcome with the right result in the table, whose text
// names sizes, lengths, rates, warnings and refusals.
func compare(t *testing.T, src string, r row, o outcome) {
	t.Helper()
	right := strings.ToLower(r.right)
	may := mayRefuse.MatchString(right)
	if o.err != nil {
		require.True(t, may || mustRefuse.MatchString(right), "refused, but the right result is %q: %v", r.right, o.err)
		require.True(t, fault.Permanent(o.err), "a refusal is final: %v", o.err)
		return
	}
	require.True(t, may || !mustRefuse.MatchString(right), "accepted, but the right result is %q", r.right)
	compareShape(t, right, o)
	compareTime(t, right, o)
	compareAudio(t, right, strings.ToLower(r.properties), o)
	requireClean(t, src, o)
	compareWhatIsSeen(t, src, right, o)
}

func compareShape(t *testing.T, right string, o outcome) {
	t.Helper()
	if found := sizes.FindAllStringSubmatch(right, -1); len(found) > 0 {
		ok := false
		for _, f := range found {
			w, h := number(f[1]), number(f[2])
			ok = ok || math.Abs(float64(w-o.media.Video.Width)) <= 1 && math.Abs(float64(h-o.media.Video.Height)) <= 1
		}
		require.True(t, ok, "display size is %dx%d", o.media.Video.Width, o.media.Video.Height)
	}
	s := o.publish.Assets
	require.LessOrEqual(t, min(s.Width, s.Height), 1080)
	require.LessOrEqual(t, s.Width, o.media.Video.Width)
	v := o.media.Video
	require.InDelta(t, float64(v.Width)/float64(v.Height), float64(s.Width)/float64(s.Height), 0.02)
	require.Zero(t, s.Width%2+s.Height%2)
	if strings.Contains(right, "single rung") {
		require.Len(t, s.Renditions, 1)
	}
	if l := ladders.FindStringSubmatch(right); l != nil {
		require.Equal(t, strings.Split(l[1], "/"), rungs(s))
	}
	if strings.Contains(right, "remux suffices") {
		require.True(t, o.review.Assets.Remuxed, "the review copy is a remux")
	}
	if strings.Contains(right, "needs transcode for review") {
		require.False(t, o.review.Assets.Remuxed)
	}
	for _, f := range streams(t, filepath.Join(o.dir, "publish", s.MP4)) {
		if f.Kind == "video" {
			require.Equal(t, "yuv420p", f.Pix)
			require.Equal(t, "bt709", f.Matrix)
			require.Contains(t, []string{"", "1:1"}, f.SAR)
			require.Contains(t, []string{"", "tv"}, f.Range)
		}
	}
}

func compareTime(t *testing.T, right string, o outcome) {
	t.Helper()
	for _, m := range lengths.FindAllStringSubmatch(right, -1) {
		if m[2] != "" {
			continue // the time of an event, not a length
		}
		want, _ := strconv.ParseFloat(m[3], 64)
		require.InDelta(t, want, o.publish.Assets.Duration.Seconds(), max(0.26, 0.02*want), "length")
		require.InDelta(t, want, o.review.Assets.Duration.Seconds(), max(0.26, 0.02*want), "length of the review copy")
		break
	}
	rate := o.publish.Assets.Renditions[0].Rate
	require.LessOrEqual(t, rate, 60.01)
	if m := rates.FindStringSubmatch(right); m != nil && m[2] != "" {
		require.Contains(t, []int{number(m[1]), number(m[2])}, int(math.Round(rate)))
	}
	require.InDelta(t, o.publish.Assets.Duration.Seconds(), o.review.Assets.Duration.Seconds(), 0.3,
		"review and publish have the same length")
}

func compareAudio(t *testing.T, right, properties string, o outcome) {
	t.Helper()
	if strings.Contains(properties, "no audio") {
		require.Nil(t, o.media.Audio)
	} else if strings.Contains(right, "audio") && !strings.Contains(right, "no audio") {
		require.NotNil(t, o.media.Audio)
	}
	tracks := 0
	for _, f := range streams(t, filepath.Join(o.dir, "publish", o.publish.Assets.MP4)) {
		switch f.Kind {
		case "audio":
			tracks++
			require.Equal(t, "aac", f.Codec)
			require.Equal(t, 2, f.Channels)
		case "video":
		default:
			t.Errorf("a %s stream in the output", f.Kind)
		}
	}
	require.Equal(t, o.media.Audio != nil, tracks == 1)
	f := o.review.Findings
	mp4 := filepath.Join(o.dir, "publish", o.publish.Assets.MP4)
	if m := loudness.FindStringSubmatch(right); m != nil && f.LoudnessLUFS != nil {
		require.InDelta(t, -float64(number(m[1])), loudnessOf(t, mp4), 2.5)
	}
	if !f.Silent && f.LoudnessLUFS != nil && *f.LoudnessLUFS > -30 {
		require.InDelta(t, -16, loudnessOf(t, mp4), 1.5, "loudness")
	}
}

// rungs returns the names of the renditions.
func rungs(s media.Assets) []string {
	var out []string
	for _, r := range s.Renditions {
		out = append(out, r.Name)
	}
	return out
}

// number returns the value of digits that a regular expression matched.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(fmt.Sprintf("%q matched as a number", s))
	}
	return n
}
