package plan

import (
	"cmp"

	"github.com/storyreel/storyreel/internal/media"
)

// uprightCrop returns the crop of the frame after ffmpeg has turned it, which
// it does before our filters: mirrored first, then clockwise. A half turn
// with a mirror is one mirror, left to right; a mirror alone is upside down.
func uprightCrop(v media.Video) *media.Crop {
	if v.Crop == nil {
		return nil
	}
	c, w, h := *v.Crop, v.CodedWidth, v.CodedHeight
	right, below := w-c.Left-c.Width, h-c.Top-c.Height
	switch {
	case v.Rotation == 0 && v.Mirrored:
		c.Top = below
	case v.Rotation == 180:
		c.Left = right
		if !v.Mirrored {
			c.Top = below
		}
	case v.Rotation == 90 || v.Rotation == 270:
		if v.Mirrored {
			c.Left, right = right, c.Left
		}
		if v.Rotation == 90 {
			c.Left, c.Top = below, c.Left
		} else {
			c.Left, c.Top = c.Top, right
		}
		c.Width, c.Height = c.Height, c.Width
	}
	return &c
}

// Conversion is what must be done to decoded frames, in this order.
type Conversion struct {
	Deinterlace bool
	ToneMap     string // empty, or the HDR transfer to be undone: smpte2084 or arib-std-b67
	FullRange   bool
	// what the source's colors are coded with: bt709, bt601, bt2020, or another of ffmpeg's names
	Matrix    string
	Primaries string      // empty: near enough to BT.709's; else the wider ones to be brought there
	Crop      *media.Crop // of the upright frame; nil is all of it
}

func conversionOf(v media.Video) Conversion {
	p := Conversion{Deinterlace: v.Interlaced, FullRange: v.FullRange, Matrix: matrixOf(v), Crop: uprightCrop(v)}
	switch v.Primaries {
	case "bt2020", "smpte431", "smpte432": // the latter two are the reds, greens and blues of cinemas and phones
		p.Primaries = v.Primaries
	}
	if v.HDR() {
		p.ToneMap, p.Primaries = v.Transfer, cmp.Or(p.Primaries, "bt2020")
		if !p.foreignMatrix() { // whatever else is said of it, or nothing
			p.Matrix = "bt2020"
		}
	}
	return p
}

// ToBT709 reports whether SDR must go through linear light to be BT.709.
func (p Conversion) ToBT709() bool {
	return p.ToneMap == "" && (p.Primaries != "" || p.foreignMatrix())
}

// foreignMatrix reports whether the matrix is one that ffmpeg's scale does not know.
func (p Conversion) foreignMatrix() bool {
	switch p.Matrix {
	case "bt2020c", "ictcp", "ycgco":
		return true
	}
	return false
}

// matrixOf says what the colors are coded with. Untagged standard
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
