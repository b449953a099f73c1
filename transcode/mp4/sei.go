package mp4

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// A remuxed video keeps its coded frames, and with them the supplemental
// messages (SEI) in which cameras write what they like. No message is needed to
// decode, so all are filled with 0xFF in place. ffmpeg's filter_units takes
// them out by coding every unit anew, which costs more than half the copy.

const (
	unitSEI        = 6   // NAL unit type of H.264
	messageFiller  = 3   // SEI message that means nothing (H.264, D.1.4)
	maxMessage     = 254 // bytes of a message whose length takes one byte
	rbspTrailing   = 0x80
	unitTypeMask   = 0x1f
	lengthSizeMask = 0x03
)

var errSampleTable = errors.New("the sample table makes no sense")

// BlankSEI fills the SEI units of the H.264 track of an MP4 that ffmpeg wrote.
func BlankSEI(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("open made file: %w", err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return fmt.Errorf("stat made file: %w", err)
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
			if err := blankUnits(f, s, lengthSize); err != nil {
				return fmt.Errorf("blank messages: %w", err)
			}
		}
	}
	return f.Close()
}

// lengthSizeOf returns how many bytes say how long a unit is, 0 when that
// cannot be read.
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

// byteRange is where some bytes of a file are.
type byteRange struct{ start, end int64 }

// sampleRanges reads the sample table: where each coded frame is.
func sampleRanges(r io.ReaderAt, trak Box, size int64) ([]byteRange, error) {
	sizes, chunks, runs, wide := sampleTable(r, trak, "stsz"), sampleTable(r, trak, "stco"),
		sampleTable(r, trak, "stsc"), 4
	if chunks == nil {
		chunks, wide = sampleTable(r, trak, "co64"), 8
	}
	count, chunkCount, runCount := int(Uint32(sizes, 8)), int(Uint32(chunks, 4)), int(Uint32(runs, 4))
	if count == 0 || chunkCount*wide > len(chunks)-8 || runCount*12 > len(runs)-8 || Uint32(sizes, 4) == 0 &&
		count*4 > len(sizes)-12 {
		return nil, errSampleTable
	}
	sizeOf := func(i int) int64 {
		if all := Uint32(sizes, 4); all != 0 {
			return int64(all)
		}
		return int64(Uint32(sizes, 12+4*i))
	}
	found := make([]byteRange, 0, min(count, maxTable/4))
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
			if len(found) == count {
				break
			}
			s := byteRange{at, at + sizeOf(len(found))}
			if s.start < 0 || s.end > size {
				return nil, errSampleTable
			}
			found, at = append(found, s), s.end
		}
	}
	if len(found) != count {
		return nil, errSampleTable
	}
	return found, nil
}

// blankUnits goes through the units of one frame. What follows a unit that
// claims to be longer than the frame cannot be decoded, and is blanked too.
func blankUnits(f *os.File, s byteRange, lengthSize int) error {
	for at := s.start; at < s.end; {
		var h [5]byte
		head := h[:lengthSize+1]
		if at+int64(len(head)) > s.end {
			return zeroFill(f, byteRange{at, s.end})
		}
		if _, err := f.ReadAt(head, at); err != nil {
			return err
		}
		n := int64(0)
		for _, b := range head[:lengthSize] {
			n = n<<8 | int64(b)
		}
		from := at + int64(lengthSize)
		if n > s.end-from {
			return zeroFill(f, byteRange{at, s.end})
		}
		if at = from + n; n > 0 && head[lengthSize]&unitTypeMask == unitSEI {
			if _, err := f.WriteAt(filler(int(n)), from); err != nil {
				return err
			}
		}
	}
	return nil
}

func zeroFill(f *os.File, s byteRange) error {
	_, err := f.WriteAt(make([]byte, s.end-s.start), s.start)
	return err
}

// filler is an SEI unit of n bytes that says nothing.
func filler(n int) []byte {
	unit := make([]byte, 0, n)
	unit = append(unit, unitSEI)
	for left := n - 2; left >= 2; left = n - 1 - len(unit) {
		size := min(left-2, maxMessage)
		if left-2-size == 1 { // a message takes two bytes at least
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
