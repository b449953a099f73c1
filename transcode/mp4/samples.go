package mp4

import "io"

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

// Descriptions returns the number of sample descriptions of a trak box; it is
// one for a track whose samples all have the same configuration.
func Descriptions(r io.ReaderAt, trak Box) int {
	n := 0
	for _, b := range Children(r, trak.Body, trak.End, "mdia", "minf", "stbl", "stsd") {
		entries := 0
		_ = Walk(r, b.Body+8, b.End, func(Box) bool { // 8: version, flags, count
			entries++
			return true
		})
		n += max(entries, int(Uint32(b.Read(r, 8), 4)))
	}
	return n
}

// HasPlainEdits reports whether the edit list of a trak box only delays the
// track and trims it: an empty edit may come first, one edit at normal speed
// follows. A track without an edit list is plain.
func HasPlainEdits(r io.ReaderAt, trak Box) bool {
	lists := Children(r, trak.Body, trak.End, "edts", "elst")
	if len(lists) == 0 {
		return true
	}
	p := lists[0].Read(r, 16+3*20) // three entries of the longer kind
	count, size, empty := int(Uint32(p, 4)), 12, func(at int) bool { return Uint32(p, at+4) == 1<<32-1 }
	if len(p) > 0 && p[0] == 1 {
		size, empty = 20, func(at int) bool { return Uint64(p, at+8) == 1<<64-1 }
	}
	shown := 0
	for i := range min(count, 3) {
		at := 8 + size*i
		if empty(at) {
			if i > 0 {
				return false
			}
			continue
		}
		if shown++; Uint32(p, at+size-4) != 0x10000 { // speed, 16.16
			return false
		}
	}
	return len(lists) == 1 && count <= 2 && shown <= 1
}

// sampleTable returns the body of a table in a trak box's stbl; nil when it is
// missing.
func sampleTable(r io.ReaderAt, trak Box, kind string) []byte {
	for _, b := range Children(r, trak.Body, trak.End, "mdia", "minf", "stbl", kind) {
		return b.Read(r, maxTable)
	}
	return nil
}
