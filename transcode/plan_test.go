package transcode

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
)

var update = flag.Bool("update", false, "rewrite testdata")

// good is a plain 1080p film; change alters a copy of it.
func good(change func(*media.Media)) media.Media {
	m := media.Media{
		Container: "mov", Bytes: 10 << 20, Duration: 20 * time.Second, Bitrate: 4_000_000, Streams: 2,
		Video: media.Video{
			Codec: "h264", CodedWidth: 1920, CodedHeight: 1080, Width: 1920, Height: 1080, SARNum: 1, SARDen: 1,
			PixelFormat: "yuv420p", BitDepth: 8, Rate: media.Rate{Num: 30, Den: 1}, AvgRate: 30, Matrix: "bt709",
			Frames: 600, KeyGap: 2},
		Audio: &media.Audio{Index: 1, Codec: "aac", Channels: 2, SampleRate: 48000},
	}
	if change != nil {
		change(&m)
	}
	return m
}

func size(w, h int) func(*media.Media) {
	return func(m *media.Media) {
		m.Video.Width, m.Video.Height, m.Video.CodedWidth, m.Video.CodedHeight = w, h, w, h
	}
}

func TestLadder(t *testing.T) {
	for _, c := range []struct {
		w, h int
		want string
	}{
		{1920, 1080, "1080:1920x1080 720:1280x720 480:854x480 360:640x360"},
		{1080, 1920, "1080:1080x1920 720:720x1280 480:480x854 360:360x640"},
		{2160, 3840, "1080:1080x1920 720:720x1280 480:480x854 360:360x640"},
		{1920, 1200, "1080:1728x1080 720:1152x720 480:768x480 360:576x360"},
		{1280, 720, "720:1280x720 480:854x480 360:640x360"},
		{1280, 718, "718:1280x718 480:856x480 360:642x360"},
		{1138, 640, "640:1138x640 480:854x480 360:640x360"},
		{960, 540, "540:960x540 360:640x360"},
		{960, 400, "400:960x400"},
		{853, 479, "479:852x478 360:642x360"},
		{640, 360, "360:640x360"},
		{480, 270, "270:480x270"},
		{161, 121, "121:160x120"},
		{192, 144, "144:192x144"},
		{720, 720, "720:720x720 480:480x480 360:360x360"},
	} {
		var got []string
		for _, r := range ladder(c.w, c.h, media.Rate{Num: 30, Den: 1}) {
			got = append(got, r.Name+":"+sizeOf(r))
			require.LessOrEqual(t, r.Width, c.w)
			require.LessOrEqual(t, r.Height, c.h)
		}
		require.Equal(t, c.want, strings.Join(got, " "), "%dx%d", c.w, c.h)
	}
}

func TestLadder_LargeRungsAreSearchedLess(t *testing.T) {
	for want, edges := range map[string][2]int{
		"24.5q 24.5q 24.5q 23.8": {1920, 1080},
		"24.5q 24.5q 23.8":       {720, 1280},
		"24.5q 23.8":             {960, 540},
		"23.8":                   {400, 400},
	} {
		var got []string
		for _, r := range ladder(edges[0], edges[1], media.Rate{Num: 30, Den: 1}) {
			got = append(got, r.crf()+map[bool]string{true: "q"}[r.quick()])
		}
		require.Equal(t, want, strings.Join(got, " "))
	}
}

func sizeOf(r Rung) string { return fmt.Sprintf("%dx%d", r.Width, r.Height) }

func TestPlanRate(t *testing.T) {
	r := func(n, d int) media.Rate { return media.Rate{Num: n, Den: d} }
	for _, c := range []struct {
		name             string
		claimed, average media.Rate
		measured, gap    float64
		want             media.Rate
	}{
		{"plain", r(30, 1), r(30, 1), 30, 0.0333, r(30, 1)},
		{"ntsc stays exact", r(30000, 1001), r(30000, 1001), 29.97, 0.0334, r(30000, 1001)},
		{"120 halves", r(120, 1), r(120, 1), 120, 0.0083, r(60, 1)},
		{"119.88 halves exactly", r(120000, 1001), r(120000, 1001), 119.88, 0.0083, r(60000, 1001)},
		{"240", r(240, 1), r(240, 1), 239.5, 0.0042, r(60, 1)},
		{"100", r(100, 1), r(100, 1), 100, 0.01, r(50, 1)},
		{"phone in the dark", r(30, 1), r(140000, 5087), 27.4, 0.0333, r(30, 1)},
		{"milliseconds with holes", r(1000, 1), r(0, 1), 19.5, 0.033, r(30, 1)},
		{"no grid at all", r(1000, 1), r(0, 1), 19.5, 0.061, r(24, 1)},
		{"fields counted", r(50, 1), r(25, 1), 25, 0.04, r(25, 1)},
		{"telephone", r(250, 1), r(2775, 188), 14.76, 0.08, r(15, 1)},
		{"seventeen", r(17, 1), r(17, 1), 17, 0.0588, r(17, 1)},
		{"one a second", r(1, 1), r(1, 1), 1, 1, r(15, 1)},
		{"nothing known", r(0, 0), r(0, 0), 0, 0, r(15, 1)},
	} {
		require.Equal(t, c.want, planRate(c.claimed, c.average, c.measured, c.gap), c.name)
	}
}

func TestNewPlan_WhatIsRemuxed(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*media.Media)
		want   bool
	}{
		"browsers play it": {nil, true},
		"hevc":             {func(m *media.Media) { m.Video.Codec = "hevc" }, false},
		"ten bits":         {func(m *media.Media) { m.Video.PixelFormat = "yuv420p10le" }, false},
		"4:4:4":            {func(m *media.Media) { m.Video.PixelFormat = "yuv444p" }, false},
		"interlaced":       {func(m *media.Media) { m.Video.Interlaced = true }, false},
		"mirrored":         {func(m *media.Media) { m.Video.Mirrored = true }, false},
		"turned": {
			func(m *media.Media) { m.Video.Rotation = 90; m.Video.Width, m.Video.Height = 1080, 1920 }, true,
		},
		"not square":           {func(m *media.Media) { m.Video.SARNum, m.Video.SARDen = 4, 3 }, false},
		"4K":                   {size(3840, 2160), false},
		"120 frames":           {func(m *media.Media) { m.Video.AvgRate = 120 }, false},
		"over the bit rate":    {func(m *media.Media) { m.Bitrate = ReviewMaxBitrate + 1 }, false},
		"far apart key frames": {func(m *media.Media) { m.Video.KeyGap = 15 }, false},
		"transport stream":     {func(m *media.Media) { m.Container = "mpegts" }, false},
		"hdr":                  {func(m *media.Media) { m.Video.Transfer = "arib-std-b67" }, false},
	} {
		p, err := NewPlan(good(c.change), Order{Profile: Review}, DefaultLimits())
		require.NoError(t, err, name)
		require.Equal(t, c.want, p.Remux, name)
	}
}

func TestNewPlan_RefusesByCode(t *testing.T) {
	for _, o := range []Order{{}, {Profile: "kit"}, {Profile: Publish, Quality: "best"}} {
		_, err := NewPlan(good(nil), o, DefaultLimits())
		require.Equal(t, CodeBadOptions, fault.CodeOf(err))
	}
	for code, change := range map[string]func(*media.Media){
		CodePixels:   size(7680, 4320),
		CodeTooSmall: size(60, 60),
		CodeAspect:   size(2000, 100),
		CodeTooLong:  func(m *media.Media) { m.Duration = 183 * time.Second },
		CodeTooShort: func(m *media.Media) { m.Duration = 200 * time.Millisecond },
		CodeRate:     func(m *media.Media) { m.Video.AvgRate = 1000 },
		CodeCodec:    func(m *media.Media) { m.Video.DolbyVision = 5 },
		CodeCorrupt:  func(m *media.Media) { m.Video.Frames = 1 },
	} {
		_, err := NewPlan(good(change), Order{Profile: Publish}, DefaultLimits())
		require.Equal(t, code, fault.CodeOf(err))
		require.True(t, fault.Permanent(err))
	}
	for _, change := range []func(*media.Media){
		size(4096, 2304), size(2160, 3840), func(m *media.Media) { m.Duration = 181 * time.Second },
	} {
		_, err := NewPlan(good(change), Order{Profile: Publish}, DefaultLimits())
		require.NoError(t, err)
	}
}

func TestNewPlan_Gain(t *testing.T) {
	f := func(lufs, peak float64) *media.Findings {
		return &media.Findings{LoudnessLUFS: &lufs, TruePeakDBTP: &peak}
	}
	for _, c := range []struct {
		name  string
		f     *media.Findings
		db    float64
		limit bool
	}{
		{"already right", f(-16, -3), 0, false},
		{"too loud", f(-10, 0.5), -6, false},
		{"lifted with room", f(-24, -10), 8, false},
		{"peaks must be held", f(-24, -4), 8, true},
		{"held no more than 8 dB", f(-30, -2), 9, true},
		{"capped at 25 dB", f(-50, -40), 25, false},
		{"almost silent stays so", f(-61, -50), 0, false},
		{"silent", &media.Findings{Silent: true}, 0, false},
	} {
		p, err := NewPlan(good(nil), Order{Profile: Publish, Known: c.f}, DefaultLimits())
		require.NoError(t, err)
		require.Equal(t, c.db, p.Sound.GainDB, c.name)
		require.Equal(t, c.limit, p.Sound.Limit, c.name)
		require.False(t, p.Sound.Measure, c.name)
	}
}

func TestNewPlan_IsPure(t *testing.T) {
	m := good(nil)
	a, err := NewPlan(m, Order{Profile: Publish}, DefaultLimits())
	require.NoError(t, err)
	b, err := NewPlan(m, Order{Profile: Publish}, DefaultLimits())
	require.NoError(t, err)
	require.Equal(t, a, b)
	require.Equal(t, good(nil), m, "the probe is not touched")
}

// TestArgs_AreAsRecorded holds every argument against testdata, one a line.
// go test -run Args -update rewrites them; read the difference.
func TestArgs_AreAsRecorded(t *testing.T) {
	quiet, peak := -24.0, -4.0
	heard := &media.Findings{LoudnessLUFS: &quiet, TruePeakDBTP: &peak}
	cases := map[string]struct {
		m media.Media
		o Order
	}{
		"review-remux": {good(nil), Order{Profile: Review}},
		"review-remux-far-keys": {
			good(func(m *media.Media) { m.Video.KeyGap = 5; m.Audio.Codec = "opus" }), Order{Profile: Review},
		},
		"review-hevc": {good(func(m *media.Media) { m.Video.Codec = "hevc" }), Order{Profile: Review}},
		"review-cut": {
			good(nil), Order{Profile: Review, Cut: Cut{From: 2500 * time.Millisecond, To: 8 * time.Second}},
		},
		"publish-1080": {good(nil), Order{Profile: Publish, Known: heard}},
		"publish-silent-360": {
			good(func(m *media.Media) { size(640, 360)(m); m.Audio = nil }), Order{Profile: Publish},
		},
		"publish-high":         {good(nil), Order{Profile: Publish, Quality: High, Known: heard}},
		"publish-nvenc":        {good(nil), Order{Profile: Publish, Encoder: NVENC, Known: heard}},
		"publish-vaapi":        {good(size(640, 360)), Order{Profile: Publish, Encoder: VAAPI, Known: heard}},
		"publish-videotoolbox": {good(size(640, 360)), Order{Profile: Publish, Encoder: VideoToolbox, Known: heard}},
		"publish-av1": {
			good(func(m *media.Media) { size(640, 360)(m); m.Video.Rate = media.Rate{Num: 30000, Den: 1001} }),
			Order{Profile: Publish, AV1: true, Known: heard},
		},
		"publish-cut-ts": {
			good(func(m *media.Media) { size(640, 360)(m); m.Container, m.Offset = "mpegts", 1.25 }),
			Order{Profile: Publish, Known: heard, Cut: Cut{From: 12 * time.Second}},
		},
		"publish-hlg-portrait": {good(func(m *media.Media) {
			size(2160, 3840)(m)
			m.Video.Codec, m.Video.PixelFormat, m.Video.BitDepth, m.Video.Transfer, m.Video.Matrix = "hevc",
				"yuv420p10le", 10, "arib-std-b67", "bt2020nc"
		}), Order{Profile: Publish, Known: heard}},
		"publish-interlaced-sd": {good(func(m *media.Media) {
			m.Container, m.Offset = "mpegts", 1.25
			m.Video = media.Video{
				Codec: "mpeg2video", CodedWidth: 720, CodedHeight: 576, Width: 1024, Height: 576, SARNum: 64,
				SARDen: 45, PixelFormat: "yuv420p", BitDepth: 8,
				Interlaced: true, Rate: media.Rate{Num: 25, Den: 1}, AvgRate: 25, Frames: 500, KeyGap: 0.5}
		}), Order{Profile: Publish, Known: heard}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			p, err := NewPlan(c.m, c.o, DefaultLimits())
			require.NoError(t, err)
			var all []string
			add := func(what string, args []string, err error) {
				require.NoError(t, err)
				all = append(append(all, "# "+what), args...)
			}
			for range 5 { // the same each time
				all = nil
				if c.o.Profile == Review {
					args, err := reviewArgs(p, "/in/source", 2)
					add("main", args, err)
					args, err = stillArgs(p, 1.5, 1920, 1080, 2)
					add("still", args, err)
					if p.KeysOnly {
						args, err = lookArgs([]media.Stretch{{From: 1, To: 5}, {From: 9, To: 13}}, 2)
						add("look", args, err)
					}
				} else {
					args, err := publishArgs(p, "/in/source", 2)
					add("main", args, err)
					args, err = finishArgs(p, 1.5, 2, 2)
					add("finish", args, err)
					args, err = decodeArgs(p)
					add("decode", args, err)
				}
				requireGolden(t, filepath.Join("testdata", name+".args"), strings.Join(all, "\n")+"\n")
			}
		})
	}
}

func requireGolden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}
