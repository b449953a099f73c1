// Package matroska reads the EBML elements of a Matroska or WebM file, with
// bounded work on hostile files. It knows the encoding of elements and not
// their meaning.
package matroska

import "io"

// maxElements bounds a walk over one level of a hostile file.
const maxElements = 20000

// Element is one element of a Matroska file (RFC 8794).
type Element struct {
	ID   uint32 // with its length marker, as specifications print it
	Body int64  // offset of the first byte after the header
	End  int64  // offset of the first byte after the element
	// truncated is set when the element has no length, or one that reaches
	// past its parent; nothing can be found after it.
	truncated bool
}

// Walk calls fn for each element between the offsets from and to on one
// level, until fn returns false, the structure is invalid, or maxElements have
// been visited.
func Walk(r io.ReaderAt, from, to int64, fn func(Element) bool) {
	for n := 0; from < to && n < maxElements; n++ {
		var h [12]byte // at most four bytes of the ID and eight of the length
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

// vint reads a variable-size integer of one to longest bytes. The position of
// its first one bit gives the length; that bit is kept in v. length is 0 for
// an invalid or truncated number.
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

// Children returns the elements that a path of IDs leads to, starting on the
// level between the offsets from and to.
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

// Uint reads an unsigned integer. It returns 0 for one longer than four bytes,
// which no number of pixels and no code takes.
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
