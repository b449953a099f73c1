// Package mp4 reads MP4 and QuickTime files without a decoder: boxes, sample
// tables, fragments and codec names, with bounded work on hostile files. It
// also blanks SEI messages in place. It knows nothing of plans and limits.
package mp4

import (
	"encoding/binary"
	"errors"
	"io"
)

// errBox means that the box structure violates ISO 14496-12.
var errBox = errors.New("malformed box structure")

// maxBoxes bounds a walk over one level of a hostile file.
const maxBoxes = 20000

// Box is one box of an MP4 or QuickTime file.
type Box struct {
	Kind      string // four characters, such as moov
	start     int64  // offset of the header
	Body      int64  // offset of the first byte after the header
	End       int64  // offset of the first byte after the box
	truncated bool   // its length reaches past its parent; End is the parent's
}

// Walk calls fn for each box between the offsets from and to on one level,
// until fn returns false. A box longer than its parent is passed with the
// parent's end and ends the walk. The error is for an invalid structure and
// for more than maxBoxes boxes.
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

// Children returns the boxes that a path of kinds leads to, starting on the
// level between the offsets from and to. The depth is that of the path.
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

// Read returns up to limit bytes of the box's body, fewer at the end of the
// file; nil on a read error.
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

// Uint16 reads a big-endian number at the given offset, 0 outside p.
func Uint16(p []byte, at int) int {
	if at < 0 || at+2 > len(p) {
		return 0
	}
	return int(binary.BigEndian.Uint16(p[at:]))
}

// Uint32 reads a big-endian number at the given offset, 0 outside p.
func Uint32(p []byte, at int) uint32 {
	if at < 0 || at+4 > len(p) {
		return 0
	}
	return binary.BigEndian.Uint32(p[at:])
}

// Uint64 reads a big-endian number at the given offset, 0 outside p.
func Uint64(p []byte, at int) uint64 {
	if at < 0 || at+8 > len(p) {
		return 0
	}
	return binary.BigEndian.Uint64(p[at:])
}
