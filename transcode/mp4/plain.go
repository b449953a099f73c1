package mp4

import (
	"bytes"
	"fmt"
	"io"
	"os"
)

// NAL unit types of H.264 (table 7-1).
const (
	unitSlice   = 1
	unitIDR     = 5
	unitSPS     = 7
	unitPPS     = 8
	unitSPSExt  = 13
	unitSPSMore = 15 // of another view or layer
)

// maxParameterSet bounds the size of a parameter set, bytes; usual ones have
// under 100.
const maxParameterSet = 4096

// IsPlain reports whether every decoder shows the H.264 track of an MP4
// written by ffmpeg alike, wherever it begins: all frames use the parameter
// sets of the sample description, and each key frame of the index is one after
// which nothing refers to what came before it. It is false for a track that
// cannot be parsed.
func IsPlain(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, fmt.Errorf("open output file: %w", err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return false, fmt.Errorf("stat output file: %w", err)
	}
	for _, trak := range Children(f, 0, st.Size(), "moov", "trak") {
		if Handler(f, trak) == "vide" {
			return isPlain(f, trak, st.Size()), nil
		}
	}
	return false, nil
}

func isPlain(r io.ReaderAt, trak Box, size int64) bool {
	lengthSize, sets := lengthSizeOf(r, trak), parameterSets(r, trak)
	samples, err := sampleRanges(r, trak, size)
	if err != nil || lengthSize == 0 || sets == nil || Descriptions(r, trak) != 1 {
		return false
	}
	isKey := keyFrames(r, trak)
	for i, s := range samples {
		units, err := readUnits(r, s, lengthSize)
		if err != nil || !isPlainFrame(r, units, sets, i == 0 || isKey(i)) {
			return false
		}
	}
	return true
}

// isPlainFrame checks the units of one frame. key is set for a frame at which
// players may begin.
func isPlainFrame(r io.ReaderAt, units []unit, sets [][]byte, key bool) bool {
	for _, u := range units {
		switch u.kind {
		case unitSPS, unitPPS, unitSPSExt, unitSPSMore:
			if !isOneOf(r, u, sets) {
				return false
			}
		case unitSlice:
			if key {
				return false
			}
		case unitIDR:
			key = false
		case 2, 3, 4: // data partitions, which browsers do not decode
			return false
		}
	}
	return !key // it has an IDR slice
}

// isOneOf reports whether a unit repeats one of the parameter sets.
func isOneOf(r io.ReaderAt, u unit, sets [][]byte) bool {
	n := u.end - u.start
	if n > maxParameterSet {
		return false
	}
	p := make([]byte, n)
	if _, err := r.ReadAt(p, u.start); err != nil {
		return false
	}
	for _, s := range sets {
		if bytes.Equal(p, s) {
			return true
		}
	}
	return false
}

// keyFrames returns a function that reports whether the index names the i-th
// frame as a key frame; without an index all are.
func keyFrames(r io.ReaderAt, trak Box) func(i int) bool {
	p := sampleTable(r, trak, "stss")
	if p == nil {
		return func(int) bool { return true }
	}
	keys := map[int]bool{}
	for i := range min(int(Uint32(p, 4)), max(len(p)-8, 0)/4) {
		keys[int(Uint32(p, 8+4*i))-1] = true
	}
	return func(i int) bool { return keys[i] }
}

// parameterSets returns the parameter sets of a trak box's sample description
// (ISO 14496-15, 5.3.3.1); nil when they are invalid or when two of them have
// the same number, so that their order would matter.
func parameterSets(r io.ReaderAt, trak Box) [][]byte {
	e, ok := SampleEntry(r, trak)
	if !ok {
		return nil
	}
	boxes := Children(r, e.Body+EntryFields, e.End, "avcC")
	if len(boxes) != 1 {
		return nil
	}
	p := boxes[0].Read(r, 64<<10)
	if len(p) < 7 {
		return nil
	}
	var sets [][]byte
	numbers := map[uint32]bool{}
	at := 6
	read := func(count int) bool {
		for range count {
			n := Uint16(p, at)
			if at += 2; n < 2 || at+n > len(p) {
				return false
			}
			set := p[at : at+n]
			if set[0]&unitTypeMask == unitPPS {
				number := firstNumber(set[1:])
				if numbers[number] {
					return false
				}
				numbers[number] = true
			}
			sets, at = append(sets, set), at+n
		}
		return true
	}
	if p[5]&0x1f != 1 || !read(1) || at >= len(p) { // one sequence parameter set
		return nil
	}
	if at++; !read(int(p[at-1])) || len(numbers) == 0 {
		return nil
	}
	return sets
}

// firstNumber reads the Exp-Golomb number at the beginning of p, at most 16
// bits of it; an invalid one gives 0.
func firstNumber(p []byte) uint32 {
	bit := func(i int) uint32 {
		if i/8 >= len(p) {
			return 0
		}
		return uint32(p[i/8]>>(7-i%8)) & 1
	}
	zeros := 0
	for zeros < 16 && bit(zeros) == 0 {
		zeros++
	}
	v := uint32(0)
	for i := range zeros + 1 {
		v = v<<1 | bit(zeros+i)
	}
	return v - 1
}
