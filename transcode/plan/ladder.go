package plan

import (
	"math"
	"strconv"

	"github.com/storyreel/storyreel/internal/media"
)

// newAV1Rung is the AV1 rung beside the given one.
func newAV1Rung(top Rung) *Rung {
	top.Name += "-av1"
	return &top
}

// Rung is one encoded size of a story.
type Rung struct {
	Name    string // its nominal short edge: 1080, 720, 480, 360 or the source's own
	Width   int    // even
	Height  int    // even
	MaxRate int    // kilobits per second of frame, over any two seconds
}

// shortEdges are the ladder's steps, by the shorter side so that portrait and
// landscape cost and look alike.
var shortEdges = []int{1080, 720, 480, 360}

// minStep is how much smaller the next rung must be to be worth its encoding.
const minStep = 1.2

// Ladder returns the rungs for a display size, largest first. Nothing is
// scaled up: a source more than a tenth over a step is its own top rung, and
// one below the lowest step is the only rung.
func Ladder(width, height int, rate media.Rate) []Rung {
	short := min(width, height)
	var edges []int
	for _, e := range shortEdges {
		if e > short {
			continue
		}
		if len(edges) == 0 && float64(short) > 1.1*float64(e) && e != shortEdges[0] {
			edges = append(edges, short)
		}
		if len(edges) == 0 || float64(edges[len(edges)-1]) >= minStep*float64(e) {
			edges = append(edges, e)
		}
	}
	if len(edges) == 0 {
		edges = []int{short}
	}
	rungs := make([]Rung, len(edges))
	for i, e := range edges {
		w, h := Fit(width, height, e)
		rungs[i] = Rung{Name: strconv.Itoa(e), Width: w, Height: h, MaxRate: maxBitrate(w*h, rate)}
	}
	return rungs
}

// FastPresetEdge is the short edge from which a rung is searched less. Below it
// there is little to save, and frames are enlarged so much on the screen
// that every loss shows.
const FastPresetEdge = 420

// UsesFastPreset reports whether the rung is searched a third less. At equal quality
// that costs an eighth more bytes, which trellis and adaptive quantization
// win back: such rungs still look better than veryfast at its defaults for no
// more bytes (docs/performance.md).
func (r Rung) UsesFastPreset() bool { return r.shortEdge() >= FastPresetEdge }

// CRF is the rung's constant quality; x264's default is 23, lower is better.
func (r Rung) CRF() string {
	if r.UsesFastPreset() {
		return "24.5"
	}
	return "23.8"
}

func (r Rung) shortEdge() int { return min(r.Width, r.Height) }

// Fit returns the even size with the given short edge and the shape of width
// by height, never larger than the source.
func Fit(width, height, edge int) (w, h int) {
	short, long := min(width, height), max(width, height)
	if edge >= short {
		return max(width&^1, 2), max(height&^1, 2)
	}
	s := edge &^ 1
	l := min(2*int(math.Round(float64(long)*float64(edge)/float64(short)/2)), long&^1)
	if width <= height {
		return s, l
	}
	return l, s
}

// maxBitrate returns the frame's peak bit rate in kb/s. 5000 for 1080p,
// 2800 for 720p, 1400 for 480p and 800 for 360p at up to 30 frames per second
// are what published ladders agree on; between them it goes by pixels.
func maxBitrate(pixels int, rate media.Rate) int {
	table := []struct{ pixels, kbit float64 }{
		{0, 150}, {640 * 360, 800}, {854 * 480, 1400}, {1280 * 720, 2800}, {1920 * 1080, 5000},
	}
	p, k := float64(pixels), table[len(table)-1].kbit
	for i := 1; i < len(table); i++ {
		lo, hi := table[i-1], table[i]
		if p <= hi.pixels {
			k = lo.kbit + (hi.kbit-lo.kbit)*(p-lo.pixels)/(hi.pixels-lo.pixels)
			break
		}
	}
	if rate.Float() > 31 { // twice the frames, but each nearer to the last
		k *= 1.5
	}
	return int(math.Round(k/10) * 10)
}
