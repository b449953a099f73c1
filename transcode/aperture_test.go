package transcode

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/media"
)

func clapBody(n ...int32) []byte {
	var b []byte
	for _, v := range n {
		b = binary.BigEndian.AppendUint32(b, uint32(v))
	}
	return b
}

func TestClap_TellsThePart(t *testing.T) {
	for name, c := range map[string]struct {
		body []byte
		want *media.Crop
	}{
		"centred":            {clapBody(704, 1, 480, 1, 0, 1, 0, 1), &media.Crop{Left: 8, Width: 704, Height: 480}},
		"fraction":           {clapBody(41472, 59, 480, 1, 0, 1, 0, 1), &media.Crop{Left: 9, Width: 703, Height: 480}},
		"left and up":        {clapBody(700, 1, 400, 1, -10, 1, -40, 1), &media.Crop{Width: 700, Height: 400}},
		"whole":              {clapBody(720, 1, 480, 1, 0, 1, 0, 1), nil},
		"larger":             {clapBody(722, 1, 480, 1, 0, 1, 0, 1), nil},
		"hangs over":         {clapBody(704, 1, 480, 1, 9, 1, 0, 1), nil},
		"nothing over":       {clapBody(704, 0, 480, 1, 0, 1, 0, 1), nil},
		"no size":            {clapBody(0, 1, 480, 1, 0, 1, 0, 1), nil},
		"beyond all pixels":  {clapBody(-1, 1, 480, 1, 0, 1, 0, 1), nil},
		"cut":                {clapBody(704, 1, 480, 1, 0, 1, 0), nil},
		"offset beyond":      {clapBody(704, 1, 480, 1, 1<<30, 1, 0, 1), nil},
		"an offset by halfs": {clapBody(719, 1, 480, 1, -1, 2, 0, 1), &media.Crop{Width: 719, Height: 480}},
	} {
		got, _ := parseClap(c.body)
		require.Equal(t, c.want, got.within(720, 480), name)
	}
}

// TestUpright_FollowsThePicture turns a small picture as ffmpeg does and
// looks for the cropped part in it.
func TestUpright_FollowsThePicture(t *testing.T) {
	const w, h = 7, 5
	crop := media.Crop{Left: 1, Top: 2, Width: 4, Height: 2}
	for _, rotation := range []int{0, 90, 180, 270} {
		for _, mirrored := range []bool{false, true} {
			v := media.Video{CodedWidth: w, CodedHeight: h, Crop: &crop, Rotation: rotation, Mirrored: mirrored}
			got := upright(v)
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

// turned is where ffmpeg's own turning puts a pixel.
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
