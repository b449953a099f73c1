package transcode

import "io"

// element is one element of a Matroska file (RFC 8794).
type element struct {
	id        uint32 // with its length marker, as specifications print it
	body, end int64
	last      bool // it has no length, or claims to reach past its parent: nothing can be found after it
}

// elements calls fn for each element between from and to on one level, until
// fn returns false or the structure makes no sense. The number is bounded as
// that of boxes is.
func elements(r io.ReaderAt, from, to int64, fn func(element) bool) {
	for n := 0; from < to && n < maxBoxes; n++ {
		var h [12]byte // four of the name and eight of the length at most
		got, _ := r.ReadAt(h[:min(to-from, 12)], from)
		id, idLen := variable(h[:got], 4)
		if idLen == 0 {
			return
		}
		size, sizeLen := variable(h[idLen:got], 8)
		if sizeLen == 0 {
			return
		}
		marker := uint64(1) << (7 * sizeLen)
		e := element{id: uint32(id), body: from + int64(idLen+sizeLen), end: to}
		if size -= marker; size == marker-1 || size > uint64(to-e.body) {
			e.last = true
		} else {
			e.end = e.body + int64(size)
		}
		if !fn(e) || e.last {
			return
		}
		from = e.end
	}
}

// variable reads a number of one to longest bytes, whose first one bit says
// how many they are and is kept. length is 0 when there is none.
func variable(p []byte, longest int) (v uint64, length int) {
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

// below returns the elements of the given name below the path of names,
// starting between from and to.
func below(r io.ReaderAt, from, to int64, path ...uint32) []element {
	level := []element{{body: from, end: to}}
	for _, id := range path {
		var next []element
		for _, parent := range level {
			elements(r, parent.body, parent.end, func(e element) bool {
				if e.id == id && len(next) < maxBoxes {
					next = append(next, e)
				}
				return true
			})
		}
		level = next
	}
	return level
}

// number reads an unsigned integer; what is longer than four bytes is no
// number of pixels nor a code of anything, and counts as 0.
func (e element) number(r io.ReaderAt) int {
	var p [4]byte
	n := e.end - e.body
	if n < 1 || n > 4 {
		return 0
	}
	if m, _ := r.ReadAt(p[:n], e.body); int64(m) < n {
		return 0
	}
	v := 0
	for _, b := range p[:n] {
		v = v<<8 | int(b)
	}
	return v
}
