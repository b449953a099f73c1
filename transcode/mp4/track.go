package mp4

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// Track describes one track of an MP4 written by ffmpeg. Reading it takes no
// decoder and is fast enough to check every file of every run.
type Track struct {
	Width, Height int     // coded size, pixels; 0 for audio
	Square        bool    // square pixels
	Upright       bool    // no rotation or mirroring matrix
	Codec         string  // RFC 6381
	Samples       int     // coded frames or audio packets
	Seconds       float64 // sum of all samples' durations
	// Edited is the total length of all edits in seconds, without a gap before
	// the first sample; 0 without an edit list.
	Edited    float64
	Fragments []Fragment // empty for a file that is not fragmented
	Metadata  bool       // the file has a user data or metadata box
	Others    int        // number of further tracks
}

// Fragment is a moof box with its mdat.
type Fragment struct {
	Start, End int64   // offsets in the file
	Time       float64 // decoding time of the first sample, seconds
	Seconds    float64 // sum of its samples' durations
	samples    int
	Key        bool  // the first sample is a key frame
	KeyEnd     int64 // offset of the end of the first sample
}

var errTrack = errors.New("not an MP4 as ffmpeg writes it for us")

// ReadTrack returns the first track of an MP4 file whose handler type is kind,
// vide or soun.
func ReadTrack(path, kind string) (Track, error) {
	f, err := os.Open(path)
	if err != nil {
		return Track{}, fmt.Errorf("open output file: %w", err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return Track{}, fmt.Errorf("stat output file: %w", err)
	}
	return ParseTrack(f, st.Size(), kind)
}

// ParseTrack does the work of ReadTrack on a file of size bytes.
func ParseTrack(r io.ReaderAt, size int64, kind string) (Track, error) {
	moov := Children(r, 0, size, "moov")
	if len(moov) != 1 {
		return Track{}, errTrack
	}
	var t Track
	var scale uint32
	found := false
	var clock uint32
	for _, b := range Children(r, moov[0].Body, moov[0].End, "mvhd") {
		p := b.Read(r, 32)
		clock = Uint32(p, 12)
		if len(p) > 0 && p[0] == 1 {
			clock = Uint32(p, 20)
		}
	}
	t.Metadata = holdsMetadata(r, moov[0])
	for _, trak := range Children(r, moov[0].Body, moov[0].End, "trak") {
		if found || Handler(r, trak) != kind {
			t.Others++
			continue
		}
		found = true
		t.Metadata = t.Metadata || holdsMetadata(r, trak)
		scale = t.readTrak(r, trak, clock)
	}
	if !found || scale == 0 {
		return t, errTrack
	}
	t.readFragments(r, size, float64(scale), Children(r, moov[0].Body, moov[0].End, "mvex", "trex"))
	return t, nil
}

// holdsMetadata reports whether a moov or trak box has metadata other than the
// name of the muxer. ffmpeg writes an empty list even without metadata.
func holdsMetadata(r io.ReaderAt, parent Box) bool {
	found := len(Children(r, parent.Body, parent.End, "meta")) > 0
	for _, udta := range Children(r, parent.Body, parent.End, "udta") {
		_ = Walk(r, udta.Body, udta.End, func(b Box) bool {
			found = found || b.Kind != "meta"
			return !found
		})
		for _, meta := range Children(r, udta.Body, udta.End, "meta") {
			for _, list := range Children(r, meta.Body+4, meta.End, "ilst") { // 4: version and flags
				_ = Walk(r, list.Body, list.End, func(b Box) bool {
					found = found || b.Kind != "\xa9too"
					return !found
				})
			}
		}
	}
	return found
}

// readTrak reads a trak box and returns its time scale. clock is the movie's
// time scale, which edits are counted in.
func (t *Track) readTrak(r io.ReaderAt, trak Box, clock uint32) uint32 {
	for _, b := range Children(r, trak.Body, trak.End, "tkhd") {
		t.Upright = isIdentityMatrix(b.Read(r, 128))
	}
	var scale uint32
	for _, b := range Children(r, trak.Body, trak.End, "mdia", "mdhd") {
		p := b.Read(r, 64)
		if len(p) > 0 && p[0] == 1 {
			scale = Uint32(p, 20)
		} else {
			scale = Uint32(p, 12)
		}
	}
	for _, b := range Children(r, trak.Body, trak.End, "edts", "elst") {
		p := b.Read(r, 64)
		for i := 0; len(p) > 0 && p[0] == 0 && clock > 0 && i < int(Uint32(p, 4)) && 20+12*i <= len(p); i++ {
			t.Edited += float64(Uint32(p, 8+12*i)) / float64(clock)
		}
	}
	if e, ok := SampleEntry(r, trak); ok {
		t.readSampleEntry(r, e)
	}
	p := sampleTable(r, trak, "stts")
	for i := range int(Uint32(p, 4)) {
		if 8+8*i+8 > len(p) {
			break
		}
		n := Uint32(p, 8+8*i)
		t.Samples += int(n)
		if scale > 0 {
			t.Seconds += float64(n) * float64(Uint32(p, 12+8*i)) / float64(scale)
		}
	}
	return scale
}

// readSampleEntry reads codec, size and pixel aspect from a sample entry.
func (t *Track) readSampleEntry(r io.ReaderAt, e Box) {
	t.Square = true
	p := e.Read(r, 28)
	for _, b := range Children(r, e.Body+EntryFields, e.End, "pasp") {
		c := b.Read(r, 8)
		t.Square = Uint32(c, 0) == Uint32(c, 4)
	}
	switch e.Kind {
	case "avc1", "avc3":
		t.Width, t.Height = Uint16(p, 24), Uint16(p, 26)
		for _, b := range Children(r, e.Body+EntryFields, e.End, "avcC") {
			if c := b.Read(r, 4); len(c) == 4 {
				t.Codec = fmt.Sprintf("avc1.%02X%02X%02X", c[1], c[2], c[3])
			}
		}
	case "av01":
		t.Width, t.Height = Uint16(p, 24), Uint16(p, 26)
		for _, b := range Children(r, e.Body+EntryFields, e.End, "av1C") {
			t.Codec = av1Codec(b.Read(r, 3))
		}
	case "mp4a":
		t.Codec = "mp4a.40.2"
	}
}

// av1Codec returns the RFC 6381 name of an AV1 stream (AV1 in ISOBMFF,
// section 5) from the first three bytes of its configuration: profile, level,
// tier and bit depth.
func av1Codec(c []byte) string {
	if len(c) < 3 {
		return ""
	}
	tier := "M"
	if c[2]&0x80 != 0 {
		tier = "H"
	}
	return fmt.Sprintf("av01.%d.%02d%s.%02d", c[1]>>5, c[1]&0x1F, tier, 8+int(c[2]>>6&1)*2)
}

// isIdentityMatrix reports whether a track header's matrix is the identity.
func isIdentityMatrix(p []byte) bool {
	at := 40
	if len(p) > 0 && p[0] == 1 {
		at = 52
	}
	want := []uint32{0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000}
	for i, w := range want {
		if Uint32(p, at+4*i) != w {
			return false
		}
	}
	return true
}

// readFragments reads every moof and the mdat after it.
func (t *Track) readFragments(r io.ReaderAt, size int64, scale float64, trex []Box) {
	var defaults [3]uint32 // duration, size, flags
	for _, b := range trex {
		p := b.Read(r, 24)
		defaults = [3]uint32{Uint32(p, 12), Uint32(p, 16), Uint32(p, 20)}
	}
	var open *Fragment
	_ = Walk(r, 0, size, func(b Box) bool {
		switch b.Kind {
		case "moof":
			f := readFragment(r, b, scale, defaults)
			open = &f
		case "mdat":
			if open != nil {
				open.End = b.End
				open.KeyEnd += b.Body
				t.Fragments = append(t.Fragments, *open)
				t.Samples += open.samples
				t.Seconds += open.Seconds
				open = nil
			}
		}
		return true
	})
}

// readFragment reads a moof box. KeyEnd is still relative to the body of the
// mdat box.
func readFragment(r io.ReaderAt, moof Box, scale float64, defaults [3]uint32) Fragment {
	f := Fragment{Start: moof.start}
	for _, b := range Children(r, moof.Body, moof.End, "traf", "tfhd") {
		p := b.Read(r, 40)
		flags := Uint32(p, 0) & 0xFFFFFF
		at := 8
		for _, field := range []struct {
			bit  uint32
			size int
			into int
		}{{0x1, 8, -1}, {0x2, 4, -1}, {0x8, 4, 0}, {0x10, 4, 1}, {0x20, 4, 2}} {
			if flags&field.bit == 0 {
				continue
			}
			if field.into >= 0 {
				defaults[field.into] = Uint32(p, at)
			}
			at += field.size
		}
	}
	for _, b := range Children(r, moof.Body, moof.End, "traf", "tfdt") {
		p := b.Read(r, 12)
		t := uint64(Uint32(p, 4))
		if len(p) > 0 && p[0] == 1 {
			t = Uint64(p, 4)
		}
		f.Time = float64(t) / scale
	}
	for _, b := range Children(r, moof.Body, moof.End, "traf", "trun") {
		f.addRun(b.Read(r, maxTable), scale, defaults)
	}
	return f
}

// addRun adds the samples of a trun box.
func (f *Fragment) addRun(p []byte, scale float64, defaults [3]uint32) {
	flags, n := Uint32(p, 0)&0xFFFFFF, int(Uint32(p, 4))
	at := 8
	if flags&0x1 != 0 {
		at += 4
	}
	first := defaults[2]
	if flags&0x4 != 0 {
		first = Uint32(p, at)
		at += 4
	}
	for i := range n {
		if at > len(p) {
			return
		}
		duration, size, sampleFlags := defaults[0], defaults[1], defaults[2]
		if i == 0 {
			sampleFlags = first
		}
		for _, field := range []struct {
			bit  uint32
			into *uint32
		}{{0x100, &duration}, {0x200, &size}, {0x400, &sampleFlags}, {0x800, nil}} {
			if flags&field.bit == 0 {
				continue
			}
			if field.into != nil {
				*field.into = Uint32(p, at)
			}
			at += 4
		}
		if f.samples == 0 {
			f.Key, f.KeyEnd = sampleFlags&0x10000 == 0, int64(size) // bit 16: sample_is_non_sync_sample
		}
		f.samples++
		f.Seconds += float64(duration) / scale
	}
}
