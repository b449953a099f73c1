package plan

import (
	"cmp"

	"github.com/storyreel/storyreel/internal/media"
)

// Conversion lists the changes to decoded frames, in the order in which they
// are made.
type Conversion struct {
	Deinterlace bool
	// ToneMap is the HDR transfer to convert from, smpte2084 or arib-std-b67;
	// empty for SDR.
	ToneMap   string
	FullRange bool
	// Matrix is the source's color matrix: bt709, bt601, bt2020, or another of
	// ffmpeg's names.
	Matrix string
	// Primaries is empty when they are close enough to BT.709's; otherwise
	// the wider ones to convert from.
	Primaries string
	Crop      *media.Crop // of the upright frame; nil: no crop
}

func conversionOf(v media.Video) Conversion {
	p := Conversion{Deinterlace: v.Interlaced, FullRange: v.FullRange, Matrix: matrixOf(v), Crop: uprightCrop(v)}
	switch v.Primaries {
	case "bt2020", "smpte431", "smpte432": // smpte431 is DCI-P3, smpte432 Display P3
		p.Primaries = v.Primaries
	}
	if v.HDR() {
		p.ToneMap, p.Primaries = v.Transfer, cmp.Or(p.Primaries, "bt2020")
		if !p.foreignMatrix() { // other tags, or none, are wrong
			p.Matrix = "bt2020"
		}
	}
	return p
}

// ToBT709 reports whether SDR frames must go through linear light to become
// BT.709.
func (p Conversion) ToBT709() bool {
	return p.ToneMap == "" && (p.Primaries != "" || p.foreignMatrix())
}

// foreignMatrix reports whether ffmpeg's scale filter lacks the matrix.
func (p Conversion) foreignMatrix() bool {
	switch p.Matrix {
	case "bt2020c", "ictcp", "ycgco":
		return true
	}
	return false
}

// matrixOf returns the color matrix. By convention, untagged video of standard
// definition is BT.601 and larger video BT.709.
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

// uprightCrop returns the crop as it lies in the upright frame. ffmpeg turns
// frames before our filters: mirrored first, then clockwise. A half turn with
// a mirror is a single mirror, left to right; a mirror alone is upside down.
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
