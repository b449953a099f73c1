package plan

import (
	"math"
	"strconv"

	"github.com/storyreel/storyreel/internal/media"
)

const (
	// KeySeconds is the distance of key frames in seconds. 4 would save 6 % of
	// the bytes but make seeking and switching of rungs coarse.
	KeySeconds = 2
	// SegmentSeconds is the length of an HLS segment, a multiple of KeySeconds.
	SegmentSeconds = 4
)

// fastPresetEdge is the short edge in pixels from which rungs use faster
// encoder settings. Smaller rungs have little time to save, and players
// enlarge them so much that every loss is visible.
const fastPresetEdge = 420

// Rung is one encoded size of a story.
type Rung struct {
	Name    string // its nominal short edge: 1080, 720, 480, 360 or the source's own
	Width   int    // even
	Height  int    // even
	MaxRate int    // of the video, kilobits per second over any two seconds
}

// UsesFastPreset reports whether the encoder searches a third less on this
// rung. At equal quality that costs an eighth more bytes, which trellis and
// adaptive quantization save again: such rungs have a better quality than
// veryfast at its defaults for the same bytes (docs/performance.md).
func (r Rung) UsesFastPreset() bool { return r.shortEdge() >= fastPresetEdge }

// CRF returns the rung's constant quality for x264, whose default is 23; lower
// is better.
func (r Rung) CRF() string {
	if r.UsesFastPreset() {
		return "24.5"
	}
	return "23.8"
}

func (r Rung) shortEdge() int { return min(r.Width, r.Height) }

// newAV1Rung returns the AV1 rung of the same size as top.
func newAV1Rung(top Rung) *Rung {
	top.Name += "-av1"
	return &top
}

// shortEdges are the nominal sizes of rungs, by the shorter side so that
// portrait and landscape cost the same and look the same.
var shortEdges = []int{1080, 720, 480, 360}

// minStep is the smallest ratio between the short edges of two rungs.
const minStep = 1.2

// Ladder returns the rungs for a display size in pixels, largest first.
// Nothing is scaled up: a source more than a tenth above a nominal size is its
// own top rung, and one below the lowest size is the only rung.
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

// Fit returns the even size with the given short edge and the aspect ratio of
// width by height, never larger than the source; each side is at least 2.
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

// maxBitrate returns the peak bit rate of the video in kb/s. Published ladders
// agree on 5000 for 1080p, 2800 for 720p, 1400 for 480p and 800 for 360p at up
// to 30 frames per second; other sizes are interpolated by their pixels.
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
	if rate.Float() > 31 { // twice the frames, but successive ones differ less
		k *= 1.5
	}
	return int(math.Round(k/10) * 10)
}
