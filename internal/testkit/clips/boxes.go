package clips

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// editTrack replaces the bodies of boxes in the first track with this handler
// type. The index must be behind the media, so that no offset changes.
func editTrack(handler string, edit func(kind string, body []byte) []byte) func([]byte) ([]byte, error) {
	return func(d []byte) ([]byte, error) {
		found := false
		out, err := mapBoxes(d, map[string]bool{"moov": true}, func(kind string, body []byte) []byte {
			at := bytes.Index(body, []byte("hdlr"))
			if kind != "trak" || found || at < 0 || string(body[at+12:at+16]) != handler {
				return body
			}
			found = true
			inner := map[string]bool{"mdia": true, "minf": true, "stbl": true}
			body, _ = mapBoxes(body, inner, edit) // its structure is that of ffmpeg
			return body
		})
		if err == nil && !found {
			err = fmt.Errorf("no track of %s", handler)
		}
		return out, err
	}
}

// mapBoxes replaces the body of each box by the result of edit, and enters
// those of the given kinds instead.
func mapBoxes(d []byte, enter map[string]bool, edit func(kind string, body []byte) []byte) (out []byte, err error) {
	for at := 0; at+8 <= len(d); {
		n := int(binary.BigEndian.Uint32(d[at:]))
		if n < 8 || at+n > len(d) {
			return nil, fmt.Errorf("box at %d", at)
		}
		kind, body := string(d[at+4:at+8]), d[at+8:at+n]
		if enter[kind] {
			if body, err = mapBoxes(body, enter, edit); err != nil {
				return nil, err
			}
		} else {
			body = edit(kind, body)
		}
		out = append(out, box(kind, body)...)
		at += n
	}
	return out, nil
}

// beyondEnd moves the samples of a track beyond the end of the file.
func beyondEnd(handler string) func([]byte) ([]byte, error) {
	return editTrack(handler, func(kind string, body []byte) []byte {
		if kind == "stco" {
			body = append(bytes.Clone(body[:8]), bytes.Repeat(numbers(1<<30), (len(body)-8)/4)...)
		}
		return body
	})
}

// packFrames stores the frames of a file of AMR, given as bytes after the
// file's header, so many to a sample, as phones do. ffmpeg writes one.
func packFrames(frames []byte, size, perSample int) func([]byte) ([]byte, error) {
	return func(d []byte) ([]byte, error) {
		moov := bytes.LastIndex(d, []byte("moov")) - 4
		media := box("mdat", frames)
		samples := len(frames) / size / perSample
		offset := uint32(moov + 8)
		tables := map[string][]byte{
			"stsz": numbers(0, uint32(size*perSample), uint32(samples)),
			"stsc": numbers(0, 1, 1, uint32(samples), 1),
			"stco": numbers(0, 1, offset),
		}
		tail, err := editTrack("soun", func(kind string, body []byte) []byte {
			if t := tables[kind]; t != nil {
				return t
			}
			if kind == "stts" { // the duration of one frame, by the track's clock
				return numbers(0, 1, uint32(samples), uint32(perSample)*binary.BigEndian.Uint32(body[12:]))
			}
			return body
		})(d[moov:])
		return append(append(bytes.Clone(d[:moov]), media...), tail...), err
	}
}
