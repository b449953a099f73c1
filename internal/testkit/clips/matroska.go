package clips

import (
	"encoding/binary"
	"fmt"
)

// videoPath holds the ids of the elements down to Video of the first track:
// Segment, Tracks, TrackEntry, Video.
var videoPath = []string{"\x18\x53\x80\x67", "\x16\x54\xAE\x6B", "\xAE", "\xE0"}

// addToVideo appends elements to the Video element of the first track. The file
// must come from a pipe: then it holds no positions that would change.
func addToVideo(add ...[]byte) func([]byte) ([]byte, error) {
	return func(d []byte) ([]byte, error) {
		var all []byte
		for _, a := range add {
			all = append(all, a...)
		}
		return appendAt(d, videoPath, all)
	}
}

// appendAt appends add to the element at this path of ids.
func appendAt(d []byte, path []string, add []byte) ([]byte, error) {
	if len(path) == 0 {
		return append(append([]byte(nil), d...), add...), nil
	}
	for at := 0; at < len(d); {
		name := vintLength(d[at])
		length := vintLength(d[at+name])
		size := uint64(d[at+name]) & (1<<(8-length) - 1)
		for _, b := range d[at+name+1 : at+name+length] {
			size = size<<8 | uint64(b)
		}
		body, endless := at+name+length, size == 1<<(7*length)-1
		end := len(d)
		if !endless {
			end = body + int(size)
		}
		if string(d[at:at+name]) != path[0] {
			at = end
			continue
		}
		inner, err := appendAt(d[body:end], path[1:], add)
		if err != nil {
			return nil, err
		}
		out := append(append([]byte(nil), d[:body]...), inner...)
		if !endless {
			out = append(append([]byte(nil), d[:at]...), ebmlElement(path[0], inner)...)
		}
		return append(out, d[end:]...), nil
	}
	return nil, fmt.Errorf("no element %x", path[0])
}

// vintLength returns the length in bytes of the EBML number with this first byte.
func vintLength(b byte) int {
	n := 1
	for n < 8 && b>>(8-n) == 0 {
		n++
	}
	return n
}

// ebmlElement returns an element, with its length as eight bytes.
func ebmlElement(name string, body []byte) []byte {
	return append(binary.BigEndian.AppendUint64([]byte(name), 1<<56|uint64(len(body))), body...)
}

// uintElement returns an element that holds a number.
func uintElement(name string, v uint16) []byte {
	return ebmlElement(name, binary.BigEndian.AppendUint16(nil, v))
}

// pixelCrop sets how many pixels at each side are hidden, and the display size
// of the rest.
func pixelCrop(left, right, top, bottom, width, height uint16) func([]byte) ([]byte, error) {
	return addToVideo(uintElement("\x54\xCC", left), uintElement("\x54\xDD", right), uintElement("\x54\xBB", top),
		uintElement("\x54\xAA", bottom),
		uintElement("\x54\xB0", width), uintElement("\x54\xBA", height))
}
