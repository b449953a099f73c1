package transcode

import (
	"cmp"

	"github.com/storyreel/storyreel/internal/media"
)

// Picture is what must be done to decoded pictures, in this order.
type Picture struct {
	Deinterlace bool
	ToneMap     string // empty, or the HDR transfer to be undone: smpte2084 or arib-std-b67
	FullRange   bool
	// what the source's colours are coded with: bt709, bt601, bt2020, or another of ffmpeg's names
	Matrix    string
	Primaries string      // empty: near enough to BT.709's; else the wider ones to be brought there
	Crop      *media.Crop // of the upright picture; nil is all of it
}

func pictureOf(v media.Video) Picture {
	p := Picture{Deinterlace: v.Interlaced, FullRange: v.FullRange, Matrix: matrixOf(v), Crop: upright(v)}
	switch v.Primaries {
	case "bt2020", "smpte431", "smpte432": // the latter two are the reds, greens and blues of cinemas and telephones
		p.Primaries = v.Primaries
	}
	if v.HDR() {
		p.ToneMap, p.Primaries = v.Transfer, cmp.Or(p.Primaries, "bt2020")
		if !p.foreign() { // whatever else is said of it, or nothing
			p.Matrix = "bt2020"
		}
	}
	return p
}

// narrowed reports whether SDR must go through linear light to be BT.709.
func (p Picture) narrowed() bool { return p.ToneMap == "" && (p.Primaries != "" || p.foreign()) }

// foreign reports whether the matrix is one that ffmpeg's scale does not know.
func (p Picture) foreign() bool {
	switch p.Matrix {
	case "bt2020c", "ictcp", "ycgco":
		return true
	}
	return false
}

// matrixOf says what the colours are coded with. Untagged standard
// definition is BT.601 by every convention, everything larger BT.709.
func matrixOf(v media.Video) string {
	switch v.Matrix {
	case "bt709", "smpte240m", "fcc", "bt2020c", "ictcp", "ycgco":
		return v.Matrix
	case "smpte170m", "bt470bg":
		return "bt601"
	case "bt2020nc", "bt2020ncl":
		return "bt2020"
	}
	switch v.Codec {
	case "vp8", "mjpeg", "h263": // BT.601 by their own specifications, at any size
		return "bt601"
	}
	if min(v.CodedWidth, v.CodedHeight) < 600 && max(v.CodedWidth, v.CodedHeight) <= 1024 {
		return "bt601"
	}
	return "bt709"
}
