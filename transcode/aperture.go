package transcode

import (
	"math"

	"github.com/storyreel/storyreel/internal/media"
)

// clap is a clean aperture (ISO 14496-12, 12.1.4): the part of the coded
// picture that is meant to be seen. ffmpeg 5.1 does not read it. Sizes are in
// pixels; the offsets are of the part's centre from the picture's, to the
// right and down.
type clap struct {
	width, height float64
	right, down   float64
}

// maxClap bounds every number of a clean aperture, pixels.
const maxClap = 1 << 16

// parseClap reads the body of a clap box: four fractions of 32 bits each, the
// latter two with a sign. ok is false for what makes no sense.
func parseClap(p []byte) (c clap, ok bool) {
	if len(p) < 32 {
		return c, false
	}
	for i, into := range []*float64{&c.width, &c.height, &c.right, &c.down} {
		n, d := be32(p, 8*i), be32(p, 8*i+4)
		if d == 0 {
			return clap{}, false
		}
		if *into = float64(n) / float64(d); i >= 2 {
			*into = float64(int32(n)) / float64(d)
		}
		if math.Abs(*into) > maxClap {
			return clap{}, false
		}
	}
	return c, c.width >= 1 && c.height >= 1
}

func (c clap) within(width, height int) *media.Crop {
	if c.width <= 0 || c.height <= 0 {
		return nil
	}
	w, h := int(math.Round(c.width)), int(math.Round(c.height))
	crop := media.Crop{
		Left:  int(math.Round((float64(width)-c.width)/2 + c.right)),
		Top:   int(math.Round((float64(height)-c.height)/2 + c.down)),
		Width: w, Height: h,
	}
	if w < 1 || h < 1 || crop.Left < 0 || crop.Top < 0 || crop.Left+w > width || crop.Top+h > height || w == width &&
		h == height {
		return nil
	}
	return &crop
}

// upright returns the crop of the picture after ffmpeg has turned it, which
// it does before our filters: mirrored first, then clockwise. A half turn
// with a mirror is one mirror, left to right; a mirror alone is upside down.
func upright(v media.Video) *media.Crop {
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
