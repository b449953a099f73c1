package analysis

import (
	"slices"

	"github.com/storyreel/storyreel/internal/media"
)

// A review run that remuxes the source decodes only its key frames and misses
// flashes between them. A flash changes every block, so its coded frame is
// large. Seconds with many large frames are therefore decoded completely; most
// videos have none.

const (
	// burstsPerSecond is the number of large frames that make a second
	// suspicious: each flash has at least the one that ends it.
	burstsPerSecond = MaxFlashes + 1
	// burstOfKey is the share of a key frame's size from which a frame counts
	// as large, as every block changes; ordinary motion takes 0.05 to 0.3.
	burstOfKey     = 0.35
	maxSuspects    = 3   // intervals decoded per video
	suspectSeconds = 3.0 // length of an interval, so at most 9 s are decoded
	suspectContext = 2.0 // seconds before and after that a second is compared with
)

// Suspects returns the intervals that may contain flashing, the most
// suspicious first. sizes are the bytes of the coded frames, 0 for key frames,
// evenly spaced over the given seconds; key is the size of a key frame. A
// frame must also be large compared with its neighbors: in a noisy part of a
// video every frame is large.
func Suspects(sizes []int, key int, seconds float64) []media.Interval {
	if len(sizes) == 0 || seconds <= 0 {
		return nil
	}
	rate := float64(len(sizes)) / seconds
	around := func(at float64) int {
		return medianSize(sizes[max(int((at-suspectContext)*rate), 0):min(int((at+1+suspectContext)*rate), len(sizes))])
	}
	type second struct {
		at    float64
		count int
	}
	var all []second
	for at := 0.0; at < seconds; at += 0.5 {
		w := second{at: at}
		large := max(2*around(at), int(burstOfKey*float64(key)))
		for i := int(at * rate); i < min(int((at+1)*rate), len(sizes)); i++ {
			if sizes[i] > large {
				w.count++
			}
		}
		if w.count >= burstsPerSecond {
			all = append(all, w)
		}
	}
	slices.SortStableFunc(all, func(a, b second) int { return b.count - a.count })
	var out []media.Interval
	for _, w := range all {
		from := max(w.at-(suspectSeconds-1)/2, 0)
		covered := slices.ContainsFunc(out, func(s media.Interval) bool { return w.at >= s.From && w.at+1 <= s.To })
		if !covered && len(out) < maxSuspects {
			out = append(out, media.Interval{From: from, To: min(from+suspectSeconds, seconds)})
		}
	}
	return out
}

// medianSize returns the median size of the frames other than key frames.
func medianSize(sizes []int) int {
	var nonKey []int
	for _, s := range sizes {
		if s > 0 {
			nonKey = append(nonKey, s)
		}
	}
	if len(nonKey) == 0 {
		return 0
	}
	slices.Sort(nonKey)
	return nonKey[len(nonKey)/2]
}
