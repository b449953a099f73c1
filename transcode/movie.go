package transcode

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// movie is one track of an MP4 that we made, read without a decoder: fast
// enough to check every file of every run.
type movie struct {
	kind          string // vide or soun
	width, height int
	square        bool   // square pixels
	upright       bool   // no rotation or mirror matrix
	codec         string // RFC 6381
	tagged709     bool   // the colour box says BT.709, limited
	samples       int
	seconds       float64 // of all samples together
	start         float64 // decoding time of the first sample
	// seconds of all edits together, nothing before the first sample among them; 0 without an edit list
	shown     float64
	fragments []fragment
	metadata  bool // carries a user data or metadata box
	others    int  // further tracks
}

// fragment is one moof with its mdat.
type fragment struct {
	from, to int64   // bytes in the file
	time     float64 // seconds
	seconds  float64
	samples  int
	key      bool  // the first sample can be decoded by itself
	keyTo    int64 // end of the first sample
}

var errMovie = errors.New("not a movie as we write them")

// readMovie reads the wanted kind of track of an MP4 file.
func readMovie(path, kind string) (movie, error) {
	f, err := os.Open(path)
	if err != nil {
		return movie{}, fmt.Errorf("open made file: %w", err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return movie{}, fmt.Errorf("stat made file: %w", err)
	}
	return parseMovie(f, st.Size(), kind)
}

func parseMovie(r io.ReaderAt, size int64, kind string) (movie, error) {
	moov := children(r, 0, size, "moov")
	if len(moov) != 1 {
		return movie{}, errMovie
	}
	m := movie{kind: kind}
	var scale uint32
	found := false
	var clock uint32
	for _, b := range children(r, moov[0].body, moov[0].end, "mvhd") {
		p := b.read(r, 32)
		clock = be32(p, 12)
		if len(p) > 0 && p[0] == 1 {
			clock = be32(p, 20)
		}
	}
	m.metadata = holdsMetadata(r, moov[0])
	for _, trak := range children(r, moov[0].body, moov[0].end, "trak") {
		if found || handlerOf(r, trak) != kind {
			m.others++
			continue
		}
		found = true
		m.metadata = m.metadata || holdsMetadata(r, trak)
		scale = m.readTrack(r, trak, clock)
	}
	if !found || scale == 0 {
		return m, errMovie
	}
	m.readFragments(r, size, float64(scale), children(r, moov[0].body, moov[0].end, "mvex", "trex"))
	return m, nil
}

// holdsMetadata reports whether a moov or trak says more about itself than
// which muxer wrote it; ffmpeg's writes an empty list even when told nothing.
func holdsMetadata(r io.ReaderAt, parent box) bool {
	found := len(children(r, parent.body, parent.end, "meta")) > 0
	for _, udta := range children(r, parent.body, parent.end, "udta") {
		_ = walk(r, udta.body, udta.end, func(b box) bool {
			found = found || b.kind != "meta"
			return !found
		})
		for _, meta := range children(r, udta.body, udta.end, "meta") {
			for _, list := range children(r, meta.body+4, meta.end, "ilst") { // 4: version and flags
				_ = walk(r, list.body, list.end, func(b box) bool {
					found = found || b.kind != "\xa9too"
					return !found
				})
			}
		}
	}
	return found
}

// readTrack reads one trak box and returns its time scale. clock is the
// movie's own, in which edits are counted.
func (m *movie) readTrack(r io.ReaderAt, trak box, clock uint32) uint32 {
	for _, b := range children(r, trak.body, trak.end, "tkhd") {
		m.upright = uprightMatrix(b.read(r, 128))
	}
	var scale uint32
	for _, b := range children(r, trak.body, trak.end, "mdia", "mdhd") {
		p := b.read(r, 64)
		if len(p) > 0 && p[0] == 1 {
			scale = be32(p, 20)
		} else {
			scale = be32(p, 12)
		}
	}
	for _, b := range children(r, trak.body, trak.end, "edts", "elst") {
		p := b.read(r, 64)
		for i := 0; len(p) > 0 && p[0] == 0 && clock > 0 && i < int(be32(p, 4)) && 20+12*i <= len(p); i++ {
			m.shown += float64(be32(p, 8+12*i)) / float64(clock)
		}
	}
	if e, ok := entryOf(r, trak); ok {
		m.readEntry(r, e)
	}
	p := tableOf(r, trak, "stts")
	for i := range int(be32(p, 4)) {
		if 8+8*i+8 > len(p) {
			break
		}
		n := be32(p, 8+8*i)
		m.samples += int(n)
		if scale > 0 {
			m.seconds += float64(n) * float64(be32(p, 12+8*i)) / float64(scale)
		}
	}
	return scale
}

// readEntry reads a sample entry: what the coded data are.
func (m *movie) readEntry(r io.ReaderAt, e box) {
	m.square = true
	p := e.read(r, 28)
	for _, b := range children(r, e.body+entryFields, e.end, "pasp") {
		c := b.read(r, 8)
		m.square = be32(c, 0) == be32(c, 4)
	}
	switch e.kind {
	case "avc1", "avc3":
		m.width, m.height = be16(p, 24), be16(p, 26)
		for _, b := range children(r, e.body+entryFields, e.end, "avcC") {
			if c := b.read(r, 4); len(c) == 4 {
				m.codec = fmt.Sprintf("avc1.%02X%02X%02X", c[1], c[2], c[3])
			}
		}
		for _, b := range children(r, e.body+entryFields, e.end, "colr") {
			c := b.read(r, 11)
			m.tagged709 = be16(c, 4) == 1 && be16(c, 6) == 1 && be16(c, 8) == 1 && len(c) == 11 && c[10]&0x80 == 0
		}
	case "av01":
		m.width, m.height = be16(p, 24), be16(p, 26)
		for _, b := range children(r, e.body+entryFields, e.end, "av1C") {
			m.codec = av1Codec(b.read(r, 3))
		}
	case "mp4a":
		m.codec = "mp4a.40.2"
	}
}

// av1Codec is the name of an AV1 stream (AV1 in ISOBMFF, section 5) from the
// beginning of its configuration: profile, level, tier and depth.
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

// uprightMatrix reports whether a track header's matrix is the identity.
func uprightMatrix(p []byte) bool {
	at := 40
	if len(p) > 0 && p[0] == 1 {
		at = 52
	}
	want := []uint32{0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000}
	for i, w := range want {
		if be32(p, at+4*i) != w {
			return false
		}
	}
	return true
}

// readFragments reads every moof and the mdat after it.
func (m *movie) readFragments(r io.ReaderAt, size int64, scale float64, trex []box) {
	var defaults [3]uint32 // duration, size, flags
	for _, b := range trex {
		p := b.read(r, 24)
		defaults = [3]uint32{be32(p, 12), be32(p, 16), be32(p, 20)}
	}
	var open *fragment
	_ = walk(r, 0, size, func(b box) bool {
		switch b.kind {
		case "moof":
			f := readFragment(r, b, scale, defaults)
			open = &f
		case "mdat":
			if open != nil {
				open.to = b.end
				open.keyTo += b.body
				m.fragments = append(m.fragments, *open)
				m.samples += open.samples
				m.seconds += open.seconds
				open = nil
			}
		}
		return true
	})
	if len(m.fragments) > 0 {
		m.start += m.fragments[0].time
	}
}

// readFragment reads one moof; keyTo is still relative to the mdat's body.
func readFragment(r io.ReaderAt, moof box, scale float64, defaults [3]uint32) fragment {
	f := fragment{from: moof.start}
	for _, b := range children(r, moof.body, moof.end, "traf", "tfhd") {
		p := b.read(r, 40)
		flags := be32(p, 0) & 0xFFFFFF
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
				defaults[field.into] = be32(p, at)
			}
			at += field.size
		}
	}
	for _, b := range children(r, moof.body, moof.end, "traf", "tfdt") {
		p := b.read(r, 12)
		t := uint64(be32(p, 4))
		if len(p) > 0 && p[0] == 1 {
			t = be64(p, 4)
		}
		f.time = float64(t) / scale
	}
	for _, b := range children(r, moof.body, moof.end, "traf", "trun") {
		f.addRun(b.read(r, 8<<20), scale, defaults)
	}
	return f
}

func (f *fragment) addRun(p []byte, scale float64, defaults [3]uint32) {
	flags, n := be32(p, 0)&0xFFFFFF, int(be32(p, 4))
	at := 8
	if flags&0x1 != 0 {
		at += 4
	}
	first := defaults[2]
	if flags&0x4 != 0 {
		first = be32(p, at)
		at += 4
	}
	for i := range n {
		if at > len(p) {
			return
		}
		d, size, mark := defaults[0], defaults[1], defaults[2]
		if i == 0 {
			mark = first
		}
		for _, field := range []struct {
			bit  uint32
			into *uint32
		}{{0x100, &d}, {0x200, &size}, {0x400, &mark}, {0x800, nil}} {
			if flags&field.bit == 0 {
				continue
			}
			if field.into != nil {
				*field.into = be32(p, at)
			}
			at += 4
		}
		if f.samples == 0 {
			f.key, f.keyTo = mark&0x10000 == 0, int64(size) // bit 16: sample_is_non_sync_sample
		}
		f.samples++
		f.seconds += float64(d) / scale
	}
}
