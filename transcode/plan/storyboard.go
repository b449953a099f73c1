package plan

import "math"

// Storyboard is the geometry of the storyboard: Tiles frames of Width by
// Height pixels, one every Step seconds, in Rows of Columns each.
type Storyboard struct {
	Step          float64 // seconds, at least 1
	Tiles         int     // 1…100
	Columns, Rows int
	Width, Height int // even
}

const (
	storyboardCols  = 10
	storyboardTiles = 100
	storyboardEdge  = 192 // longer edge of a tile, pixels
)

// newStoryboard plans one tile per second, at most storyboardTiles.
func newStoryboard(width, height int, seconds float64) Storyboard {
	b := Storyboard{Columns: storyboardCols, Step: max(1, seconds/storyboardTiles)}
	b.Tiles = min(max(int(math.Ceil(seconds/b.Step-0.01)), 1), storyboardTiles)
	b.Columns = min(b.Columns, b.Tiles)
	b.Rows = (b.Tiles + b.Columns - 1) / b.Columns
	k := min(1, storyboardEdge/float64(max(width, height)))
	b.Width = max(int(math.Round(float64(width)*k/2))*2, 2)
	b.Height = max(int(math.Round(float64(height)*k/2))*2, 2)
	return b
}
