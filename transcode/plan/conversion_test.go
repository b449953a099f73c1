package plan

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/media"
)

// TestUprightCrop turns every pixel of a small frame as ffmpeg does and
// compares the cropped part with uprightCrop's.
func TestUprightCrop(t *testing.T) {
	const w, h = 7, 5
	crop := media.Crop{Left: 1, Top: 2, Width: 4, Height: 2}
	for _, rotation := range []int{0, 90, 180, 270} {
		for _, mirrored := range []bool{false, true} {
			v := media.Video{CodedWidth: w, CodedHeight: h, Crop: &crop, Rotation: rotation, Mirrored: mirrored}
			got := uprightCrop(v)
			for y := range h {
				for x := range w {
					tx, ty := turned(x, y, w, h, rotation, mirrored)
					in := x >= crop.Left && x < crop.Left+crop.Width && y >= crop.Top && y < crop.Top+crop.Height
					is := tx >= got.Left && tx < got.Left+got.Width && ty >= got.Top && ty < got.Top+got.Height
					require.Equal(t, in, is, "%d,%d turned by %d, mirrored %v", x, y, rotation, mirrored)
				}
			}
		}
	}
}

// turned returns the position of a pixel after ffmpeg's rotation.
func turned(x, y, w, h, rotation int, mirrored bool) (tx, ty int) {
	switch {
	case rotation == 0 && mirrored:
		return x, h - 1 - y
	case rotation == 180 && mirrored:
		return w - 1 - x, y
	case rotation == 180:
		return w - 1 - x, h - 1 - y
	}
	if mirrored {
		x = w - 1 - x
	}
	switch rotation {
	case 90:
		return h - 1 - y, x
	case 270:
		return y, w - 1 - x
	}
	return x, y
}
