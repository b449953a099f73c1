package analysis

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/media"
)

func TestParseLoudness(t *testing.T) {
	l, err := ParseLoudness([]byte("frame:0 pts:0 pts_time:0\nlavfi.r128.M=-120.0\nlavfi.r128.I=-70.0\n" +
		"lavfi.r128.true_peaks_ch0=0.1\n" +
		"frame:30 pts:1 pts_time:3\nlavfi.r128.M=-20\nlavfi.r128.I=-23.4\nlavfi.r128.LRA=3.5\n" +
		"lavfi.r128.true_peaks_ch0=0.5\nlavfi.r128.true_peak=nan\n"))
	require.NoError(t, err)
	f := l.Findings()
	require.InDelta(t, -23.4, *f.LoudnessLUFS, 0)
	require.InDelta(t, -6.02, *f.TruePeakDBTP, 0.01)
	require.Equal(t, []media.Interval{{From: 0, To: 2.7}}, f.SilentSpans)
	l, err = ParseLoudness(nil)
	require.NoError(t, err)
	require.True(t, l.Findings().Silent)
}
