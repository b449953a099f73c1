package probe

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTimeline_JoinsJumps(t *testing.T) {
	type packet struct {
		stream int
		time   float64
		want   float64
	}
	for name, packets := range map[string][]packet{
		"forward": {
			{0, 1, 1}, {1, 1, 1}, {0, 2, 2}, {1, 2, 2}, {0, 1001, 3}, {1, 1001, 3}, {0, 1002, 4},
		},
		"back":                   {{1, 1, 1}, {0, 1, 1}, {1, 2, 2}, {0, 2, 2}, {1, 1, 3}, {0, 1, 3}, {1, 2, 4}},
		"back after a long time": {{0, 5000, 5000}, {0, 5001, 5001}, {0, 0, 5002}, {0, 1, 5003}},
		"twice":                  {{0, 1, 1}, {0, 100, 2}, {0, 7, 3}, {0, 8, 4}},
		"gap":                    {{0, 1, 1}, {0, 9, 9}, {0, 10, 10}},
		"out of order":           {{0, 1, 1}, {0, 0.95, 0.95}, {0, 2, 2}},
		"second stream jumps":    {{0, 1, 1}, {0, 2, 2}, {1, 900, 2}, {1, 901, 3}, {0, 901, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			clock := &timeline{}
			for i, p := range packets {
				require.InDelta(t, p.want, p.time+clock.adjust(p.stream, p.time, 1), 1e-9, "packet %d", i)
			}
			require.False(t, clock.mixed)
		})
	}
}

func TestTimeline_ReportsMixedClocks(t *testing.T) {
	clock := &timeline{}
	// the audio restarts, the video continues for a moment
	for _, p := range [][2]float64{{0, 1}, {1, 1}, {0, 2}, {1, 2}, {0, 3}, {1, 1}, {0, 4}, {0, 1}} {
		clock.adjust(int(p[0]), p[1], 1)
	}
	require.True(t, clock.mixed)
}
