package probe

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTimeline_JoinsAtAJump(t *testing.T) {
	type at struct {
		stream int
		time   float64
		want   float64
	}
	for name, packets := range map[string][]at{
		"forward": {
			{0, 1, 1}, {1, 1, 1}, {0, 2, 2}, {1, 2, 2}, {0, 1001, 3}, {1, 1001, 3}, {0, 1002, 4},
		},
		"back":                   {{1, 1, 1}, {0, 1, 1}, {1, 2, 2}, {0, 2, 2}, {1, 1, 3}, {0, 1, 3}, {1, 2, 4}},
		"back after a long time": {{0, 5000, 5000}, {0, 5001, 5001}, {0, 0, 5002}, {0, 1, 5003}},
		"twice":                  {{0, 1, 1}, {0, 100, 2}, {0, 7, 3}, {0, 8, 4}},
		"a gap":                  {{0, 1, 1}, {0, 9, 9}, {0, 10, 10}},
		"out of order":           {{0, 1, 1}, {0, 0.95, 0.95}, {0, 2, 2}},
		"begins elsewhere":       {{0, 1, 1}, {0, 2, 2}, {1, 900, 2}, {1, 901, 3}, {0, 901, 3}},
	} {
		line := &timeline{}
		for i, p := range packets {
			require.InDelta(t, p.want, p.time+line.adjust(p.stream, p.time, 1), 1e-9, "%s, packet %d", name, i)
		}
		require.False(t, line.mixed, name)
	}
}

func TestTimeline_ReportsMixedClocks(t *testing.T) {
	line := &timeline{}
	// the audio starts anew, the frame goes on for a moment
	for _, p := range [][2]float64{{0, 1}, {1, 1}, {0, 2}, {1, 2}, {0, 3}, {1, 1}, {0, 4}, {0, 1}} {
		line.adjust(int(p[0]), p[1], 1)
	}
	require.True(t, line.mixed)
}
