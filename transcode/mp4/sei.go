package mp4

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// A remuxed video keeps the source's coded frames, including supplemental
// enhancement information (SEI), in which cameras may store anything. Decoding
// needs none of these messages, so they are overwritten with 0xFF in place.
// ffmpeg's filter_units removes them by rewriting every unit, which takes more
// than half the CPU of the copy itself.

const (
	unitSEI        = 6   // NAL unit type of H.264
	messageFiller  = 3   // SEI filler payload (H.264, D.1.4)
	maxMessage     = 254 // longest message whose length takes one byte, bytes
	rbspTrailing   = 0x80
	unitTypeMask   = 0x1f
	lengthSizeMask = 0x03
)

var (
	errSampleTable = errors.New("invalid sample table")
	errUnits       = errors.New("the units of a frame do not add up to it")
)

// BlankSEI overwrites the SEI units in the H.264 track of an MP4 written by
// ffmpeg. It fails on an invalid sample table and on frames that cannot be
// parsed; after an error the file may be changed in part.
func BlankSEI(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("open output file: %w", err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return fmt.Errorf("stat output file: %w", err)
	}
	for _, trak := range Children(f, 0, st.Size(), "moov", "trak") {
		if Handler(f, trak) != "vide" {
			continue
		}
		lengthSize := lengthSizeOf(f, trak)
		samples, err := sampleRanges(f, trak, st.Size())
		if err != nil || lengthSize == 0 {
			return errors.Join(errSampleTable, err)
		}
		for _, s := range samples {
			units, err := readUnits(f, s, lengthSize)
			if err != nil {
				return fmt.Errorf("blank messages: %w", err)
			}
			for _, u := range units {
				if u.kind != unitSEI {
					continue
				}
				if _, err := f.WriteAt(filler(int(u.end-u.start)), u.start); err != nil {
					return fmt.Errorf("blank messages: %w", err)
				}
			}
		}
	}
	return f.Close()
}

// lengthSizeOf returns the number of bytes of the length before each NAL unit,
// 0 when the track does not give it.
func lengthSizeOf(r io.ReaderAt, trak Box) int {
	e, ok := SampleEntry(r, trak)
	if !ok || e.Kind != "avc1" {
		return 0
	}
	for _, c := range Children(r, e.Body+EntryFields, e.End, "avcC") {
		if p := c.Read(r, 5); len(p) == 5 {
			return int(p[4]&lengthSizeMask) + 1
		}
	}
	return 0
}

// byteRange is a range of offsets in a file.
type byteRange struct{ start, end int64 }

// sampleRanges returns the position of each coded frame from the sample table.
func sampleRanges(r io.ReaderAt, trak Box, size int64) ([]byteRange, error) {
	sizes, chunks, runs, wide := sampleTable(r, trak, "stsz"), sampleTable(r, trak, "stco"),
		sampleTable(r, trak, "stsc"), 4
	if chunks == nil {
		chunks, wide = sampleTable(r, trak, "co64"), 8
	}
	count, chunkCount, runCount := int(Uint32(sizes, 8)), int(Uint32(chunks, 4)), int(Uint32(runs, 4))
	if count == 0 || chunkCount*wide > len(chunks)-8 || runCount*12 > len(runs)-8 ||
		Uint32(sizes, 4) == 0 && count*4 > len(sizes)-12 {
		return nil, errSampleTable
	}
	sizeOf := func(i int) int64 {
		if all := Uint32(sizes, 4); all != 0 {
			return int64(all)
		}
		return int64(Uint32(sizes, 12+4*i))
	}
	samples := make([]byteRange, 0, min(count, maxTable/4))
	run := 0
	for c := range chunkCount {
		for run+1 < runCount && int(Uint32(runs, 8+12*(run+1))) <= c+1 { // chunks are counted from one
			run++
		}
		at := int64(Uint32(chunks, 8+wide*c))
		if wide == 8 {
			at = int64(Uint64(chunks, 8+wide*c))
		}
		for range Uint32(runs, 8+12*run+4) {
			if len(samples) == count {
				break
			}
			s := byteRange{at, at + sizeOf(len(samples))}
			if s.start < 0 || s.end > size {
				return nil, errSampleTable
			}
			samples, at = append(samples, s), s.end
		}
	}
	if len(samples) != count {
		return nil, errSampleTable
	}
	return samples, nil
}

// unit is one NAL unit of a frame, without its length.
type unit struct {
	byteRange
	kind byte
}

// readUnits returns the units of one frame. It fails when their lengths do not
// add up to the frame.
func readUnits(r io.ReaderAt, s byteRange, lengthSize int) ([]unit, error) {
	var units []unit
	for at := s.start; at < s.end; {
		var h [5]byte
		head := h[:lengthSize+1]
		if at+int64(len(head)) > s.end {
			return nil, errUnits
		}
		if _, err := r.ReadAt(head, at); err != nil {
			return nil, err
		}
		n := int64(0)
		for _, b := range head[:lengthSize] {
			n = n<<8 | int64(b)
		}
		from := at + int64(lengthSize)
		if n == 0 || n > s.end-from {
			return nil, errUnits
		}
		at = from + n
		units = append(units, unit{byteRange{from, at}, head[lengthSize] & unitTypeMask})
	}
	return units, nil
}

// filler returns an SEI unit of n bytes that consists of filler payload.
func filler(n int) []byte {
	unit := make([]byte, 0, n)
	unit = append(unit, unitSEI)
	for left := n - 2; left >= 2; left = n - 1 - len(unit) {
		size := min(left-2, maxMessage)
		if left-2-size == 1 { // a message takes at least two bytes
			size--
		}
		unit = append(unit, messageFiller, byte(size))
		for range size {
			unit = append(unit, 0xff)
		}
	}
	for len(unit) < n {
		unit = append(unit, rbspTrailing)
	}
	return unit
}
