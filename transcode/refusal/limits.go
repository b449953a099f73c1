package refusal

import (
	"time"
)

// Limits are what a source may be. The zero value of a field means no limit
// of that kind, except where stated.
type Limits struct {
	MinDuration time.Duration // shortest video accepted
	MaxDuration time.Duration // longest video accepted, after cutting
	MaxSource   time.Duration // longest video read, of which a part may be taken; 0 means four times MaxDuration
	Tolerance   time.Duration // by how much MaxDuration may be passed: cameras stop a little late
	MaxBytes    int64         // size of the file
	MaxPixels   int           // of one coded frame, width × height; 0 means DefaultLimits'
	MinEdge     int           // shorter display side, pixels
	MaxAspect   float64       // longer display side over shorter
	MaxStreams  int           // of any kind; 0 means DefaultLimits'
	MaxRate     float64       // frames per second in the source; more than the output's 60 is thinned out
}

// DefaultLimits accept what phones and cameras make: up to three minutes, 4K
// of either orientation, slow motion. 4096x2304 is the largest frame, so
// 8K, which costs 400 MB to open, is refused.
func DefaultLimits() Limits {
	return Limits{
		MinDuration: 250 * time.Millisecond,
		MaxDuration: 3 * time.Minute,
		Tolerance:   2 * time.Second,
		MaxBytes:    4 << 30,
		MaxPixels:   4096 * 2304,
		MinEdge:     64,
		MaxAspect:   4,
		MaxStreams:  16,
		MaxRate:     480,
	}
}

func (l Limits) WithDefaults() Limits {
	d := DefaultLimits()
	if l.MaxPixels <= 0 {
		l.MaxPixels = d.MaxPixels
	}
	if l.MaxStreams <= 0 {
		l.MaxStreams = d.MaxStreams
	}
	if l.MaxSource <= 0 {
		l.MaxSource = 4 * l.MaxDuration
	}
	return l
}

// tooLong reports whether a video of d, after cutting, is over the limit.
func (l Limits) tooLong(d time.Duration) bool {
	return l.MaxDuration > 0 && d > l.MaxDuration+l.Tolerance
}

// SourceTooLong reports whether seconds of video are more than is read at all.
func (l Limits) SourceTooLong(seconds float64) bool {
	return l.MaxSource > 0 && seconds > (l.MaxSource+l.Tolerance).Seconds()
}
