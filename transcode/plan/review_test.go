package plan

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/testkit/clips"
	"github.com/storyreel/storyreel/transcode/refusal"
)

func TestNew_RemuxesWhatBrowsersPlay(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*media.Media)
		want   bool
	}{
		"H.264 in MP4": {nil, true},
		"HEVC":         {func(m *media.Media) { m.Video.Codec = "hevc" }, false},
		"10 bits":      {func(m *media.Media) { m.Video.PixelFormat = "yuv420p10le" }, false},
		"4:4:4":        {func(m *media.Media) { m.Video.PixelFormat = "yuv444p" }, false},
		"interlaced":   {func(m *media.Media) { m.Video.Interlaced = true }, false},
		"mirrored":     {func(m *media.Media) { m.Video.Mirrored = true }, false},
		"rotated": {
			func(m *media.Media) { m.Video.Rotation = 90; m.Video.Width, m.Video.Height = 1080, 1920 }, true,
		},
		"not square pixels":     {func(m *media.Media) { m.Video.SARNum, m.Video.SARDen = 4, 3 }, false},
		"4K":                    {clips.Size(3840, 2160), false},
		"120 frames per second": {func(m *media.Media) { m.Video.AvgRate = 120 }, false},
		"over the bit rate":     {func(m *media.Media) { m.Bitrate = remuxMaxBitrate + 1 }, false},
		"far apart key frames":  {func(m *media.Media) { m.Video.MaxKeyInterval = 15 }, false},
		"transport stream":      {func(m *media.Media) { m.Container = "mpegts" }, false},
		"HDR":                   {func(m *media.Media) { m.Video.Transfer = "arib-std-b67" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := New(clips.Media(c.change), Options{Profile: Review}, refusal.DefaultLimits())
			require.NoError(t, err)
			require.Equal(t, c.want, p.Remux)
		})
	}
}
