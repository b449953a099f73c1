package clips

import (
	"encoding/binary"
	"fmt"
)

// Names of the elements on the way to what Matroska says of a frame.
var toPicture = []string{"\x18\x53\x80\x67", "\x16\x54\xAE\x6B", "\xAE", "\xE0"}

// inPicture adds elements to those that describe the first track's frame.
// The file must have been written to a pipe: then it holds no positions that
// would have to move.
func inPicture(add ...[]byte) func([]byte) ([]byte, error) {
	return func(d []byte) ([]byte, error) {
		var all []byte
		for _, a := range add {
			all = append(all, a...)
		}
		return lengthened(d, toPicture, all)
	}
}

// lengthened puts add at the end of the element that the path of names leads
// to.
func lengthened(d []byte, path []string, add []byte) ([]byte, error) {
	if len(path) == 0 {
		return append(append([]byte(nil), d...), add...), nil
	}
	for at := 0; at < len(d); {
		name := ones(d[at])
		length := ones(d[at+name])
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
		inner, err := lengthened(d[body:end], path[1:], add)
		if err != nil {
			return nil, err
		}
		out := append(append([]byte(nil), d[:body]...), inner...)
		if !endless {
			out = append(append([]byte(nil), d[:at]...), element(path[0], inner)...)
		}
		return append(out, d[end:]...), nil
	}
	return nil, fmt.Errorf("no element %x", path[0])
}

// ones returns how many bytes a number takes that begins with this one.
func ones(b byte) int {
	n := 1
	for n < 8 && b>>(8-n) == 0 {
		n++
	}
	return n
}

// element wraps a body in a name and a length of eight bytes.
func element(name string, body []byte) []byte {
	return append(binary.BigEndian.AppendUint64([]byte(name), 1<<56|uint64(len(body))), body...)
}

// number is an element that holds a number.
func number(name string, v uint16) []byte {
	return element(name, binary.BigEndian.AppendUint16(nil, v))
}

// cropped says how many pixels at each side are not shown, and at which size
// the rest is.
func cropped(left, right, top, bottom, width, height uint16) func([]byte) ([]byte, error) {
	return inPicture(number("\x54\xCC", left), number("\x54\xDD", right), number("\x54\xBB", top),
		number("\x54\xAA", bottom),
		number("\x54\xB0", width), number("\x54\xBA", height))
}
