package mp4

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

func TestCleanAperture_Within(t *testing.T) {
	for name, c := range map[string]struct {
		body []byte
		want *media.Crop
	}{
		"centered":         {clapBody(704, 1, 480, 1, 0, 1, 0, 1), &media.Crop{Left: 8, Width: 704, Height: 480}},
		"fraction":         {clapBody(41472, 59, 480, 1, 0, 1, 0, 1), &media.Crop{Left: 9, Width: 703, Height: 480}},
		"left and up":      {clapBody(700, 1, 400, 1, -10, 1, -40, 1), &media.Crop{Width: 700, Height: 400}},
		"whole frame":      {clapBody(720, 1, 480, 1, 0, 1, 0, 1), nil},
		"larger":           {clapBody(722, 1, 480, 1, 0, 1, 0, 1), nil},
		"out of the frame": {clapBody(704, 1, 480, 1, 9, 1, 0, 1), nil},
		"zero denominator": {clapBody(704, 0, 480, 1, 0, 1, 0, 1), nil},
		"no size":          {clapBody(0, 1, 480, 1, 0, 1, 0, 1), nil},
		"size too large":   {clapBody(-1, 1, 480, 1, 0, 1, 0, 1), nil},
		"truncated":        {clapBody(704, 1, 480, 1, 0, 1, 0), nil},
		"offset too large": {clapBody(704, 1, 480, 1, 1<<30, 1, 0, 1), nil},
		"offset of a half": {clapBody(719, 1, 480, 1, -1, 2, 0, 1), &media.Crop{Width: 719, Height: 480}},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := ParseCleanAperture(c.body)
			require.Equal(t, c.want, got.Within(720, 480))
		})
	}
}
