package clips

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
)

// matrix writes the display matrix into the first track header.
func matrix(m [9]int32) func([]byte) ([]byte, error) {
	return func(d []byte) ([]byte, error) {
		at := bytes.Index(d, []byte("tkhd"))
		if at < 0 {
			return nil, fmt.Errorf("no track header")
		}
		at += 4 + 40 // version 0: 40 bytes before the matrix
		for i, v := range m {
			binary.BigEndian.PutUint32(d[at+4*i:], uint32(v))
		}
		return d, nil
	}
}

// after finds the n-th occurrence of a box's name and calls fn with what
// follows it.
func after(name string, n int, fn func(body []byte)) func([]byte) ([]byte, error) {
	return func(d []byte) ([]byte, error) {
		at := 0
		for range n {
			i := bytes.Index(d[at:], []byte(name))
			if i < 0 {
				return nil, fmt.Errorf("no box %q", name)
			}
			at += i + len(name)
		}
		fn(d[at:])
		return d, nil
	}
}

// within appends a box to the first sample entry of the given kind and
// lengthens all that hold it. The index must be behind the media, so that no
// offset moves.
func within(entry string, add []byte) func([]byte) ([]byte, error) {
	return func(d []byte) ([]byte, error) {
		moov := bytes.Index(d, []byte("moov"))
		at := bytes.LastIndex(d, []byte(entry))
		if moov < 0 || at < moov || bytes.Index(d, []byte("mdat")) > moov {
			return nil, fmt.Errorf("no %s in an index at the end", entry)
		}
		end := at - 4 + int(binary.BigEndian.Uint32(d[at-4:]))
		for _, kind := range []string{entry, "stsd", "stbl", "minf", "mdia", "trak", "moov"} {
			size := bytes.LastIndex(d[:at+4], []byte(kind)) - 4
			binary.BigEndian.PutUint32(d[size:], binary.BigEndian.Uint32(d[size:])+uint32(len(add)))
		}
		return append(append(append([]byte(nil), d[:end]...), add...), d[end:]...), nil
	}
}

// cleanAperture is the box that says which part of a frame is shown: its
// size, and how far its centre lies right of and below the frame's.
func cleanAperture(width, height, right, down int32) []byte {
	var body []byte
	for _, n := range []int32{width, height, right, down} {
		body = binary.BigEndian.AppendUint32(body, uint32(n))
		body = binary.BigEndian.AppendUint32(body, 1)
	}
	return box("clap", body)
}

// colorBox is the box that says by H.273's codes what colors mean, limited
// range.
func colourBox(primaries, transfer, matrix byte) []byte {
	return box("colr", []byte{'n', 'c', 'l', 'x', 0, primaries, 0, transfer, 0, matrix, 0})
}

// each does one thing after the other.
func each(all ...func([]byte) ([]byte, error)) func([]byte) ([]byte, error) {
	return func(d []byte) (_ []byte, err error) {
		for _, fn := range all {
			if d, err = fn(d); err != nil {
				return nil, err
			}
		}
		return d, nil
	}
}

// dolbyVision is the box that makes HDR a Dolby Vision video of profile 8:
// version 1.0, level 3, metadata and base frame, and which standard the base
// frame is of (1: HDR10, 4: HLG).
func dolbyVision(base byte) []byte {
	return box("dvvC", append([]byte{1, 0, 0x10, 0x1D, base << 4}, make([]byte, 19)...))
}

func just(s string) func([]byte) ([]byte, error) {
	return func([]byte) ([]byte, error) { return []byte(s), nil }
}

// box wraps a body in a header.
func box(kind string, body []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(body)+8))
	return append(append(b, kind...), body...)
}

var ftyp = box("ftyp", []byte("isom\x00\x00\x02\x00isomiso2mp41"))

// noise returns n bytes that are the same each time.
func noise(n int) []byte {
	r := rand.New(rand.NewPCG(7, 11))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// flip changes one bit in every so many bytes, from the given offset on.
func flip(from, every int) func([]byte) ([]byte, error) {
	return func(d []byte) ([]byte, error) {
		r := rand.New(rand.NewPCG(3, 5))
		for i := from; i < len(d); i += 1 + r.IntN(2*every) {
			d[i] ^= 1 << r.IntN(8)
		}
		return d, nil
	}
}

// cut keeps so many hundredths of the file.
func cut(percent int) func([]byte) ([]byte, error) {
	return func(d []byte) ([]byte, error) { return d[:len(d)*percent/100], nil }
}

// without removes a top-level box.
func without(kind string) func([]byte) ([]byte, error) {
	return func(d []byte) ([]byte, error) {
		var out []byte
		for at := 0; at+8 <= len(d); {
			n := int(binary.BigEndian.Uint32(d[at:]))
			if n < 8 || at+n > len(d) {
				return nil, fmt.Errorf("box at %d", at)
			}
			if string(d[at+4:at+8]) != kind {
				out = append(out, d[at:at+n]...)
			}
			at += n
		}
		return out, nil
	}
}
