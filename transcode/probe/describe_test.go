package probe

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOrientation(t *testing.T) {
	turn, flip := orientation(
		"\n00000000:            0       65536           0\n00000001:       -65536           0           0\n"+
			"00000002:     47185920           0  1073741824\n", -90)
	require.Equal(t, 90, turn)
	require.False(t, flip)
	turn, flip = orientation("00000000: -65536 0 0\n00000001: 0 65536 0\n00000002: 0 0 1073741824", 180)
	require.Equal(t, 180, turn)
	require.True(t, flip)
	for _, r := range []float64{math.NaN(), 1e9, -1e9, 720} {
		turn, _ = orientation("", r)
		require.Zero(t, turn%90)
	}
}
