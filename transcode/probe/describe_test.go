package probe

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOrientation(t *testing.T) {
	clockwise, mirrored := orientation(
		"\n00000000:            0       65536           0\n00000001:       -65536           0           0\n"+
			"00000002:     47185920           0  1073741824\n", -90)
	require.Equal(t, 90, clockwise)
	require.False(t, mirrored)
	clockwise, mirrored = orientation("00000000: -65536 0 0\n00000001: 0 65536 0\n00000002: 0 0 1073741824", 180)
	require.Equal(t, 180, clockwise)
	require.True(t, mirrored)
}

func TestOrientation_InvalidRotation(t *testing.T) {
	for _, rotation := range []float64{math.NaN(), 1e9, -1e9, 720} {
		t.Run(fmt.Sprint(rotation), func(t *testing.T) {
			clockwise, _ := orientation("", rotation)
			require.Zero(t, clockwise%90)
		})
	}
}
