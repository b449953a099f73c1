package transcode

import (
	"time"

	"github.com/storyreel/storyreel/internal/media"
)

// judge compares what was found with what is allowed of a source, whatever
// part of it is taken. The order is that of usefulness: what cannot be seen at
// all first, then its length.
func judge(m media.Media, l Limits) error {
	v := m.Video
	short, long := v.ShortEdge(), max(v.Width, v.Height)
	switch {
	case l.MaxPixels > 0 && v.CodedWidth*v.CodedHeight > l.MaxPixels:
		return tooManyPixels()
	case short < 1:
		return corrupt()
	case l.MaxAspect > 0 && short >= min(l.MinEdge, 16) && float64(long) > l.MaxAspect*float64(short):
		return refuse(CodeAspect, "The picture is too long and narrow (%d×%d).", v.Width, v.Height)
	case short < l.MinEdge:
		return refuse(CodeTooSmall, "The picture is too small (%d×%d); its shorter side must have %d pixels.", v.Width,
			v.Height, l.MinEdge)
	case l.MaxAspect > 0 && float64(long) > l.MaxAspect*float64(short):
		return refuse(CodeAspect, "The picture is too long and narrow (%d×%d).", v.Width, v.Height)
	case v.DolbyVision == 5:
		// Its base picture is in a colour space of its own that only the
		// vendor's metadata undoes; shown plainly it is green and purple.
		return refuse(CodeCodec,
			"This Dolby Vision film (profile 5) has no standard picture in it. Please export it as HDR10, HLG or SDR.")
	case l.endless(m.Duration.Seconds()):
		return endless(l)
	case v.Frames < 2: // a still, or a film whose times make no sense
		return corrupt()
	case m.Duration < l.MinDuration:
		return tooShort(l)
	case l.MaxRate > 0 && v.AvgRate > l.MaxRate:
		return refuse(CodeRate, "The video has more than %.0f pictures a second.", l.MaxRate)
	}
	return nil
}

// judgeLength compares the length that is left after cutting with what is
// allowed.
func judgeLength(d time.Duration, l Limits) error {
	switch {
	case l.tooLong(d):
		return tooLong(l)
	case d < l.MinDuration:
		return tooShort(l)
	}
	return nil
}
