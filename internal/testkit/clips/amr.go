package clips

import "encoding/base64"

// amrFrames are two frames of 95 bits and one bit of padding. Any bits are valid,
// since all are parts of codebook indexes; these two in turn give a held vowel
// at −26 LUFS.
var amrFrames = [2][12]byte{
	{0x82, 0xB7, 0x0E, 0xEE, 0x7F, 0x1A, 0x50, 0x39, 0xBE, 0xF0, 0x7E, 0xC2},
	{0x34, 0x7F, 0x06, 0x6E, 0xD0, 0x8F, 0x5D, 0xC7, 0x51, 0x24, 0x47, 0xE2},
}

// amrFile returns this many seconds of AMR narrow band, for which ffmpeg has no
// encoder, as an argument for ffmpeg's -i. Each of the 50 frames per second has
// the lowest rate, 4.75 kb/s (RFC 4867, 5.3): a header with type 0 and the
// quality bit, then the bits.
func amrFile(seconds int) string { return dataURL("#!AMR\n" + string(amrBytes(seconds))) }

// amrBytes returns the frames of amrFile.
func amrBytes(seconds int) []byte {
	var frames []byte
	for n := range 50 * seconds {
		frames = append(append(frames, 0<<3|1<<2), amrFrames[n%2][:]...)
	}
	return frames
}

// amrSize and wideSize are the sizes of one frame with its header, bytes.
const amrSize, wideSize = 13, 18

// wideBytes returns this many seconds of AMR wide band at its lowest rate, 6.6
// kb/s: 132 bits per frame, of which any are valid.
func wideBytes(seconds int) []byte {
	noise := randomBytes(50 * seconds * (wideSize - 1))
	var frames []byte
	for n := range 50 * seconds {
		frames = append(append(frames, 0<<3|1<<2), noise[n*(wideSize-1):(n+1)*(wideSize-1)]...)
	}
	return frames
}

// dataURL returns content as an argument for ffmpeg's -i, in base64, since
// ffmpeg does not decode percent signs.
func dataURL(content string) string {
	return "data:application/octet-stream;base64," + base64.StdEncoding.EncodeToString([]byte(content))
}
