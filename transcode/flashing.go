package transcode

import (
	"slices"

	"github.com/storyreel/storyreel/internal/media"
)

// A review run that keeps the source's own picture decodes key frames only,
// and flashes fall between them. But a flash makes a coded picture large:
// every block changes. So seconds with many large pictures are decoded in
// full, which for most films is none.

const (
	// large pictures in one second from which on it is looked at: each flash has at least the one that ends it
	burstsASecond = flashesAllowed + 1
	// of a key frame's size: what changes in every block; ordinary motion takes 0.05 to 0.3
	burstOfKey  = 0.35
	lookMost    = 3   // stretches decoded of one film
	lookSeconds = 3.0 // length of one: at most 9 s of a film are decoded for this
	lookAround  = 2.0 // seconds before and after a second that it is compared with
)

// suspects returns the stretches in which flashing could hide, the likeliest
// first. sizes are spread evenly over the film's seconds; key is what a key
// frame takes. Large is what stands out from its surroundings as well: in a
// noisy part of a film every picture is large.
func suspects(sizes []int, key int, seconds float64) []media.Stretch {
	if len(sizes) == 0 || seconds <= 0 {
		return nil
	}
	rate := float64(len(sizes)) / seconds
	around := func(at float64) int {
		return usual(sizes[max(int((at-lookAround)*rate), 0):min(int((at+1+lookAround)*rate), len(sizes))])
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
		if w.count >= burstsASecond {
			all = append(all, w)
		}
	}
	slices.SortStableFunc(all, func(a, b second) int { return b.count - a.count })
	var out []media.Stretch
	for _, w := range all {
		from := max(w.at-(lookSeconds-1)/2, 0)
		seen := slices.ContainsFunc(out, func(s media.Stretch) bool { return w.at >= s.From && w.at+1 <= s.To })
		if !seen && len(out) < lookMost {
			out = append(out, media.Stretch{From: from, To: min(from+lookSeconds, seconds)})
		}
	}
	return out
}

// usual returns the median size of the pictures that are no key frames.
func usual(sizes []int) int {
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
