package analysis

import (
	"slices"

	"github.com/storyreel/storyreel/internal/media"
)

// A review run that keeps the source's own frame decodes key frames only,
// and flashes fall between them. But a flash makes a coded frame large:
// every block changes. So seconds with many large frames are decoded in
// full, which for most videos is none.

const (
	// large frames in one second from which on it is looked at: each flash has at least the one that ends it
	burstsPerSecond = MaxFlashes + 1
	// of a key frame's size: what changes in every block; ordinary motion takes 0.05 to 0.3
	burstOfKey     = 0.35
	maxSuspects    = 3   // stretches decoded of one video
	suspectSeconds = 3.0 // length of one: at most 9 s of a video are decoded for this
	suspectContext = 2.0 // seconds before and after a second that it is compared with
)

// Suspects returns the stretches in which flashing could hide, the likeliest
// first. sizes are spread evenly over the video's seconds; key is what a key
// frame takes. Large is what stands out from its surroundings as well: in a
// noisy part of a video every frame is large.
func Suspects(sizes []int, key int, seconds float64) []media.Stretch {
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
	var out []media.Stretch
	for _, w := range all {
		from := max(w.at-(suspectSeconds-1)/2, 0)
		seen := slices.ContainsFunc(out, func(s media.Stretch) bool { return w.at >= s.From && w.at+1 <= s.To })
		if !seen && len(out) < maxSuspects {
			out = append(out, media.Stretch{From: from, To: min(from+suspectSeconds, seconds)})
		}
	}
	return out
}

// medianSize returns the median size of the frames that are no key frames.
func medianSize(sizes []int) int {
	var known []int
	for _, s := range sizes {
		if s > 0 {
			known = append(known, s)
		}
	}
	if len(known) == 0 {
		return 0
	}
	slices.Sort(known)
	return known[len(known)/2]
}
