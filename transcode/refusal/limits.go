package refusal

import "time"

// Limits are the limits of a source. The zero value of a field means no limit
// of that kind, except where stated.
type Limits struct {
	MinDuration time.Duration // shortest video accepted
	MaxDuration time.Duration // longest video accepted, after cutting
	MaxSource   time.Duration // longest source that may be cut; 0 means four times MaxDuration
	Tolerance   time.Duration // accepted excess over MaxDuration and MaxSource: cameras stop a little late
	MaxBytes    int64         // size of the file
	MaxPixels   int           // of one coded frame, width × height; 0 means DefaultLimits'
	MinEdge     int           // shorter display side, pixels
	MaxAspect   float64       // longer display side divided by the shorter
	MaxStreams  int           // of any kind; 0 means DefaultLimits'
	MaxRate     float64       // frames per second of the source; the output has at most 60
}

// DefaultLimits returns limits for videos of phones and cameras: up to three
// minutes, 4K in either orientation, slow motion. The largest frame is
// 4096×2304; 8K takes 400 MB of memory to open and is refused.
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

// WithDefaults returns l with the defaults of MaxPixels, MaxStreams and
// MaxSource filled in.
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

// tooLong reports whether d, the length after cutting, is over MaxDuration.
func (l Limits) tooLong(d time.Duration) bool {
	return l.MaxDuration > 0 && d > l.MaxDuration+l.Tolerance
}

// SourceTooLong reports whether a source of that many seconds is over
// MaxSource.
func (l Limits) SourceTooLong(seconds float64) bool {
	return l.MaxSource > 0 && seconds > (l.MaxSource+l.Tolerance).Seconds()
}
