package mp4

import (
	"fmt"
	"os"
	"slices"
)

// SampleSizes returns the bytes of every coded frame of an MP4 that we
// wrote, in order, 0 in the places of key frames, and the median of those.
func SampleSizes(path string) (sizes []int, key int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, fmt.Errorf("open made file: %w", err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, 0, fmt.Errorf("stat made file: %w", err)
	}
	for _, trak := range Children(f, 0, st.Size(), "moov", "trak") {
		if Handler(f, trak) != "vide" {
			continue
		}
		var keys []int
		p := sampleTable(f, trak, "stsz")
		for i := range min(int(Uint32(p, 8)), max(len(p)-12, 0)/4) { // version and flags, one size for all, count
			sizes = append(sizes, int(Uint32(p, 12+4*i)))
		}
		p = sampleTable(f, trak, "stss")
		for i := range min(int(Uint32(p, 4)), max(len(p)-8, 0)/4) {
			if k := int(Uint32(p, 8+4*i)) - 1; k >= 0 && k < len(sizes) {
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
