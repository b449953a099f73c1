package mp4

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAV1Codec(t *testing.T) {
	for want, c := range map[string][]byte{
		"av01.0.08M.08": {0x81, 0x08, 0x0C},
		"av01.0.13H.10": {0x81, 0x0D, 0xCC},
		"av01.2.05M.08": {0x81, 0x45, 0x0C},
		"":              {0x81, 0x08},
	} {
		t.Run(want, func(t *testing.T) { require.Equal(t, want, av1Codec(c)) })
	}
}
