package analysis

import (
	"fmt"
	"math"
	"slices"

	"github.com/storyreel/storyreel/internal/media"
)

// PreviewSeconds is the length of the muted preview loop on the feed.
const PreviewSeconds = 4.0

// MaxFlashes is the highest number of flashes in one second that is harmless
// (WCAG 2.2, success criterion 2.3.1).
const MaxFlashes = 3

// Edge is the width and height in pixels of the frames that brightness,
// change, flashes and hashes are measured on.
const Edge = 32

const (
	blackMean   = 0.06   // mean brightness below which a frame is black
	frozenBelow = 0.0004 // mean change below which a frame is still: a tenth of one step of 256, encoder noise
)

// Frames holds the statistics of a video's small gray frames at a constant
// rate. Its methods other than Len need at least one frame.
type Frames struct {
	rate   float64 // frames per second
	pixels [][]byte
	mean   []float64 // brightness of each frame, 0…1
	change []float64 // mean absolute difference to the frame before, 0…1; 1 for the first
}

// MeasureFrames reads raw gray frames of Edge by Edge bytes at the given rate,
// frames per second, of a video of the given length. Frames beyond its end are
// dropped: ffmpeg's filter repeats the last one.
func MeasureFrames(raw []byte, rate, seconds float64) Frames {
	s := Frames{rate: rate, pixels: split(raw, Edge*Edge)}
	if most := max(int(math.Ceil(seconds*rate)), 1); len(s.pixels) > most {
		s.pixels = s.pixels[:most]
	}
	for i, f := range s.pixels {
		s.mean = append(s.mean, meanOf(f))
		d := 1.0
		if i > 0 {
			d = difference(s.pixels[i-1], f)
		}
		s.change = append(s.change, d)
	}
	return s
}

// Len returns the number of frames.
func (s Frames) Len() int { return len(s.pixels) }

// Brightness returns the mean of all frames, 0…1.
func (s Frames) Brightness() float64 {
	total := 0.0
	for _, m := range s.mean {
		total += m
	}
	return total / float64(len(s.mean))
}

// Black returns the intervals of at least minSeconds in which the video is
// black.
func (s Frames) Black(minSeconds float64) []media.Interval {
	return s.intervals(minSeconds, func(i int) bool { return s.mean[i] < blackMean })
}

// Frozen returns the intervals of at least minSeconds without motion, black
// ones excluded.
func (s Frames) Frozen(minSeconds float64) []media.Interval {
	return s.intervals(minSeconds, func(i int) bool { return s.change[i] < frozenBelow && s.mean[i] >= blackMean })
}

// PosterAt chooses the time of the poster in a video of the given length, in
// seconds: neither dark nor overexposed, with high contrast and little motion,
// around the end of the first quarter.
func (s Frames) PosterAt(seconds float64) float64 {
	best, at := math.Inf(-1), 0.0
	for i := range s.pixels {
		t := float64(i) / s.rate
		if t >= seconds-0.05 && i > 0 {
			break
		}
		if score := s.posterScore(i, seconds); score > best {
			best, at = score, t
		}
	}
	return at
}

// PosterAmong chooses as PosterAt among n frames of which one comes every step
// seconds, and returns its number, from 0.
func (s Frames) PosterAmong(n int, step, seconds float64) int {
	best, chosen := math.Inf(-1), 0
	for k := range n {
		i := min(int(math.Round(float64(k)*step*s.rate)), len(s.pixels)-1)
		if score := s.posterScore(i, seconds); score > best {
			best, chosen = score, k
		}
	}
	return chosen
}

// posterScore rates a frame as the poster of a video of the given length, in
// seconds; higher is better.
func (s Frames) posterScore(i int, seconds float64) float64 {
	score := 2*contrast(s.pixels[i]) - math.Abs(s.mean[i]-0.45)
	if s.mean[i] < 0.08 || s.mean[i] > 0.95 {
		score -= 2
	}
	score -= min(s.motionAround(i), 0.2) // motion blur, or a scene cut
	return score - 0.3*math.Abs(float64(i)/s.rate/max(seconds, 0.1)-0.25)
}

// motionAround returns the larger change to the frame before and after, 0…1.
func (s Frames) motionAround(i int) float64 {
	d := 0.0
	if i > 0 {
		d = s.change[i]
	}
	if i+1 < len(s.change) {
		d = max(d, s.change[i+1])
	}
	return d
}

// PreviewAt chooses the start of the preview in a video of the given length,
// in seconds: the preview with the most motion, scene cuts capped, between
// 10 % and 95 % of the video.
func (s Frames) PreviewAt(seconds float64) float64 {
	if seconds <= PreviewSeconds+0.5 {
		return 0
	}
	n := int(PreviewSeconds * s.rate)
	best, at := -1.0, 0.0
	for i := int(seconds * 0.1 * s.rate); float64(i)/s.rate+PreviewSeconds <= seconds*0.95 &&
		i+n <= len(s.change); i += int(s.rate) {
		sum := 0.0
		for _, c := range s.change[max(i, 1) : i+n] {
			sum += min(c, 0.1)
		}
		if sum > best {
			best, at = sum, float64(i)/s.rate
		}
	}
	return at
}

// intervals returns the runs of at least minSeconds of frames that match.
func (s Frames) intervals(minSeconds float64, match func(i int) bool) []media.Interval {
	var out []media.Interval
	since := -1
	for i := 0; i <= len(s.pixels); i++ {
		if i < len(s.pixels) && match(i) {
			if since < 0 {
				since = i
			}
			continue
		}
		if since >= 0 && float64(i-since)/s.rate >= minSeconds {
			out = append(out, media.Interval{From: Round(float64(since)/s.rate, 2), To: Round(float64(i)/s.rate, 2)})
		}
		since = -1
	}
	return out
}

// Flashes returns the highest number of flashes, pairs of opposing changes of
// brightness, within one second. A change counts when a quarter of the frame
// gets at least a tenth brighter or darker and its darker state is below 0.8,
// which is WCAG 2.2's general flash threshold.
func (s Frames) Flashes() int {
	var changes []float64 // times of changes in alternating directions
	last := 0
	for i := 1; i < len(s.pixels); i++ {
		up, down := 0, 0
		for k, b := range s.pixels[i] {
			a := s.pixels[i-1][k]
			switch d := int(b) - int(a); {
			case d >= 26 && a < 204:
				up++
			case d <= -26 && b < 204:
				down++
			}
		}
		sign := 0
		if quarter := Edge * Edge / 4; up >= quarter && up > down {
			sign = 1
		} else if down >= quarter {
			sign = -1
		}
		if sign != 0 && sign != last {
			changes = append(changes, float64(i)/s.rate)
			last = sign
		}
	}
	most := 0
	for i := range changes {
		n := 0
		for k := i; k < len(changes) && changes[k] <= changes[i]+1; k++ {
			n++
		}
		most = max(most, n/2)
	}
	return most
}

// Hashes returns up to n difference hashes of evenly spaced frames, 64 bits in
// hex each. Black frames are left out, because their hashes are all equal.
func (s Frames) Hashes(n int) []string {
	var out []string
	for k := range n {
		i := (2*k + 1) * len(s.pixels) / (2 * n)
		if s.mean[i] < blackMean {
			continue
		}
		out = append(out, fmt.Sprintf("%016x", differenceHash(s.pixels[i])))
	}
	return out
}

// differenceHash returns 64 comparisons of horizontal neighbors in the frame
// reduced to 9×8 cells. Scaling, re-encoding and brightness hardly change it.
func differenceHash(f []byte) uint64 {
	cell := func(x, y int) int {
		sum, n := 0, 0
		for yy := y * Edge / 8; yy < (y+1)*Edge/8; yy++ {
			for xx := x * Edge / 9; xx < (x+1)*Edge/9; xx++ {
				sum += int(f[yy*Edge+xx])
				n++
			}
		}
		return sum * 16 / n
	}
	var h uint64
	for y := range 8 {
		for x := range 8 {
			h <<= 1
			if cell(x, y) > cell(x+1, y) {
				h |= 1
			}
		}
	}
	return h
}

// Sharpness returns the sharpness, 0…1, of raw gray frames of w by h bytes:
// the median over the frames of the variance of the Laplacian, mapped so that
// 100, a common threshold for focus, gives 0.5.
func Sharpness(raw []byte, w, h int) float64 {
	var all []float64
	for _, f := range split(raw, w*h) {
		all = append(all, laplacian(f, w, h))
	}
	v := median(all)
	return v / (v + 100)
}

// laplacian returns the variance of the frame's second derivative, the usual
// measure of focus.
func laplacian(f []byte, w, h int) float64 {
	var sum, squares float64
	for y := 1; y < h-1; y++ {
		row := f[y*w : (y+1)*w]
		above, below := f[(y-1)*w:y*w], f[(y+1)*w:(y+2)*w]
		for x := 1; x < w-1; x++ {
			d := float64(int(above[x]) + int(below[x]) + int(row[x-1]) + int(row[x+1]) - 4*int(row[x]))
			sum += d
			squares += d * d
		}
	}
	n := float64((w - 2) * (h - 2))
	if n <= 0 {
		return 0
	}
	return squares/n - sum/n*sum/n
}

// split returns the complete frames of size bytes.
func split(raw []byte, size int) [][]byte {
	if size <= 0 {
		return nil
	}
	var out [][]byte
	for ; len(raw) >= size; raw = raw[size:] {
		out = append(out, raw[:size])
	}
	return out
}

// meanOf returns the mean brightness, 0…1.
func meanOf(f []byte) float64 {
	sum := 0
	for _, b := range f {
		sum += int(b)
	}
	return float64(sum) / float64(len(f)) / 255
}

// difference returns the mean absolute difference, 0…1.
func difference(a, b []byte) float64 {
	sum := 0
	for i := range a {
		d := int(a[i]) - int(b[i])
		sum += max(d, -d)
	}
	return float64(sum) / float64(len(a)) / 255
}

// contrast returns the standard deviation of a frame, 0…0.5.
func contrast(f []byte) float64 {
	m := meanOf(f) * 255
	sum := 0.0
	for _, b := range f {
		d := float64(b) - m
		sum += d * d
	}
	return math.Sqrt(sum/float64(len(f))) / 255
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}
