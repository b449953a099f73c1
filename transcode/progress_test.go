package transcode

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func newMeter(report func(Progress)) *meter {
	at := time.Unix(0, 0)
	return &meter{
		report: report, alive: func() {}, began: at, last: -1,
		now: func() time.Time { at = at.Add(time.Second); return at },
	}
}

func TestMeter_ReadsPartialLinesAndNeverDecreases(t *testing.T) {
	var got []float64
	m := newMeter(func(p Progress) { got = append(got, p.Fraction) })
	m.step(0, 0.5, 10*time.Second)
	for _, piece := range []string{
		"frame=1\nout_time", "_us=N/A\nprogress=continue\nout_time_us=-5\nprogress=continue\n",
		"out_time_us=5000000\nspeed=2.5x\nprogress=continue\n", "out_time_us=1000000\nprogress=continue\n",
		"out_time_us=99000000\nprogress=end\n", strings.Repeat("x", 5000)} {
		n, err := m.Write([]byte(piece))
		require.NoError(t, err)
		require.Equal(t, len(piece), n)
	}
	m.step(0.5, 1, 10*time.Second)
	_, _ = m.Write([]byte("\nout_time_us=10000000\nprogress=end\n"))
	require.Equal(t, []float64{0, 0.25, 0.5, 1}, dedupe(got))
	require.InDelta(t, 2.5, m.speed, 0)
}

func dedupe(v []float64) []float64 {
	var out []float64
	for _, x := range v {
		if len(out) == 0 || out[len(out)-1] != x {
			out = append(out, x)
		}
	}
	return out
}

func FuzzMeter(f *testing.F) {
	f.Add("frame=1\nout_time_us=100\nspeed=1x\nprogress=end\n")
	f.Fuzz(func(t *testing.T, s string) {
		last := 0.0
		m := newMeter(func(p Progress) {
			require.True(t, p.Fraction >= last && p.Fraction <= 1 && p.ETA >= 0)
			last = p.Fraction
		})
		m.step(0, 1, time.Second)
		_, _ = m.Write([]byte(s))
	})
}
