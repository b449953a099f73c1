package clips

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
)

// movieRate is the rate of the frames of a movie, frames per second.
const movieRate = 25

// movie is an MP4 file of one H.264 track in forms that ffmpeg does not write.
// Its frames are those of parts, one after the other.
type movie struct {
	parts []Clip // raw H.264 with access unit delimiters, without B-frames
	// inBand keeps the parameter sets of later parts in their first frames,
	// under the one sample description of the first part; without it each part
	// has a description of its own.
	inBand bool
	// keys are the frames that the index names as key frames; nil means those
	// that are.
	keys []uint32
	// edits are pairs of a beginning and a length in frames; nil: no edit list.
	edits [][2]uint32
	// damaged are frames of which the second half is changed.
	damaged []int
}

// frame is one access unit as MP4 stores it, without parameter sets.
type frame struct {
	data []byte
	key  bool
}

// part is a part of a movie.
type part struct {
	sps, pps []byte
	frames   []frame
}

// recording returns a part of a movie with the test pattern.
func recording(name string, w, h int, filters string) Clip {
	return Clip{Name: name, Ext: ".h264", Args: concat(
		args("-f", "lavfi", "-i", testPattern(w, h, "25", 2)+filters), x264,
		args("-bf", "0", "-aud", "1", "-f", "h264"))}
}

// build returns the bytes of the file.
func (m movie) build([]byte) ([]byte, error) {
	var parts []part
	for _, c := range m.parts {
		raw, err := c.content()
		if err != nil {
			return nil, err
		}
		p := readPart(raw)
		if len(p.sps) == 0 || len(p.pps) == 0 || len(p.frames) == 0 {
			return nil, errors.New("a part without parameter sets or frames")
		}
		if m.inBand && len(parts) > 0 {
			p.frames[0].data = slices.Concat(prefixed(p.sps), prefixed(p.pps), p.frames[0].data)
		}
		parts = append(parts, p)
	}
	var frames []frame
	for _, p := range parts {
		frames = append(frames, p.frames...)
	}
	for _, i := range m.damaged {
		d := frames[i].data
		for at := len(d) / 2; at < len(d); at += 3 {
			d[at] ^= 0x5A
		}
	}
	var media []byte
	for _, f := range frames {
		media = append(media, f.data...)
	}
	file := append(slices.Clone(ftyp), box("mdat", media)...)
	return append(file, m.index(parts, frames, uint32(len(ftyp)+8))...), nil
}

// readPart reads raw H.264.
func readPart(raw []byte) (p part) {
	for _, unit := range bytes.Split(raw, []byte{0, 0, 1}) {
		unit = bytes.TrimRight(unit, "\x00")
		if len(unit) == 0 {
			continue
		}
		switch kind := unit[0] & 0x1F; kind {
		case 9: // access unit delimiter
			p.frames = append(p.frames, frame{})
		case 7:
			p.sps = unit
		case 8:
			p.pps = unit
		case 1, 5:
			f := &p.frames[len(p.frames)-1]
			f.data, f.key = append(f.data, prefixed(unit)...), f.key || kind == 5
		}
	}
	return p
}

// prefixed returns a unit after its length.
func prefixed(unit []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(unit))), unit...)
}

// numbers returns 32-bit numbers as bytes.
func numbers(n ...uint32) []byte {
	var b []byte
	for _, v := range n {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return b
}

// index returns the moov box. Each part is one chunk.
func (m movie) index(parts []part, frames []frame, offset uint32) []byte {
	count := uint32(len(frames))
	identity := numbers(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
	var entries, chunks, runs, sizes, keys []byte
	for i, p := range parts {
		description := uint32(i + 1)
		if m.inBand {
			description = 1
		}
		if i == 0 || !m.inBand {
			entries = append(entries, visualEntry(p)...)
		}
		chunks = append(chunks, numbers(offset)...)
		runs = append(runs, numbers(uint32(i+1), uint32(len(p.frames)), description)...)
		for _, f := range p.frames {
			offset += uint32(len(f.data))
		}
	}
	named := m.keys
	for i, f := range frames {
		sizes = append(sizes, numbers(uint32(len(f.data)))...)
		if f.key && m.keys == nil {
			named = append(named, uint32(i+1))
		}
	}
	keys = numbers(named...)
	list := func(kind string, entries int, body []byte) []byte {
		return box(kind, append(numbers(0, uint32(entries)), body...))
	}
	table := box("stbl", slices.Concat(
		list("stsd", len(entries)/len(visualEntry(parts[0])), entries), list("stts", 1, numbers(count, 1)),
		list("stss", len(named), keys), list("stsc", len(parts), runs),
		box("stsz", append(numbers(0, 0, count), sizes...)), list("stco", len(parts), chunks)))
	handler := box("hdlr", append(numbers(0, 0), "vide\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"...))
	data := box("dinf", list("dref", 1, box("url ", numbers(1))))
	inner := box("mdia", slices.Concat(box("mdhd", numbers(0, 0, 0, movieRate, count, 0)), handler,
		box("minf", slices.Concat(box("vmhd", numbers(1, 0, 0)), data, table))))
	w, h := binary.BigEndian.Uint16(entries[32:]), binary.BigEndian.Uint16(entries[34:])
	shown := count
	var edits []byte
	if m.edits != nil {
		shown = 0
		var body []byte
		for _, e := range m.edits {
			body, shown = append(body, numbers(e[1], e[0], 0x10000)...), shown+e[1]
		}
		edits = box("edts", list("elst", len(m.edits), body))
	}
	header := box("tkhd", slices.Concat(numbers(3, 0, 0, 1, 0, shown, 0, 0, 0, 0), identity,
		numbers(uint32(w)<<16, uint32(h)<<16)))
	movieHeader := box("mvhd", slices.Concat(numbers(0, 0, 0, movieRate, shown, 0x10000, 0x1000000, 0, 0), identity,
		numbers(0, 0, 0, 0, 0, 0, 2)))
	return box("moov", append(movieHeader, box("trak", slices.Concat(header, edits, inner))...))
}

// visualEntry returns the sample description of a part. All parts of a movie
// have the same size.
func visualEntry(p part) []byte {
	config := slices.Concat([]byte{1, p.sps[1], p.sps[2], p.sps[3], 0xFF, 0xE1},
		binary.BigEndian.AppendUint16(nil, uint16(len(p.sps))), p.sps, []byte{1},
		binary.BigEndian.AppendUint16(nil, uint16(len(p.pps))), p.pps)
	padding := make([]byte, max(0, 64-len(config)))
	fields := make([]byte, 78)
	fields[7] = 1 // data reference
	copy(fields[24:], []byte{320 >> 8, 320 & 0xFF, 0, 240})
	copy(fields[28:], numbers(72<<16, 72<<16))
	copy(fields[40:], []byte{0, 1})
	copy(fields[74:], []byte{0, 24, 0xFF, 0xFF})
	return box("avc1", slices.Concat(fields, box("avcC", config), box("free", padding)))
}
