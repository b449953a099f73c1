package transcode

import (
	"bytes"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/clips"
	"github.com/storyreel/storyreel/internal/media"
)

func newMeter(report func(Progress)) *meter {
	at := time.Unix(0, 0)
	return &meter{
		report: report, moved: func() {}, began: at, last: -1,
		now: func() time.Time { at = at.Add(time.Second); return at },
	}
}

func TestMeter_ReadsPiecesAndNeverFalls(t *testing.T) {
	var got []float64
	m := newMeter(func(p Progress) { got = append(got, p.Fraction) })
	m.step(0, 0.5, 10*time.Second)
	for _, piece := range []string{
		"frame=1\nout_time", "_us=N/A\nprogress=continue\nout_time_us=-5\nprogress=continue\n",
		"out_time_us=5000000\nspeed=2.5x\nprogress=continue\n", "out_time_us=1000000\nprogress=continue\n",
		"out_time_us=99000000\nprogress=end\n", strings.Repeat("x", 5000)} {
		n, err := m.Write([]byte(piece))
		require.NoError(t, err)
		require.Equal(t, len(piece), n)
	}
	m.step(0.5, 1, 10*time.Second)
	_, _ = m.Write([]byte("\nout_time_us=10000000\nprogress=end\n"))
	require.Equal(t, []float64{0, 0.25, 0.5, 1}, dedupe(got))
	require.InDelta(t, 2.5, m.speed, 0)
}

func dedupe(v []float64) []float64 {
	var out []float64
	for _, x := range v {
		if len(out) == 0 || out[len(out)-1] != x {
			out = append(out, x)
		}
	}
	return out
}

func TestBoard_VTTCoversTheFilm(t *testing.T) {
	b := boardOf(1080, 1920, 12.34)
	require.Equal(t, Board{Step: 1, Tiles: 13, Columns: 10, Rows: 2, Width: 108, Height: 192}, b)
	v := storyboardVTT(b, "storyboard.jpg", 12340*time.Millisecond)
	require.True(t, strings.HasPrefix(v, "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nstoryboard.jpg#xywh=0,0,108,192\n"))
	require.Contains(t, v, "00:00:10.000 --> 00:00:11.000\nstoryboard.jpg#xywh=0,192,108,192\n")
	require.True(t, strings.HasSuffix(v, "00:00:12.000 --> 00:00:12.340\nstoryboard.jpg#xywh=216,192,108,192\n"))
	for _, s := range []float64{0.25, 1, 3, 59.99, 99.9, 180, 182} {
		b := boardOf(640, 360, s)
		require.LessOrEqual(t, b.Tiles, storyboardTiles)
		require.GreaterOrEqual(t, b.Rows*b.Columns, b.Tiles)
		require.InDelta(t, s, float64(b.Tiles)*b.Step, b.Step)
	}
}

func TestFlashes_CountsPairsInOneSecond(t *testing.T) {
	at := func(period int) frames {
		var raw []byte
		for i := range 50 {
			raw = append(raw, bytes.Repeat([]byte{byte(i / period % 2 * 180)}, measureEdge*measureEdge)...)
		}
		return measureFrames(raw, 25, 2)
	}
	require.Equal(t, 0, at(100).flashes())
	require.LessOrEqual(t, at(12).flashes(), 2)
	require.Greater(t, at(3).flashes(), flashesAllowed)
}

func TestSuspects_AreSecondsOfManyLargePictures(t *testing.T) {
	even := func(i int) int { return 900 + i%7*30 }
	film := func(size func(i int) int) []int {
		var out []int
		for i := range 250 { // ten seconds
			out = append(out, size(i))
		}
		return out
	}
	require.Empty(t, suspects(film(even), 20000, 10))
	require.Empty(t, suspects(nil, 0, 10))
	require.Empty(t, suspects(film(func(int) int { return 0 }), 20000, 10))
	got := suspects(film(func(i int) int {
		if i >= 100 && i < 150 && i%3 == 0 {
			return 9000
		}
		return even(i)
	}), 20000, 10)
	require.NotEmpty(t, got)
	require.LessOrEqual(t, len(got), lookMost)
	require.LessOrEqual(t, got[0].From, 4.5)
	require.GreaterOrEqual(t, got[0].To, 5.0)

	noisy := func(i int) int { // from four seconds on every picture is large
		if i >= 100 {
			return 9*even(i) + i%3*100
		}
		return even(i)
	}
	require.LessOrEqual(t, len(suspects(film(noisy), 20000, 10)), 1,
		"noise lasts: only where it begins could it be flashing")
	strobe := func(i int) int { // every picture changes all, for three seconds
		if i >= 100 && i < 175 {
			return 15000
		}
		return even(i)
	}
	got = suspects(film(strobe), 20000, 10)
	require.NotEmpty(t, got, "a long strobe stands out where it begins or ends")
	require.True(t, got[0].From < 7 && got[0].To > 4)
}

func TestDifferenceHash_SurvivesBrightness(t *testing.T) {
	a := make([]byte, measureEdge*measureEdge)
	for i := range a {
		a[i] = byte(40 + (i*7+i/measureEdge*13)%100)
	}
	b := make([]byte, len(a))
	for i := range a {
		b[i] = a[i] + 30
	}
	require.Equal(t, differenceHash(a), differenceHash(b))
	require.NotEqual(t, uint64(0), differenceHash(a))
}

func TestParseLoudness(t *testing.T) {
	l, err := parseLoudness([]byte("frame:0 pts:0 pts_time:0\nlavfi.r128.M=-120.0\nlavfi.r128.I=-70.0\n" +
		"lavfi.r128.true_peaks_ch0=0.1\n" +
		"frame:30 pts:1 pts_time:3\nlavfi.r128.M=-20\nlavfi.r128.I=-23.4\nlavfi.r128.LRA=3.5\n" +
		"lavfi.r128.true_peaks_ch0=0.5\nlavfi.r128.true_peak=nan\n"))
	require.NoError(t, err)
	f := l.findings()
	require.InDelta(t, -23.4, *f.LoudnessLUFS, 0)
	require.InDelta(t, -6.02, *f.TruePeakDBTP, 0.01)
	require.Equal(t, []media.Stretch{{From: 0, To: 2.7}}, f.SilentSpans)
	l, err = parseLoudness(nil)
	require.NoError(t, err)
	require.True(t, l.findings().Silent)
}

func TestPlaylist_Rates(t *testing.T) {
	p, err := parsePlaylist(
		"#EXTM3U\n#EXT-X-MAP:URI=\"a.mp4\",BYTERANGE=\"10@0\"\n#EXTINF:4.0,\n#EXT-X-BYTERANGE:4000@10\na.mp4\n" +
			"#EXTINF:2.0,\n#EXT-X-BYTERANGE:1000@4010\na.mp4\n#EXT-X-ENDLIST\n")
	require.NoError(t, err)
	peak, average := p.rates()
	require.Equal(t, int64(8000), peak)
	require.Equal(t, int64(6667), average)
	for _, bad := range []string{"", "no list", "#EXTM3U\n#EXTINF:x,\na\n", "#EXTM3U\n#EXT-X-BYTERANGE:1\na\n"} {
		_, err := parsePlaylist(bad)
		require.Error(t, err)
	}
}

func TestOrientation(t *testing.T) {
	turn, flip := orientation(
		"\n00000000:            0       65536           0\n00000001:       -65536           0           0\n"+
			"00000002:     47185920           0  1073741824\n", -90)
	require.Equal(t, 90, turn)
	require.False(t, flip)
	turn, flip = orientation("00000000: -65536 0 0\n00000001: 0 65536 0\n00000002: 0 0 1073741824", 180)
	require.Equal(t, 180, turn)
	require.True(t, flip)
	for _, r := range []float64{math.NaN(), 1e9, -1e9, 720} {
		turn, _ = orientation("", r)
		require.Zero(t, turn%90)
	}
}

func TestNeedsNoPathInDetails(t *testing.T) {
	for _, s := range stderrPatterns {
		require.NotContains(t, s.refuse(DefaultLimits()).Detail, "/")
	}
}

func TestFamily_ByTheFirstBytes(t *testing.T) {
	for head, want := range map[string]string{
		"\x00\x00\x00\x18ftypisom":     "mov",
		"\x00\x00\x00\x64uuid\x85\xC0": "mov", // cameras put their own box first
		"\x00\x00\x00\x18stypmsdh":     "mov",
		"\x1A\x45\xDF\xA3\x01":         "matroska",
		"RIFF\x00\x00\x00\x00AVI LIST": "avi",
		"RIFF\x00\x00\x00\x00WAVEfmt ": "",
		"\x00\x00\x01\xBA\x44\x00\x04": "", // a program stream
		"":                             "",
	} {
		require.Equal(t, want, familyOf([]byte(head)), "%q", head)
	}
}

func FuzzSniff(f *testing.F) {
	for _, c := range clips.Hostile {
		if len(c.Args) == 0 {
			b, err := os.ReadFile(c.Path(f))
			require.NoError(f, err)
			f.Add(b)
		}
	}
	b, err := os.ReadFile(clips.Get(f, "short"))
	require.NoError(f, err)
	f.Add(b[:min(len(b), 4096)])
	f.Fuzz(func(t *testing.T, b []byte) {
		kind, err := sniff(bytes.NewReader(b), int64(len(b)))
		require.True(t, err != nil || demuxers[kind] != "")
		_, _ = parseMovie(bytes.NewReader(b), int64(len(b)), "vide")
	})
}

func FuzzReadProbe(f *testing.F) {
	f.Add(
		`{"packets":[{"codec_type":"video","stream_index":0,"pts_time":"0.0","duration_time":"0.04",` +
			`"size":"10","flags":"K_"}],"programs":[],"streams":[{"index":0,"codec_type":"video",` +
			`"codec_name":"h264","width":640,"height":360,"sample_aspect_ratio":"1:1",` +
			`"side_data_list":[{"side_data_type":"Display Matrix","displaymatrix":"00000000: 0 65536 0",` +
			`"rotation":-90}]}],"format":{"start_time":"0.0","duration":"N/A"}}`)
	f.Add(`{"packets":[{"pts_time":"1e308","dts_time":"-1e308","codec_type":"video"}]}`)
	f.Fuzz(func(t *testing.T, s string) {
		got, err := readProbe(strings.NewReader(s), &timeline{}, DefaultLimits().withDefaults().endless)
		if err != nil {
			return
		}
		m, _, err := describe("mov", 1000, got)
		if err != nil {
			return
		}
		for _, p := range []Profile{Review, Publish} {
			if plan, err := NewPlan(m, Order{Profile: p}, DefaultLimits()); err == nil {
				for _, r := range plan.Rungs {
					require.True(t, r.Width > 0 && r.Height > 0 && r.Width%2 == 0 && r.Height%2 == 0)
				}
				_, err := reviewArgs(plan, "/x", 1)
				require.True(t, err == nil || p == Publish)
			}
		}
	})
}

func FuzzMeter(f *testing.F) {
	f.Add("frame=1\nout_time_us=100\nspeed=1x\nprogress=end\n")
	f.Fuzz(func(t *testing.T, s string) {
		last := 0.0
		m := newMeter(func(p Progress) {
			require.True(t, p.Fraction >= last && p.Fraction <= 1 && p.ETA >= 0)
			last = p.Fraction
		})
		m.step(0, 1, time.Second)
		_, _ = m.Write([]byte(s))
	})
}

func FuzzPlaylist(f *testing.F) {
	f.Add("#EXTM3U\n#EXTINF:4.0,\n#EXT-X-BYTERANGE:4000@10\na.mp4\n")
	f.Fuzz(func(t *testing.T, s string) {
		if p, err := parsePlaylist(s); err == nil {
			peak, average := p.rates()
			require.GreaterOrEqual(t, peak, average)
		}
	})
}
