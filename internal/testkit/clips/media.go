package clips

import (
	"time"

	"github.com/storyreel/storyreel/internal/media"
)

// Media returns the probe's result for an ordinary 1080p phone video, modified
// by change unless nil.
func Media(change func(*media.Media)) media.Media {
	m := media.Media{
		Container: "mov", Bytes: 10 << 20, Duration: 20 * time.Second, Bitrate: 4_000_000, Streams: 2,
		Video: media.Video{
			Codec: "h264", CodedWidth: 1920, CodedHeight: 1080, Width: 1920, Height: 1080, SARNum: 1, SARDen: 1,
			PixelFormat: "yuv420p", BitDepth: 8, Rate: media.Rate{Num: 30, Den: 1}, AvgRate: 30, Matrix: "bt709",
			Frames: 600, MaxKeyInterval: 2,
		},
		Audio: &media.Audio{Index: 1, Codec: "aac", Channels: 2, SampleRate: 48000},
	}
	if change != nil {
		change(&m)
	}
	return m
}

// Size returns a change for Media: another frame size, in pixels.
func Size(w, h int) func(*media.Media) {
	return func(m *media.Media) {
		m.Video.Width, m.Video.Height, m.Video.CodedWidth, m.Video.CodedHeight = w, h, w, h
	}
}
