package plan

import "github.com/storyreel/storyreel/internal/media"

// PosterEdge is the short edge of a review poster, pixels.
const PosterEdge = 720

const (
	reviewEdge    = 480  // short edge of an encoded review copy, pixels
	reviewMaxRate = 1200 // kb/s

	// remuxMaxBitrate is the highest bit rate of a source that is remuxed, bits
	// per second. Phones write 1080p at 17 Mb/s.
	remuxMaxBitrate = 25_000_000

	remuxEdge   = 1080 // largest short edge that is remuxed, pixels
	remuxKeyGap = 10.0 // seconds between key frames; seeking gets slow above this
)

// MeasureRate is the rate of the small frames that are analyzed, frames per
// second; it resolves up to twelve flashes per second.
const MeasureRate = 25

// SharpFrames is the number of frames that sharpness is measured on.
const SharpFrames = 24

// posterCandidates is how many frames the poster of a review copy is chosen
// from. Each costs a hundredth of a second; another run of ffmpeg for the best of
// all frames would cost three tenths.
const posterCandidates = 12

// PosterStep is the time between two candidates for the poster of a review
// copy, seconds.
func (p Plan) PosterStep() float64 { return max(p.Duration.Seconds()/posterCandidates, 0.2) }

func (p *Plan) planReview(uncut bool) {
	// A stream copy can only begin at a key frame. A cut remux would keep the
	// frames that the contributor removed, hidden by an edit list.
	p.Remux = uncut && remuxable(p.Media)
	a := p.Media.Audio
	p.CopyAAC = p.Remux && a != nil && a.Codec == "aac" && a.Channels <= 2 && !a.HasHiddenAudio && !a.Irregular
	w, h := Fit(p.Media.Video.Width, p.Media.Video.Height, reviewEdge)
	p.Rungs = []Rung{{Name: "review", Width: w, Height: h, MaxRate: reviewMaxRate}}
	p.Audio.Measure = p.Audio.Present
}

// remuxable reports whether today's browsers play the source's video stream
// unchanged and show the frames that publishing decodes: 8-bit 4:2:0 H.264 of
// at most 1080p60, square pixels, not mirrored, nothing hidden or composed,
// with key frames close enough for seeking. The run then proves it on the
// copy.
func remuxable(m media.Media) bool {
	v := m.Video
	switch {
	case v.Codec != "h264", m.Container != "mov" && m.Container != "matroska":
		return false
	case v.PixelFormat != "yuv420p" && v.PixelFormat != "yuvj420p":
		return false
	case v.Interlaced, v.Mirrored, v.HDR(), v.DolbyVision != 0:
		return false
	case conversionOf(v).ToBT709():
		return false
	case v.Irregular:
		return false
	case m.Offset > 0: // a copy would begin with the gap
		return false
	case v.HasHiddenFrames: // a copy would keep the removed frames, and some players show them
		return false
	case v.Crop != nil: // Safari shows the cropped part, others the whole frame
		return false
	case !v.HasSquarePixels():
		return false
	case v.ShortEdge() > remuxEdge, max(v.Width, v.Height) > 1920, v.AvgRate > maxRate+1:
		return false
	case max(m.Bitrate, v.Bitrate) > remuxMaxBitrate:
		return false
	}
	return v.MaxKeyInterval <= remuxKeyGap
}
