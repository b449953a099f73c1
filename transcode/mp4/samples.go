package mp4

import (
	"fmt"
	"io"
	"os"
	"slices"
)

// maxTable bounds the bytes that are read of a sample table: two million
// frames.
const maxTable = 8 << 20

// EntryFields is the size of the fields that precede the boxes in a visual
// sample entry, bytes.
const EntryFields = 78

// Handler returns the handler type of a trak box: vide, soun, meta, tmcd, …;
// empty when it has none.
func Handler(r io.ReaderAt, trak Box) string {
	for _, h := range Children(r, trak.Body, trak.End, "mdia", "hdlr") {
		if p := h.Read(r, 12); len(p) == 12 {
			return string(p[8:12])
		}
	}
	return ""
}

// SampleEntry returns the first sample entry of a trak box, which stands for
// all of them.
func SampleEntry(r io.ReaderAt, trak Box) (entry Box, ok bool) {
	for _, b := range Children(r, trak.Body, trak.End, "mdia", "minf", "stbl", "stsd") {
		_ = Walk(r, b.Body+8, b.End, func(e Box) bool { // 8: version, flags, count
			entry, ok = e, true
			return false
		})
	}
	return entry, ok
}

// SampleSizes returns the bytes of every coded frame of an MP4 written by
// ffmpeg, in order, with 0 for key frames, and the median size of key frames.
func SampleSizes(path string) (sizes []int, key int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, fmt.Errorf("open output file: %w", err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, 0, fmt.Errorf("stat output file: %w", err)
	}
	for _, trak := range Children(f, 0, st.Size(), "moov", "trak") {
		if Handler(f, trak) != "vide" {
			continue
		}
		var keys []int
		p := sampleTable(f, trak, "stsz")
		// version and flags, a common size, count
		for i := range min(int(Uint32(p, 8)), max(len(p)-12, 0)/4) {
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

// sampleTable returns the body of a table in a trak box's stbl; nil when it is
// missing.
func sampleTable(r io.ReaderAt, trak Box, kind string) []byte {
	for _, b := range Children(r, trak.Body, trak.End, "mdia", "minf", "stbl", kind) {
		return b.Read(r, maxTable)
	}
	return nil
}
