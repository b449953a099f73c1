package refusal

import (
	"time"

	"github.com/storyreel/storyreel/internal/media"
)

// Check compares what was found with what is allowed of a source, whatever
// part of it is taken. The order is that of usefulness: what cannot be seen at
// all first, then its length.
func Check(m media.Media, l Limits) error {
	v := m.Video
	short, long := v.ShortEdge(), max(v.Width, v.Height)
	switch {
	case l.MaxPixels > 0 && v.CodedWidth*v.CodedHeight > l.MaxPixels:
		return TooManyPixels()
	case short < 1:
		return Corrupt()
	case l.MaxAspect > 0 && short >= min(l.MinEdge, 16) && float64(long) > l.MaxAspect*float64(short):
		return New(CodeAspect, "The picture is too long and narrow (%d×%d).", v.Width, v.Height)
	case short < l.MinEdge:
		return New(CodeTooSmall, "The picture is too small (%d×%d); its shorter side must have %d pixels.", v.Width,
			v.Height, l.MinEdge)
	case l.MaxAspect > 0 && float64(long) > l.MaxAspect*float64(short):
		return New(CodeAspect, "The picture is too long and narrow (%d×%d).", v.Width, v.Height)
	case v.DolbyVision == 5:
		// Its base frame is in a color space of its own that only the
		// vendor's metadata undoes; shown plainly it is green and purple.
		return New(CodeCodec,
			"This Dolby Vision film (profile 5) has no standard picture in it. Please export it as HDR10, HLG or SDR.")
	case l.SourceTooLong(m.Duration.Seconds()):
		return SourceTooLong(l)
	case v.Frames < 2: // a still, or a video whose times make no sense
		return Corrupt()
	case m.Duration < l.MinDuration:
		return tooShort(l)
	case l.MaxRate > 0 && v.AvgRate > l.MaxRate:
		return New(CodeRate, "The video has more than %.0f pictures a second.", l.MaxRate)
	}
	return nil
}

// CheckLength compares the length that is left after cutting with what is
// allowed.
func CheckLength(d time.Duration, l Limits) error {
	switch {
	case l.tooLong(d):
		return TooLong(l)
	case d < l.MinDuration:
		return tooShort(l)
	}
	return nil
}
