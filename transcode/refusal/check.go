package refusal

import (
	"time"

	"github.com/storyreel/storyreel/internal/media"
)

// Check compares a probe with the limits of a source, independent of any cut.
// It returns the first violation; those that hold at any length come before the
// length.
func Check(m media.Media, l Limits) error {
	v := m.Video
	short, long := v.ShortEdge(), max(v.Width, v.Height)
	switch {
	case l.MaxPixels > 0 && v.CodedWidth*v.CodedHeight > l.MaxPixels:
		return TooManyPixels()
	case short < 1:
		return Corrupt()
	case l.MaxAspect > 0 && short >= min(l.MinEdge, 16) && float64(long) > l.MaxAspect*float64(short):
		return badAspect(v, l)
	case short < l.MinEdge:
		return New(CodeTooSmall, "The video is too small (%d×%d); its shorter side must have at least %d pixels.",
			v.Width, v.Height, l.MinEdge)
	case l.MaxAspect > 0 && float64(long) > l.MaxAspect*float64(short):
		return badAspect(v, l)
	case v.DolbyVision == 5:
		// Its base layer has a color space of its own that only the vendor's
		// metadata converts; without it, frames are green and purple.
		return New(CodeCodec,
			"This Dolby Vision video (profile 5) has no standard colors. Please export it as HDR10, HLG or SDR.")
	case l.SourceTooLong(m.Duration.Seconds()):
		return SourceTooLong(l)
	case v.Frames < 2: // a still image, or a video with invalid times
		return Corrupt()
	case m.Duration < l.MinDuration:
		return tooShort(l)
	case l.MaxRate > 0 && v.AvgRate > l.MaxRate:
		return New(CodeRate, "The video has more than %.0f frames per second.", l.MaxRate)
	}
	return nil
}

func badAspect(v media.Video, l Limits) error {
	return New(CodeAspect, "The video is too narrow (%d×%d); its longer side may be at most %g times the shorter one.",
		v.Width, v.Height, l.MaxAspect)
}

// CheckLength compares the length after cutting with MinDuration and
// MaxDuration.
func CheckLength(d time.Duration, l Limits) error {
	switch {
	case l.tooLong(d):
		return TooLong(l)
	case d < l.MinDuration:
		return tooShort(l)
	}
	return nil
}
