package plan

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/testkit/clips"
	"github.com/storyreel/storyreel/transcode/refusal"
)

func TestNewStoryboard_HasATileForEverySecond(t *testing.T) {
	require.Equal(t, Storyboard{Step: 1, Tiles: 13, Columns: 10, Rows: 2, Width: 108, Height: 192},
		newStoryboard(1080, 1920, 12.34))
	for _, s := range []float64{0.25, 1, 3, 59.99, 99.9, 180, 182} {
		b := newStoryboard(640, 360, s)
		require.LessOrEqual(t, b.Tiles, storyboardTiles)
		require.GreaterOrEqual(t, b.Rows*b.Columns, b.Tiles)
		require.InDelta(t, s, float64(b.Tiles)*b.Step, b.Step)
	}
}

func TestNew_WhatIsRemuxed(t *testing.T) {
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
		"4K":                   {clips.Size(3840, 2160), false},
		"120 frames":           {func(m *media.Media) { m.Video.AvgRate = 120 }, false},
		"over the bit rate":    {func(m *media.Media) { m.Bitrate = ReviewMaxBitrate + 1 }, false},
		"far apart key frames": {func(m *media.Media) { m.Video.KeyGap = 15 }, false},
		"transport stream":     {func(m *media.Media) { m.Container = "mpegts" }, false},
		"hdr":                  {func(m *media.Media) { m.Video.Transfer = "arib-std-b67" }, false},
	} {
		p, err := New(clips.Media(c.change), Options{Profile: Review}, refusal.DefaultLimits())
		require.NoError(t, err, name)
		require.Equal(t, c.want, p.Remux, name)
	}
}

func TestNew_RefusesByCode(t *testing.T) {
	for _, o := range []Options{{}, {Profile: "kit"}, {Profile: Publish, Quality: "best"}} {
		_, err := New(clips.Media(nil), o, refusal.DefaultLimits())
		require.Equal(t, refusal.CodeBadOptions, fault.CodeOf(err))
	}
	for code, change := range map[string]func(*media.Media){
		refusal.CodePixels:   clips.Size(7680, 4320),
		refusal.CodeTooSmall: clips.Size(60, 60),
		refusal.CodeAspect:   clips.Size(2000, 100),
		refusal.CodeTooLong:  func(m *media.Media) { m.Duration = 183 * time.Second },
		refusal.CodeTooShort: func(m *media.Media) { m.Duration = 200 * time.Millisecond },
		refusal.CodeRate:     func(m *media.Media) { m.Video.AvgRate = 1000 },
		refusal.CodeCodec:    func(m *media.Media) { m.Video.DolbyVision = 5 },
		refusal.CodeCorrupt:  func(m *media.Media) { m.Video.Frames = 1 },
	} {
		_, err := New(clips.Media(change), Options{Profile: Publish}, refusal.DefaultLimits())
		require.Equal(t, code, fault.CodeOf(err))
		require.True(t, fault.Permanent(err))
	}
	for _, change := range []func(*media.Media){
		clips.Size(4096, 2304), clips.Size(2160, 3840), func(m *media.Media) { m.Duration = 181 * time.Second },
	} {
		_, err := New(clips.Media(change), Options{Profile: Publish}, refusal.DefaultLimits())
		require.NoError(t, err)
	}
}

func TestNew_Gain(t *testing.T) {
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
		p, err := New(clips.Media(nil), Options{Profile: Publish, Findings: c.f}, refusal.DefaultLimits())
		require.NoError(t, err)
		require.Equal(t, c.db, p.Audio.GainDB, c.name)
		require.Equal(t, c.limit, p.Audio.Limit, c.name)
		require.False(t, p.Audio.Measure, c.name)
	}
}

func TestNew_IsPure(t *testing.T) {
	m := clips.Media(nil)
	a, err := New(m, Options{Profile: Publish}, refusal.DefaultLimits())
	require.NoError(t, err)
	b, err := New(m, Options{Profile: Publish}, refusal.DefaultLimits())
	require.NoError(t, err)
	require.Equal(t, a, b)
	require.Equal(t, clips.Media(nil), m, "the probe is not touched")
}
