package mp4

import (
	"encoding/binary"
	"errors"
	"io"
)

// errBox means that a file is not made of boxes as ISO 14496-12 wants them.
var errBox = errors.New("malformed box structure")

// maxBoxes bounds a walk over one level of a hostile file.
const maxBoxes = 20000

// Box is one box of an MP4 or QuickTime file.
type Box struct {
	Kind      string
	start     int64 // of its header
	Body      int64 // first byte after the header
	End       int64 // first byte after it
	truncated bool  // it claims to reach past its parent; end is cut
}

// Walk calls fn for each box between from and to on one level, until fn
// returns false. A box that claims to be longer than its parent is reported
// cut and ends the walk.
func Walk(r io.ReaderAt, from, to int64, fn func(Box) bool) error {
	var h [16]byte
	for n := 0; from+8 <= to; n++ {
		if n == maxBoxes {
			return errBox
		}
		if _, err := r.ReadAt(h[:8], from); err != nil {
			return errBox
		}
		b := Box{Kind: string(h[4:8]), start: from, Body: from + 8}
		size := int64(binary.BigEndian.Uint32(h[:4]))
		switch size {
		case 0: // to the end of the file
			size = to - from
		case 1:
			if _, err := r.ReadAt(h[8:16], from+8); err != nil {
				return errBox
			}
			size = int64(binary.BigEndian.Uint64(h[8:16]))
			b.Body += 8
		}
		if size < b.Body-b.start {
			return errBox
		}
		if size > to-from {
			size, b.truncated = to-from, true
			b.Body = min(b.Body, to)
		}
		b.End = from + size
		if !fn(b) || b.truncated {
			return nil
		}
		from = b.End
	}
	return nil
}

// Children returns the boxes of the given kind below the path of kinds,
// starting between from and to. No recursion: the path is as deep as it gets.
func Children(r io.ReaderAt, from, to int64, path ...string) []Box {
	level := []Box{{Body: from, End: to}}
	for _, kind := range path {
		var next []Box
		for _, parent := range level {
			_ = Walk(r, parent.Body, parent.End, func(b Box) bool {
				if b.Kind == kind && len(next) < maxBoxes {
					next = append(next, b)
				}
				return true
			})
		}
		level = next
	}
	return level
}

// Read returns up to limit bytes of the box's body.
func (b Box) Read(r io.ReaderAt, limit int64) []byte {
	n := min(b.End-b.Body, limit)
	if n <= 0 {
		return nil
	}
	p := make([]byte, n)
	m, err := r.ReadAt(p, b.Body)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil
	}
	return p[:m]
}

func Uint16(p []byte, at int) int {
	if at < 0 || at+2 > len(p) {
		return 0
	}
	return int(binary.BigEndian.Uint16(p[at:]))
}

func Uint32(p []byte, at int) uint32 {
	if at < 0 || at+4 > len(p) {
		return 0
	}
	return binary.BigEndian.Uint32(p[at:])
}

func Uint64(p []byte, at int) uint64 {
	if at < 0 || at+8 > len(p) {
		return 0
	}
	return binary.BigEndian.Uint64(p[at:])
}

// maxTable is the largest part of a sample table that is read, bytes: two
// million frames.
const maxTable = 8 << 20

// sampleTable returns the body of one table of a track's samples, nil when there
// is none.
func sampleTable(r io.ReaderAt, trak Box, kind string) []byte {
	for _, b := range Children(r, trak.Body, trak.End, "mdia", "minf", "stbl", kind) {
		return b.Read(r, maxTable)
	}
	return nil
}

// EntryFields is what a visual sample entry holds before its boxes, bytes.
const EntryFields = 78

// SampleEntry returns what describes a track's samples: the first entry stands for
// all.
func SampleEntry(r io.ReaderAt, trak Box) (entry Box, ok bool) {
	for _, b := range Children(r, trak.Body, trak.End, "mdia", "minf", "stbl", "stsd") {
		_ = Walk(r, b.Body+8, b.End, func(e Box) bool { // 8: version, flags, count
			entry, ok = e, true
			return false
		})
	}
	return entry, ok
}

// Handler returns a track's kind: vide, soun, meta, tmcd, …
func Handler(r io.ReaderAt, trak Box) string {
	for _, h := range Children(r, trak.Body, trak.End, "mdia", "hdlr") {
		if p := h.Read(r, 12); len(p) == 12 {
			return string(p[8:12])
		}
	}
	return ""
}
