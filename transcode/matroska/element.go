package matroska

import (
	"io"
)

// maxElements bounds a walk over one level of a hostile file.
const maxElements = 20000

// Element is one element of a Matroska file (RFC 8794).
type Element struct {
	ID        uint32 // with its length marker, as specifications print it
	Body, End int64
	truncated bool // it has no length, or claims to reach past its parent: nothing can be found after it
}

// Walk calls fn for each element between from and to on one level, until
// fn returns false or the structure makes no sense. The number is bounded as
// that of boxes is.
func Walk(r io.ReaderAt, from, to int64, fn func(Element) bool) {
	for n := 0; from < to && n < maxElements; n++ {
		var h [12]byte // four of the name and eight of the length at most
		got, _ := r.ReadAt(h[:min(to-from, 12)], from)
		id, idLen := vint(h[:got], 4)
		if idLen == 0 {
			return
		}
		size, sizeLen := vint(h[idLen:got], 8)
		if sizeLen == 0 {
			return
		}
		marker := uint64(1) << (7 * sizeLen)
		e := Element{ID: uint32(id), Body: from + int64(idLen+sizeLen), End: to}
		if size -= marker; size == marker-1 || size > uint64(to-e.Body) {
			e.truncated = true
		} else {
			e.End = e.Body + int64(size)
		}
		if !fn(e) || e.truncated {
			return
		}
		from = e.End
	}
}

// vint reads a number of one to longest bytes, whose first one bit says
// how many they are and is kept. length is 0 when there is none.
func vint(p []byte, longest int) (v uint64, length int) {
	if len(p) == 0 || p[0] == 0 {
		return 0, 0
	}
	for length = 1; p[0]>>(8-length) == 0; length++ {
	}
	if length > longest || length > len(p) {
		return 0, 0
	}
	for _, b := range p[:length] {
		v = v<<8 | uint64(b)
	}
	return v, length
}

// Children returns the elements of the given name below the path of names,
// starting between from and to.
func Children(r io.ReaderAt, from, to int64, path ...uint32) []Element {
	level := []Element{{Body: from, End: to}}
	for _, id := range path {
		var next []Element
		for _, parent := range level {
			Walk(r, parent.Body, parent.End, func(e Element) bool {
				if e.ID == id && len(next) < maxElements {
					next = append(next, e)
				}
				return true
			})
		}
		level = next
	}
	return level
}

// Uint reads an unsigned integer; what is longer than four bytes is no
// number of pixels nor a code of anything, and counts as 0.
func (e Element) Uint(r io.ReaderAt) int {
	var p [4]byte
	n := e.End - e.Body
	if n < 1 || n > 4 {
		return 0
	}
	if m, _ := r.ReadAt(p[:n], e.Body); int64(m) < n {
		return 0
	}
	v := 0
	for _, b := range p[:n] {
		v = v<<8 | int(b)
	}
	return v
}
