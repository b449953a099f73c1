package plan

import (
	"strconv"
	"time"

	"github.com/storyreel/storyreel/internal/media"
)

const (
	// firstKeyGap is the longest distance of key frames in seconds, and so about
	// the longest segment, with which a first set has HLS.
	firstKeyGap = 6.0

	// HeavyBitrate is the bit rate of a first set above which many phones stall
	// on it, bits per second: somewhat more than the top rung of a ladder.
	HeavyBitrate = 6_000_000
)

// OfCopy describes the review copy of a video that was described as source.
func OfCopy(source media.Media, review media.Assets) media.Media {
	m := media.Media{
		Container: "mov", Bytes: review.Bytes, Duration: review.Duration, Streams: 1, Video: source.Video,
		Bitrate: int64(float64(8*review.Bytes) / max(review.Duration.Seconds(), 0.1)),
	}
	m.Video.Index, m.Video.Start, m.Video.Delay = 0, 0, 0
	m.Video.Codec, m.Video.HasHiddenFrames, m.Video.Irregular = "h264", false, false
	if !review.Remuxed {
		m.Video.Width, m.Video.Height = review.Width, review.Height
		m.Video.Rotation, m.Video.Mirrored, m.Video.Crop = 0, false, nil
		m.Video.MaxKeyInterval = KeySeconds
	}
	if source.Audio != nil {
		m.Streams, m.Audio = 2, &media.Audio{Index: 1, Codec: "aac", Channels: 2, SampleRate: 48000}
	}
	return m
}

// planFirst plans one rung, the copy itself. Not every player turns the frames
// of a stream as its matrix says, as all do with an MP4, so that a rotated copy
// gets no HLS.
func (p *Plan) planFirst(o Options) {
	v := p.Media.Video
	p.Streams = v.Rotation == 0 && v.MaxKeyInterval <= firstKeyGap
	p.Rungs = []Rung{{
		Name: strconv.Itoa(v.ShortEdge()), Width: v.Width, Height: v.Height, MaxRate: int(p.Media.Bitrate / 1000),
	}}
	if o.Findings != nil {
		p.Audio.GainDB, p.Audio.Limit = Gain(o.Findings)
	}
}

// FirstScratch is Scratch of the first set of a review copy, which has the copy
// twice.
func FirstScratch(review media.Assets) int64 {
	return firstScratch(review.Bytes, review.Duration)
}

func firstScratch(copied int64, length time.Duration) int64 {
	return 2*copied + written(2*audioMaxRate, length) + working(length)
}
