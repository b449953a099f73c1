package probe

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOrientation(t *testing.T) {
	clockwise, mirrored, skewed := orientation(
		"\n00000000:            0       65536           0\n00000001:       -65536           0           0\n"+
			"00000002:     47185920           0  1073741824\n", -90)
	require.Equal(t, 90, clockwise)
	require.False(t, mirrored || skewed)
	clockwise, mirrored, skewed = orientation(
		"00000000: -65536 0 0\n00000001: 0 65536 0\n00000002: 0 0 1073741824", 180)
	require.Equal(t, 180, clockwise)
	require.True(t, mirrored)
	require.False(t, skewed)
	for name, matrix := range map[string]string{
		"45 degrees": "00000000: 46341 46341 0\n00000001: -46341 46341 0\n00000002: 0 0 1073741824",
		"enlarged":   "00000000: 131072 0 0\n00000001: 0 131072 0\n00000002: 0 0 1073741824",
		"sheared":    "00000000: 65536 6553 0\n00000001: 0 65536 0\n00000002: 0 0 1073741824",
		"no matrix":  "",
	} {
		t.Run(name, func(t *testing.T) {
			_, _, skewed := orientation(matrix, 0)
			require.True(t, skewed)
		})
	}
}

func TestOrientation_InvalidRotation(t *testing.T) {
	for _, rotation := range []float64{math.NaN(), 1e9, -1e9, 720} {
		t.Run(fmt.Sprint(rotation), func(t *testing.T) {
			clockwise, _, _ := orientation("", rotation)
			require.Zero(t, clockwise%90)
		})
	}
}
