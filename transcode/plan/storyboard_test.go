package plan

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNewStoryboard_HasATileForEverySecond(t *testing.T) {
	require.Equal(t, Storyboard{Step: 1, Tiles: 13, Columns: 10, Rows: 2, Width: 108, Height: 192},
		newStoryboard(1080, 1920, 12.34))
	for _, s := range []float64{0.25, 1, 3, 59.99, 99.9, 180, 182} {
		t.Run(fmt.Sprint(s), func(t *testing.T) {
			b := newStoryboard(640, 360, s)
			require.LessOrEqual(t, b.Tiles, storyboardTiles)
			require.GreaterOrEqual(t, b.Rows*b.Columns, b.Tiles)
			require.InDelta(t, s, float64(b.Tiles)*b.Step, b.Step)
		})
	}
}
