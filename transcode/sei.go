package transcode

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// A remuxed film keeps its coded pictures, and with them the supplemental
// messages (SEI) in which cameras write what they like. No message is needed to
// decode, so all are filled with 0xFF in place. ffmpeg's filter_units takes
// them out by coding every unit anew, which costs more than half the copy.

const (
	unitSEI        = 6   // NAL unit type of H.264
	messageFiller  = 3   // SEI message that means nothing (H.264, D.1.4)
	messageMost    = 254 // bytes of a message whose length takes one byte
	rbspTrailing   = 0x80
	unitTypeMask   = 0x1f
	lengthSizeMask = 0x03
)

var errTable = errors.New("the sample table makes no sense")

// blankSEI fills the SEI units of the H.264 track of an MP4 that ffmpeg wrote.
func blankSEI(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("open made file: %w", err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return fmt.Errorf("stat made file: %w", err)
	}
	for _, trak := range children(f, 0, st.Size(), "moov", "trak") {
		if handlerOf(f, trak) != "vide" {
			continue
		}
		lengthSize := lengthSizeOf(f, trak)
		samples, err := samplesOf(f, trak, st.Size())
		if err != nil || lengthSize == 0 {
			return errors.Join(errTable, err)
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
func lengthSizeOf(r io.ReaderAt, trak box) int {
	e, ok := entryOf(r, trak)
	if !ok || e.kind != "avc1" {
		return 0
	}
	for _, c := range children(r, e.body+entryFields, e.end, "avcC") {
		if p := c.read(r, 5); len(p) == 5 {
			return int(p[4]&lengthSizeMask) + 1
		}
	}
	return 0
}

// span is where some bytes of a file are.
type span struct{ from, to int64 }

// samplesOf reads the sample table: where each coded picture is.
func samplesOf(r io.ReaderAt, trak box, size int64) ([]span, error) {
	sizes, chunks, runs, wide := tableOf(r, trak, "stsz"), tableOf(r, trak, "stco"), tableOf(r, trak, "stsc"), 4
	if chunks == nil {
		chunks, wide = tableOf(r, trak, "co64"), 8
	}
	count, chunkCount, runCount := int(be32(sizes, 8)), int(be32(chunks, 4)), int(be32(runs, 4))
	if count == 0 || chunkCount*wide > len(chunks)-8 || runCount*12 > len(runs)-8 || be32(sizes, 4) == 0 &&
		count*4 > len(sizes)-12 {
		return nil, errTable
	}
	sizeOf := func(i int) int64 {
		if all := be32(sizes, 4); all != 0 {
			return int64(all)
		}
		return int64(be32(sizes, 12+4*i))
	}
	found := make([]span, 0, min(count, tableMost/4))
	run := 0
	for c := range chunkCount {
		for run+1 < runCount && int(be32(runs, 8+12*(run+1))) <= c+1 { // chunks are counted from one
			run++
		}
		at := int64(be32(chunks, 8+wide*c))
		if wide == 8 {
			at = int64(be64(chunks, 8+wide*c))
		}
		for range be32(runs, 8+12*run+4) {
			if len(found) == count {
				break
			}
			s := span{at, at + sizeOf(len(found))}
			if s.from < 0 || s.to > size {
				return nil, errTable
			}
			found, at = append(found, s), s.to
		}
	}
	if len(found) != count {
		return nil, errTable
	}
	return found, nil
}

// blankUnits goes through the units of one picture. What follows a unit that
// claims to be longer than the picture cannot be decoded, and is blanked too.
func blankUnits(f *os.File, s span, lengthSize int) error {
	for at := s.from; at < s.to; {
		var h [5]byte
		head := h[:lengthSize+1]
		if at+int64(len(head)) > s.to {
			return zero(f, span{at, s.to})
		}
		if _, err := f.ReadAt(head, at); err != nil {
			return err
		}
		n := int64(0)
		for _, b := range head[:lengthSize] {
			n = n<<8 | int64(b)
		}
		from := at + int64(lengthSize)
		if n > s.to-from {
			return zero(f, span{at, s.to})
		}
		if at = from + n; n > 0 && head[lengthSize]&unitTypeMask == unitSEI {
			if _, err := f.WriteAt(filler(int(n)), from); err != nil {
				return err
			}
		}
	}
	return nil
}

func zero(f *os.File, s span) error {
	_, err := f.WriteAt(make([]byte, s.to-s.from), s.from)
	return err
}

// filler is an SEI unit of n bytes that says nothing.
func filler(n int) []byte {
	unit := make([]byte, 0, n)
	unit = append(unit, unitSEI)
	for left := n - 2; left >= 2; left = n - 1 - len(unit) {
		size := min(left-2, messageMost)
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
