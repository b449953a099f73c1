package transcode

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/storyreel/storyreel/internal/media"
)

// seen is what the small grey pictures of a film tell.
type seen struct {
	rate   float64 // pictures a second
	frames [][]byte
	mean   []float64 // 0…1
	change []float64 // mean absolute difference to the picture before, 0…1
	sharp  []float64 // variance of the Laplacian, one per measured picture
	sound  loudness
	speech *float64 // parts of the sound, 0…1; nil when unknown
	music  *float64
	again  int // most flashes in a second of what was looked at again
}

// measure reads the working files of the main step.
func (j *job) measure() (seen, error) {
	s := seen{rate: float64(j.plan.measureRate())}
	raw, err := os.ReadFile(filepath.Join(j.dir, fileMeasure))
	if err != nil {
		return s, fmt.Errorf("read measuring pictures: %w", err)
	}
	s.frames = chunks(raw, measureEdge*measureEdge)
	if most := int(math.Ceil(j.plan.Duration.Seconds() * s.rate)); len(s.frames) > max(most, 1) { // the repeated tail
		s.frames = s.frames[:max(most, 1)]
	}
	if len(s.frames) == 0 {
		return s, corrupt() // not one picture could be decoded
	}
	for i, f := range s.frames {
		s.mean = append(s.mean, meanOf(f))
		d := 1.0
		if i > 0 {
			d = distance(s.frames[i-1], f)
		}
		s.change = append(s.change, d)
	}
	w, h := fit(j.plan.Media.Video.Width, j.plan.Media.Video.Height, sharpEdge)
	if !j.plan.Remux {
		low := j.plan.Rungs[len(j.plan.Rungs)-1]
		w, h = fit(low.Width, low.Height, sharpEdge)
	}
	if raw, err = os.ReadFile(filepath.Join(j.dir, fileSharp)); err != nil {
		return s, fmt.Errorf("read measuring pictures: %w", err)
	}
	for _, f := range chunks(raw, w*h) {
		s.sharp = append(s.sharp, laplacian(f, w, h))
	}
	if j.plan.Sound.Measure {
		if s.sound, err = readLoudness(filepath.Join(j.dir, fileLoudness)); err != nil {
			return s, err
		}
		if s.speech, s.music, err = j.hear(); err != nil {
			return s, err
		}
	}
	return s, nil
}

// posterAt chooses the still, in seconds: neither dark nor washed out, rich
// in contrast, at rest, and rather early than late.
func (s seen) posterAt(p Plan) float64 {
	best, at := math.Inf(-1), 0.0
	end := p.Duration.Seconds()
	for i, f := range s.frames {
		t := float64(i) / s.rate
		if t >= end-0.05 && i > 0 {
			break
		}
		score := 2*spread(f) - math.Abs(s.mean[i]-0.45)
		if s.mean[i] < 0.08 || s.mean[i] > 0.95 {
			score -= 2
		}
		score -= min(s.changeAfter(i), 0.2) // in motion, or about to be cut away
		score -= 0.3 * math.Abs(t/max(end, 0.1)-0.25)
		if score > best {
			best, at = score, t
		}
	}
	return at
}

func (s seen) changeAfter(i int) float64 {
	d := 0.0
	if i > 0 {
		d = s.change[i]
	}
	if i+1 < len(s.change) {
		d = max(d, s.change[i+1])
	}
	return d
}

// previewAt chooses where the loop starts, in seconds: where most happens
// within its length, cuts aside, in the middle four fifths of the film.
func (s seen) previewAt(p Plan) float64 {
	end := p.Duration.Seconds()
	if end <= previewSeconds+0.5 {
		return 0
	}
	n := int(previewSeconds * s.rate)
	best, at := -1.0, 0.0
	for i := int(end * 0.1 * s.rate); float64(i)/s.rate+previewSeconds <= end*0.95 &&
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

// stretches returns the runs of samples for which in holds that last at
// least least seconds.
func (s seen) stretches(least float64, in func(i int) bool) []media.Stretch {
	var out []media.Stretch
	since := -1
	for i := 0; i <= len(s.frames); i++ {
		if i < len(s.frames) && in(i) {
			if since < 0 {
				since = i
			}
			continue
		}
		if since >= 0 && float64(i-since)/s.rate >= least {
			out = append(out, media.Stretch{From: round(float64(since)/s.rate, 2), To: round(float64(i)/s.rate, 2)})
		}
		since = -1
	}
	return out
}

// flashes returns the most pairs of opposing changes of brightness within one
// second. A change counts when a quarter of the picture gets at least a tenth
// brighter or darker and its darker state is below 0.8, as WCAG 2.2's general
// flash threshold has it.
func (s seen) flashes() int {
	var turns []float64
	last := 0
	for i := 1; i < len(s.frames); i++ {
		up, down := 0, 0
		for k, b := range s.frames[i] {
			a := s.frames[i-1][k]
			switch d := int(b) - int(a); {
			case d >= 26 && a < 204:
				up++
			case d <= -26 && b < 204:
				down++
			}
		}
		sign := 0
		if quarter := measureEdge * measureEdge / 4; up >= quarter && up > down {
			sign = 1
		} else if down >= quarter {
			sign = -1
		}
		if sign != 0 && sign != last {
			turns = append(turns, float64(i)/s.rate)
			last = sign
		}
	}
	most := 0
	for i := range turns {
		n := 0
		for k := i; k < len(turns) && turns[k] <= turns[i]+1; k++ {
			n++
		}
		most = max(most, n/2)
	}
	return most
}

// hashes returns up to n difference hashes of pictures spread over the film,
// 64 bits in hex each; black pictures, which are all alike, are left out.
func (s seen) hashes(n int) []string {
	var out []string
	for k := range n {
		i := (2*k + 1) * len(s.frames) / (2 * n)
		if s.mean[i] < blackMean {
			continue
		}
		out = append(out, fmt.Sprintf("%016x", differenceHash(s.frames[i])))
	}
	return out
}

// differenceHash is 64 comparisons of neighbours in a 9×8 picture. Scaling,
// re-encoding and brightness hardly change it.
func differenceHash(f []byte) uint64 {
	cell := func(x, y int) int {
		sum, n := 0, 0
		for yy := y * measureEdge / 8; yy < (y+1)*measureEdge/8; yy++ {
			for xx := x * measureEdge / 9; xx < (x+1)*measureEdge/9; xx++ {
				sum += int(f[yy*measureEdge+xx])
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

// laplacian returns the variance of the picture's second derivative: the
// usual measure of focus.
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

func chunks(raw []byte, size int) [][]byte {
	if size <= 0 {
		return nil
	}
	var out [][]byte
	for ; len(raw) >= size; raw = raw[size:] {
		out = append(out, raw[:size])
	}
	return out
}

func meanOf(f []byte) float64 {
	sum := 0
	for _, b := range f {
		sum += int(b)
	}
	return float64(sum) / float64(len(f)) / 255
}

func distance(a, b []byte) float64 {
	sum := 0
	for i := range a {
		d := int(a[i]) - int(b[i])
		sum += max(d, -d)
	}
	return float64(sum) / float64(len(a)) / 255
}

// spread returns the standard deviation of a picture, 0…0.5.
func spread(f []byte) float64 {
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
