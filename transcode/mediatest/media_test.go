//go:build media

package mediatest

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

func folder(t *testing.T, name string) string {
	t.Helper()
	dir := os.Getenv(name)
	require.NotEmpty(t, dir,
		"%s must name the folder of test files, as in %s=/path go test -tags media ./transcode/mediatest", name, name)
	st, err := os.Stat(dir)
	require.NoError(t, err, "%s must name a folder that exists", name)
	require.True(t, st.IsDir(), "%s must name a folder", name)
	return dir
}

// outcome is what the whole pipeline made of one file.
type outcome struct {
	media           media.Media
	review, publish transcode.Result
	dir             string
	err             error
	took            time.Duration
}

func pipeline(t *testing.T, tr *transcode.Transcoder, src string) outcome {
	t.Helper()
	o := outcome{dir: t.TempDir()}
	began := time.Now()
	o.err = func() (err error) {
		ctx := context.Background()
		if o.media, err = tr.Probe(ctx, src, refusal.DefaultLimits()); err != nil {
			return err
		}
		if o.review, err = run(ctx, tr, o.media, src, filepath.Join(o.dir, string(plan.Review)), plan.Review,
			nil); err != nil {
			return err
		}
		o.publish, err = run(ctx, tr, o.media, src, filepath.Join(o.dir, string(plan.Publish)), plan.Publish,
			&o.review.Findings)
		return err
	}()
	o.took = time.Since(began)
	return o
}

func newTranscoder(t *testing.T) *transcode.Transcoder {
	t.Helper()
	tr, err := transcode.New(transcode.Options{})
	require.NoError(t, err)
	t.Logf("sandbox %s", tr.SandboxLevel())
	return tr
}

// row is one line of the corpus's table.
type row struct{ file, properties, right string }

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
		one := row{file: cells[f], right: cells[r]}
		if p, ok := columns["properties"]; ok && p < len(cells) {
			one.properties = cells[p]
		}
		out = append(out, one)
	}
	require.NotEmpty(t, out, "the README must hold a table with the columns file and right result")
	return out
}

func TestCorpus(t *testing.T) {
	dir := folder(t, "CORPUS")
	tr := newTranscoder(t)
	for _, r := range rows(t, filepath.Join(dir, "README.md")) {
		t.Run(r.file, func(t *testing.T) {
			t.Parallel()
			o := pipeline(t, tr, filepath.Join(dir, r.file))
			if o.err != nil {
				t.Logf("%.1f s: %v", o.took.Seconds(), o.err)
			} else {
				t.Logf("%.1f s: %dx%d %.2f s, remuxed %t, rungs %v, %v", o.took.Seconds(),
					o.publish.Set.Width, o.publish.Set.Height, o.publish.Set.Duration.Seconds(),
					o.review.Set.Remuxed, rungs(o.publish.Set), o.publish.Findings.Warnings)
			}
			compare(t, filepath.Join(dir, r.file), r, o)
		})
	}
}

var (
	mayRefuse  = regexp.MustCompile(`either refused,? or|or is refused|or refused|by policy`)
	mustRefuse = regexp.MustCompile(`\brefused\b`)
	sizes      = regexp.MustCompile(`\b(\d{2,5})x(\d{2,5})\b`)
	lengths    = regexp.MustCompile(`(^|[\s(,;])(at |than |with |by )?~?(\d+(?:\.\d+)?) s\b`)
	rates      = regexp.MustCompile(`(\d+)(?: or (\d+))? fps`)
	ladders    = regexp.MustCompile(`ladder (\d+(?:/\d+)+)`)
	loudness   = regexp.MustCompile(`[-−](\d+) LUFS`)
)

func compare(t *testing.T, src string, r row, o outcome) {
	t.Helper()
	right := strings.ToLower(r.right)
	may := mayRefuse.MatchString(right)
	if o.err != nil {
		require.True(t, may || mustRefuse.MatchString(right), "refused, but right is %q: %v", r.right, o.err)
		require.True(t, fault.Permanent(o.err), "a refusal is final: %v", o.err)
		require.Less(t, o.took, 30*time.Second)
		return
	}
	require.True(t, may || !mustRefuse.MatchString(right), "let through, but right is %q", r.right)
	compareShape(t, right, o)
	compareTime(t, right, o)
	compareSound(t, right, strings.ToLower(r.properties), o)
	requireClean(t, src, o)
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
	s := o.publish.Set
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
		require.True(t, o.review.Set.Remuxed, "the source's own bits suffice for review")
	}
	if strings.Contains(right, "needs transcode for review") {
		require.False(t, o.review.Set.Remuxed)
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
			continue // when something happens, not how long it is
		}
		want, _ := strconv.ParseFloat(m[3], 64)
		require.InDelta(t, want, o.publish.Set.Duration.Seconds(), max(0.26, 0.02*want), "length")
		require.InDelta(t, want, o.review.Set.Duration.Seconds(), max(0.26, 0.02*want), "length of the review copy")
		break
	}
	rate := o.publish.Set.Renditions[0].Rate
	require.LessOrEqual(t, rate, 60.01)
	if m := rates.FindStringSubmatch(right); m != nil && m[2] != "" {
		require.Contains(t, []int{number(m[1]), number(m[2])}, int(math.Round(rate)))
	}
	require.InDelta(t, o.publish.Set.Duration.Seconds(), o.review.Set.Duration.Seconds(), 0.3, "both tell one length")
}

func compareSound(t *testing.T, right, properties string, o outcome) {
	t.Helper()
	if strings.Contains(properties, "no audio") {
		require.Nil(t, o.media.Audio)
	} else if strings.Contains(right, "audio") && !strings.Contains(right, "no audio") {
		require.NotNil(t, o.media.Audio)
	}
	sound := 0
	for _, f := range streams(t, filepath.Join(o.dir, "publish", o.publish.Set.MP4)) {
		switch f.Kind {
		case "audio":
			sound++
			require.Equal(t, "aac", f.Codec)
			require.Equal(t, 2, f.Channels)
		case "video":
		default:
			t.Errorf("a %s stream in the output", f.Kind)
		}
	}
	require.Equal(t, o.media.Audio != nil, sound == 1)
	f := o.review.Findings
	if m := loudness.FindStringSubmatch(r16(right)); m != nil && f.LoudnessLUFS != nil {
		require.InDelta(t, -float64(number(m[1])), measured(t, filepath.Join(o.dir, "publish", o.publish.Set.MP4)), 2.5)
	}
	if !f.Silent && f.LoudnessLUFS != nil && *f.LoudnessLUFS > -30 {
		require.InDelta(t, -16, measured(t, filepath.Join(o.dir, "publish", o.publish.Set.MP4)), 1.5, "loudness")
	}
}

func r16(s string) string { return strings.ReplaceAll(s, "lufs", "LUFS") }

func measured(t *testing.T, path string) float64 {
	t.Helper()
	out, err := exec.Command("ffmpeg", "-nostdin", "-v", "error", "-i", path, "-map", "0:a",
		"-af", "ebur128=peak=true:metadata=1,ametadata=mode=print:file=-", "-f", "null", "-").Output()
	require.NoError(t, err)
	all := regexp.MustCompile(`lavfi\.r128\.I=(\S+)`).FindAllStringSubmatch(string(out), -1)
	require.NotEmpty(t, all)
	v, err := strconv.ParseFloat(all[len(all)-1][1], 64)
	require.NoError(t, err)
	for _, p := range regexp.MustCompile(`lavfi\.r128\.true_peaks_ch\d=(\S+)`).FindAllStringSubmatch(string(out), -1) {
		peak, _ := strconv.ParseFloat(p[1], 64)
		require.LessOrEqual(t, 20*math.Log10(max(peak, 1e-9)), -0.3, "true peak")
	}
	return v
}

type streamInfo struct {
	Kind     string `json:"codec_type"`
	Codec    string `json:"codec_name"`
	Pix      string `json:"pix_fmt"`
	SAR      string `json:"sample_aspect_ratio"`
	Matrix   string `json:"color_space"`
	Range    string `json:"color_range"`
	Channels int    `json:"channels"`
}

func streams(t *testing.T, path string) []streamInfo {
	t.Helper()
	out, err := exec.Command("ffprobe", "-v", "error", "-of", "json", "-show_streams", path).Output()
	require.NoError(t, err)
	var got struct {
		Streams []streamInfo `json:"streams"`
	}
	require.NoError(t, json.Unmarshal(out, &got))
	return got.Streams
}

// harmless are tag values that every file has and that tell nothing.
var harmless = regexp.MustCompile(`(?i)^(und|eng|isom\w*|mp4\d|qt|lavf.*|lavc.*|.*handle.*|core media .*|` +
	`\d+|\d{2}:\d{2}:[\d.:;]+)$`)

// requireClean greps every output for every telling tag value of the source.
func requireClean(t *testing.T, src string, o outcome) {
	t.Helper()
	out, err := exec.Command("ffprobe", "-v", "quiet", "-of", "json", "-show_entries",
		"format_tags:stream_tags", src).Output()
	require.NoError(t, err)
	var got struct {
		Streams []struct{ Tags map[string]string }
		Format  struct{ Tags map[string]string }
	}
	require.NoError(t, json.Unmarshal(out, &got))
	telling := map[string]bool{"<script": true}
	for _, s := range append(got.Streams, struct{ Tags map[string]string }{got.Format.Tags}) {
		for _, v := range s.Tags {
			if v = strings.TrimSpace(v); len(v) >= 5 && !harmless.MatchString(v) {
				telling[v] = true
			}
		}
	}
	require.NoError(t, filepath.WalkDir(o.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for v := range telling {
			require.False(t, strings.Contains(string(b), v), "%s carries %q of the source's metadata", d.Name(), v)
		}
		return nil
	}))
}

func TestHostile(t *testing.T) {
	dir := folder(t, "HOSTILE")
	tr := newTranscoder(t)
	b, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	require.NoError(t, err)
	var list []struct {
		File       string   `json:"file"`
		Expected   []string `json:"expected"`
		MaxSeconds float64  `json:"max_seconds"`
		MaxMB      int64    `json:"max_mb"`
	}
	require.NoError(t, json.Unmarshal(b, &list))
	require.NotEmpty(t, list)
	for _, c := range list {
		t.Run(c.File, func(t *testing.T) {
			before, worked := peak(t), work(t)
			o := pipeline(t, tr, filepath.Join(dir, c.File))
			got := "ACCEPT"
			if o.err != nil {
				got = fault.CodeOf(o.err)
				require.True(t, fault.Permanent(o.err), "never tried again: %v", o.err)
			} else {
				requireClean(t, filepath.Join(dir, c.File), o)
			}
			mb := max(o.review.Usage.MaxRSS, o.publish.Usage.MaxRSS) >> 20
			if now := peak(t); now > before {
				mb = max(mb, now>>20)
			}
			t.Logf("%s in %.2f s, %d MB", got, o.took.Seconds(), mb)
			ok := slices.Contains(c.Expected, got) || got == "ACCEPT" && slices.Contains(c.Expected, "ACCEPT_PARTIAL")
			require.True(t, ok, "%s, right are %v: %v", got, c.Expected, o.err)
			require.LessOrEqual(t, (work(t) - worked).Seconds(), c.MaxSeconds)
			require.LessOrEqual(t, o.took.Seconds(), c.MaxSeconds*crowd(t))
			require.LessOrEqual(t, mb, c.MaxMB)
		})
	}
}

// crowd is how many want each core, 1 where nobody waits: by so much a clock
// runs faster than the work it times.
func crowd(t *testing.T) float64 {
	t.Helper()
	b, err := os.ReadFile("/proc/loadavg")
	require.NoError(t, err)
	var load float64
	_, err = fmt.Sscan(string(b), &load)
	require.NoError(t, err)
	return max(1, 2*load/float64(runtime.NumCPU())) // twice, as the average lags behind
}

// work returns the CPU time of all ended children so far.
func work(t *testing.T) time.Duration {
	t.Helper()
	var ru syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_CHILDREN, &ru))
	return time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
}

// peak returns the largest resident size of any ended child so far, bytes.
func peak(t *testing.T) int64 {
	t.Helper()
	var ru syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_CHILDREN, &ru))
	return ru.Maxrss << 10
}

func rungs(s media.Set) []string {
	var out []string
	for _, r := range s.Renditions {
		out = append(out, r.Name)
	}
	return out
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(fmt.Sprintf("%q matched as a number", s))
	}
	return n
}
