package transcode

import (
	"encoding/binary"
	"errors"
	"io"
)

// errBox means that a file is not made of boxes as ISO 14496-12 wants them.
var errBox = errors.New("malformed box structure")

// maxBoxes bounds a walk over one level of a hostile file.
const maxBoxes = 20000

// box is one box of an MP4 or QuickTime file.
type box struct {
	kind        string
	start       int64 // of its header
	body        int64 // first byte after the header
	end         int64 // first byte after it
	overhanging bool  // it claims to reach past its parent; end is cut
}

// walk calls fn for each box between from and to on one level, until fn
// returns false. A box that claims to be longer than its parent is reported
// cut and ends the walk.
func walk(r io.ReaderAt, from, to int64, fn func(box) bool) error {
	var h [16]byte
	for n := 0; from+8 <= to; n++ {
		if n == maxBoxes {
			return errBox
		}
		if _, err := r.ReadAt(h[:8], from); err != nil {
			return errBox
		}
		b := box{kind: string(h[4:8]), start: from, body: from + 8}
		size := int64(binary.BigEndian.Uint32(h[:4]))
		switch size {
		case 0: // to the end of the file
			size = to - from
		case 1:
			if _, err := r.ReadAt(h[8:16], from+8); err != nil {
				return errBox
			}
			size = int64(binary.BigEndian.Uint64(h[8:16]))
			b.body += 8
		}
		if size < b.body-b.start {
			return errBox
		}
		if size > to-from {
			size, b.overhanging = to-from, true
			b.body = min(b.body, to)
		}
		b.end = from + size
		if !fn(b) || b.overhanging {
			return nil
		}
		from = b.end
	}
	return nil
}

// children returns the boxes of the given kind below the path of kinds,
// starting between from and to. No recursion: the path is as deep as it gets.
func children(r io.ReaderAt, from, to int64, path ...string) []box {
	level := []box{{body: from, end: to}}
	for _, kind := range path {
		var next []box
		for _, parent := range level {
			_ = walk(r, parent.body, parent.end, func(b box) bool {
				if b.kind == kind && len(next) < maxBoxes {
					next = append(next, b)
				}
				return true
			})
		}
		level = next
	}
	return level
}

// read returns up to limit bytes of the box's body.
func (b box) read(r io.ReaderAt, limit int64) []byte {
	n := min(b.end-b.body, limit)
	if n <= 0 {
		return nil
	}
	p := make([]byte, n)
	m, err := r.ReadAt(p, b.body)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil
	}
	return p[:m]
}

func be16(p []byte, at int) int {
	if at < 0 || at+2 > len(p) {
		return 0
	}
	return int(binary.BigEndian.Uint16(p[at:]))
}

func be32(p []byte, at int) uint32 {
	if at < 0 || at+4 > len(p) {
		return 0
	}
	return binary.BigEndian.Uint32(p[at:])
}

func be64(p []byte, at int) uint64 {
	if at < 0 || at+8 > len(p) {
		return 0
	}
	return binary.BigEndian.Uint64(p[at:])
}

// tableMost is the largest part of a sample table that is read, bytes: two
// million pictures.
const tableMost = 8 << 20

// tableOf returns the body of one table of a track's samples, nil when there
// is none.
func tableOf(r io.ReaderAt, trak box, kind string) []byte {
	for _, b := range children(r, trak.body, trak.end, "mdia", "minf", "stbl", kind) {
		return b.read(r, tableMost)
	}
	return nil
}

// entryFields is what a visual sample entry holds before its boxes, bytes.
const entryFields = 78

// entryOf returns what describes a track's samples: the first entry stands for
// all.
func entryOf(r io.ReaderAt, trak box) (entry box, ok bool) {
	for _, b := range children(r, trak.body, trak.end, "mdia", "minf", "stbl", "stsd") {
		_ = walk(r, b.body+8, b.end, func(e box) bool { // 8: version, flags, count
			entry, ok = e, true
			return false
		})
	}
	return entry, ok
}
