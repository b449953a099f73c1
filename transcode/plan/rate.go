package plan

import (
	"math"

	"github.com/storyreel/storyreel/internal/media"
)

// maxRate is the highest output frame rate, frames per second. Faster videos
// lose frames.
const maxRate = 60

// standardRates are the nominal rates of cameras as exact fractions. 29.97
// stays 30000/1001: rounded to 30 it would repeat a frame every half minute.
var standardRates = []media.Rate{
	{Num: 10, Den: 1}, {Num: 12, Den: 1}, {Num: 15, Den: 1}, {Num: 20, Den: 1},
	{Num: 24000, Den: 1001}, {Num: 24, Den: 1}, {Num: 25, Den: 1}, {Num: 30000, Den: 1001}, {Num: 30, Den: 1},
	{Num: 48, Den: 1}, {Num: 50, Den: 1}, {Num: 60000, Den: 1001}, {Num: 60, Den: 1},
}

// variableRates are the output rates of videos with a variable rate: the
// lowest that is not below the average, so that no frame is lost.
var variableRates = []media.Rate{
	{Num: 15, Den: 1}, {Num: 24, Den: 1}, {Num: 25, Den: 1}, {Num: 30, Den: 1}, {Num: 50, Den: 1}, {Num: 60, Den: 1},
}

// OutputRate returns the constant output rate. claimed and average are
// ffprobe's r_frame_rate and avg_frame_rate; measured is frames per second
// from the packets, 0 when there were too few; gap is the median distance
// between two frames in seconds, 0 when unknown.
func OutputRate(claimed, average media.Rate, measured, gap float64) media.Rate {
	if measured <= 0 {
		measured = average.Float()
	}
	if f := claimed.Float(); f >= 10 && f <= 1000 && math.Abs(f-measured) <= 0.01*f {
		if f <= maxRate+0.01 {
			return snapRate(claimed)
		}
		n := int(math.Ceil(f/maxRate - 0.001)) // every n-th frame: 120 and 240 become 60
		return snapRate(media.Rate{Num: claimed.Num, Den: claimed.Den * n})
	}
	// A known rate with missing frames: phones drop frames in low light.
	if s, ok := standardRate(claimed.Float()); ok && measured > 0 && claimed.Float() >= measured &&
		claimed.Float() <= 1.3*measured {
		return s
	}
	if s, ok := standardRate(average.Float()); ok && math.Abs(s.Float()-measured) <= 0.01*measured {
		return s
	}
	// A steady rate with gaps: browsers record these when the page stutters.
	// 4 % because WebM counts milliseconds: 33 and 34 both mean 30.
	for _, c := range variableRates {
		if gap > 0 && math.Abs(c.Float()*gap-1) <= 0.04 && c.Float() >= measured {
			return c
		}
	}
	for _, c := range variableRates {
		if c.Float() >= measured*0.995 {
			return c
		}
	}
	return media.Rate{Num: maxRate, Den: 1}
}

// snapRate returns the standard rate closest to r, or r in lowest terms when
// none is within 0.05 %.
func snapRate(r media.Rate) media.Rate {
	if s, ok := standardRate(r.Float()); ok {
		return s
	}
	r.Num, r.Den = Reduce(r.Num, r.Den)
	if r.Den > 1001 || r.Num > 120000 { // a rounding error, not a nominal rate
		r = media.Rate{Num: int(math.Round(r.Float() * 1000)), Den: 1000}
	}
	return r
}

// standardRate returns the standard rate within 0.05 % of f, close enough to
// distinguish 29.97 from 30.
func standardRate(f float64) (media.Rate, bool) {
	for _, s := range standardRates {
		if math.Abs(s.Float()-f) <= 0.0005*f {
			return s, true
		}
	}
	return media.Rate{}, false
}

// Reduce returns the fraction n/d in lowest terms. It accepts zeros.
func Reduce(n, d int) (num, den int) {
	g := gcd(n, d)
	return n / g, d / g
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return max(a, 1)
}
