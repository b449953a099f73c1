package clips

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
)

// displayMatrix sets the display matrix in the first track header.
func displayMatrix(m [9]int32) func([]byte) ([]byte, error) {
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

// atBox calls fn with the bytes that follow the first occurrence of a box's name.
func atBox(name string, fn func(body []byte)) func([]byte) ([]byte, error) {
	return func(d []byte) ([]byte, error) {
		_, body, ok := bytes.Cut(d, []byte(name))
		if !ok {
			return nil, fmt.Errorf("no box %q", name)
		}
		fn(body)
		return d, nil
	}
}

// appendToEntry appends a box to the first sample entry of this kind and
// increases the sizes of the boxes around it. The index must be behind the
// media, so that no offset changes.
func appendToEntry(entry string, add []byte) func([]byte) ([]byte, error) {
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

// cleanAperture returns the box for the displayed part of a frame: its size, and
// the offset of its center from the frame's center, in pixels to the right and
// down.
func cleanAperture(width, height, right, down int32) []byte {
	var body []byte
	for _, n := range []int32{width, height, right, down} {
		body = binary.BigEndian.AppendUint32(body, uint32(n))
		body = binary.BigEndian.AppendUint32(body, 1)
	}
	return box("clap", body)
}

// colorBox returns the box with the color description by codes of H.273, in
// limited range.
func colorBox(primaries, transfer, matrix byte) []byte {
	return box("colr", []byte{'n', 'c', 'l', 'x', 0, primaries, 0, transfer, 0, matrix, 0})
}

// chain applies functions in turn.
func chain(all ...func([]byte) ([]byte, error)) func([]byte) ([]byte, error) {
	return func(d []byte) (_ []byte, err error) {
		for _, fn := range all {
			if d, err = fn(d); err != nil {
				return nil, err
			}
		}
		return d, nil
	}
}

// dolbyVision returns the box that marks HDR as Dolby Vision profile 8, version
// 1.0, level 3, with metadata and base layer. base is the standard of the base
// layer (1: HDR10, 4: HLG).
func dolbyVision(base byte) []byte {
	return box("dvvC", append([]byte{1, 0, 0x10, 0x1D, base << 4}, make([]byte, 19)...))
}

// replaceBy ignores the data and returns s.
func replaceBy(s string) func([]byte) ([]byte, error) {
	return func([]byte) ([]byte, error) { return []byte(s), nil }
}

// box returns a box with its header.
func box(kind string, body []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(body)+8))
	return append(append(b, kind...), body...)
}

var ftyp = box("ftyp", []byte("isom\x00\x00\x02\x00isomiso2mp41"))

// randomBytes returns n pseudorandom bytes, the same at every call.
func randomBytes(n int) []byte {
	r := rand.New(rand.NewPCG(7, 11))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// flipBits changes on average one bit in every so many bytes, from an offset on.
func flipBits(from, every int) func([]byte) ([]byte, error) {
	return func(d []byte) ([]byte, error) {
		r := rand.New(rand.NewPCG(3, 5))
		for i := from; i < len(d); i += 1 + r.IntN(2*every) {
			d[i] ^= 1 << r.IntN(8)
		}
		return d, nil
	}
}

// truncate keeps the first percent of the file.
func truncate(percent int) func([]byte) ([]byte, error) {
	return func(d []byte) ([]byte, error) { return d[:len(d)*percent/100], nil }
}

// removeBox removes the top-level boxes of this kind.
func removeBox(kind string) func([]byte) ([]byte, error) {
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
