package transcode

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
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

// sampleSizes returns the bytes of every coded picture of an MP4 that we
// wrote, in order, 0 in the places of key frames, and the median of those.
func sampleSizes(path string) (sizes []int, key int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, fmt.Errorf("open made file: %w", err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, 0, fmt.Errorf("stat made file: %w", err)
	}
	for _, trak := range children(f, 0, st.Size(), "moov", "trak") {
		if handlerOf(f, trak) != "vide" {
			continue
		}
		var keys []int
		p := tableOf(f, trak, "stsz")
		for i := range min(int(be32(p, 8)), max(len(p)-12, 0)/4) { // version and flags, one size for all, count
			sizes = append(sizes, int(be32(p, 12+4*i)))
		}
		p = tableOf(f, trak, "stss")
		for i := range min(int(be32(p, 4)), max(len(p)-8, 0)/4) {
			if k := int(be32(p, 8+4*i)) - 1; k >= 0 && k < len(sizes) {
				keys, sizes[k] = append(keys, sizes[k]), 0
			}
		}
		if slices.Sort(keys); len(keys) > 0 {
			key = keys[len(keys)/2]
		}
		break
	}
	return sizes, key, nil
}

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

// lookAgain decodes the suspect seconds of a remuxed review copy and returns
// the most flashes seen in any second of them.
func (j *job) lookAgain(ctx context.Context) (int, error) {
	sizes, key, err := sampleSizes(filepath.Join(j.dir, fileReview))
	if err != nil {
		return 0, err
	}
	spans := suspects(sizes, key, j.plan.Duration.Seconds())
	if len(spans) == 0 {
		return 0, nil
	}
	args, err := j.plan.lookArgs(spans, j.threads)
	if err != nil {
		return 0, err
	}
	if err := j.ffmpeg1(ctx, "flashing", args, 0.85, 0.9); err != nil {
		return 0, j.afterwards(err)
	}
	most := 0
	for i := range spans {
		raw, err := os.ReadFile(filepath.Join(j.dir, fileFlash(i)))
		if err != nil {
			return 0, fmt.Errorf("read measuring pictures: %w", err)
		}
		s := seen{rate: flashRate, frames: chunks(raw, measureEdge*measureEdge)}
		most = max(most, s.flashes())
		if err := os.Remove(filepath.Join(j.dir, fileFlash(i))); err != nil {
			return 0, fmt.Errorf("remove working file: %w", err)
		}
	}
	return most, nil
}

// flashRate is how many pictures a second tell flashes: up to twelve of them.
const flashRate = 25

func fileFlash(i int) string { return fmt.Sprintf("flash-%d.gray", i) }

// lookArgs decodes stretches of the review copy to small grey pictures.
func (p Plan) lookArgs(spans []media.Stretch, threads int) ([]string, error) {
	return compile(threads, func() []graph {
		var outs []graph
		for i, s := range spans {
			v := made(fileReview, opts{
				"ss": fixed(s.From), "t": fixed(s.To - s.From),
				"threads":          "1",   // frame threads would only hold pictures
				"skip_loop_filter": "all", // brightness is not changed by smoothing; a quarter less work
			}).Get("v:0")
			// as many a second as the limit is counted by
			v = filter(v, "fps", opts{"fps": fmt.Sprint(flashRate), "eof_action": "pass"})
			v = filter(v, "scale", opts{"w": measureEdge, "h": measureEdge, "flags": "area", "out_range": "pc"})
			v = filter(v, "format", opts{"pix_fmts": "gray"})
			outs = append(outs, output(v, fileFlash(i), opts{"f": "rawvideo", "fps_mode": "passthrough"}))
		}
		return outs
	})
}
