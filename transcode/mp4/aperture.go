package mp4

import (
	"math"

	"github.com/storyreel/storyreel/internal/media"
)

// MaxAperture bounds every number of a clean aperture, pixels.
const MaxAperture = 1 << 16

// CleanAperture is the part of the coded frame to be displayed (ISO 14496-12,
// 12.1.4), in pixels. ffmpeg 5.1 ignores it.
type CleanAperture struct {
	width, height float64
	right, down   float64 // offset of the part's center from the frame's
}

// ParseCleanAperture reads the body of a clap box: four fractions, each of two
// 32-bit numbers; the last two are signed. ok is false for invalid values.
func ParseCleanAperture(p []byte) (c CleanAperture, ok bool) {
	if len(p) < 32 {
		return c, false
	}
	for i, into := range []*float64{&c.width, &c.height, &c.right, &c.down} {
		n, d := Uint32(p, 8*i), Uint32(p, 8*i+4)
		if d == 0 {
			return CleanAperture{}, false
		}
		if *into = float64(n) / float64(d); i >= 2 {
			*into = float64(int32(n)) / float64(d)
		}
		if math.Abs(*into) > MaxAperture {
			return CleanAperture{}, false
		}
	}
	return c, c.width >= 1 && c.height >= 1
}

// Within returns the aperture as a crop of a frame of width by height pixels;
// nil when it covers the whole frame or reaches beyond it.
func (c CleanAperture) Within(width, height int) *media.Crop {
	if c.width <= 0 || c.height <= 0 {
		return nil
	}
	w, h := int(math.Round(c.width)), int(math.Round(c.height))
	crop := media.Crop{
		Left:  int(math.Round((float64(width)-c.width)/2 + c.right)),
		Top:   int(math.Round((float64(height)-c.height)/2 + c.down)),
		Width: w, Height: h,
	}
	if w < 1 || h < 1 || crop.Left < 0 || crop.Top < 0 || crop.Left+w > width || crop.Top+h > height ||
		w == width && h == height {
		return nil
	}
	return &crop
}
