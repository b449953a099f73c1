package plan

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/media"
)

func TestOutputRate(t *testing.T) {
	r := func(n, d int) media.Rate { return media.Rate{Num: n, Den: d} }
	for _, c := range []struct {
		name             string
		claimed, average media.Rate
		measured, gap    float64
		want             media.Rate
	}{
		{"plain", r(30, 1), r(30, 1), 30, 0.0333, r(30, 1)},
		{"ntsc stays exact", r(30000, 1001), r(30000, 1001), 29.97, 0.0334, r(30000, 1001)},
		{"120 becomes half", r(120, 1), r(120, 1), 120, 0.0083, r(60, 1)},
		{"119.88 becomes exactly half", r(120000, 1001), r(120000, 1001), 119.88, 0.0083, r(60000, 1001)},
		{"240", r(240, 1), r(240, 1), 239.5, 0.0042, r(60, 1)},
		{"100", r(100, 1), r(100, 1), 100, 0.01, r(50, 1)},
		{"phone in low light", r(30, 1), r(140000, 5087), 27.4, 0.0333, r(30, 1)},
		{"milliseconds with gaps", r(1000, 1), r(0, 1), 19.5, 0.033, r(30, 1)},
		{"variable", r(1000, 1), r(0, 1), 19.5, 0.061, r(24, 1)},
		{"fields counted", r(50, 1), r(25, 1), 25, 0.04, r(25, 1)},
		{"old phone", r(250, 1), r(2775, 188), 14.76, 0.08, r(15, 1)},
		{"17", r(17, 1), r(17, 1), 17, 0.0588, r(17, 1)},
		{"1", r(1, 1), r(1, 1), 1, 1, r(15, 1)},
		{"unknown", r(0, 0), r(0, 0), 0, 0, r(15, 1)},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, OutputRate(c.claimed, c.average, c.measured, c.gap))
		})
	}
}
