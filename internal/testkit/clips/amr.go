package clips

import "encoding/base64"

// amrFrames are two frames of 95 bits and one of padding. Any bits are valid,
// since each is part of an index into a codebook; these two in turn audio like
// a held vowel at −26 LUFS, where others whisper or crackle.
var amrFrames = [2][12]byte{
	{0x82, 0xB7, 0x0E, 0xEE, 0x7F, 0x1A, 0x50, 0x39, 0xBE, 0xF0, 0x7E, 0xC2},
	{0x34, 0x7F, 0x06, 0x6E, 0xD0, 0x8F, 0x5D, 0xC7, 0x51, 0x24, 0x47, 0xE2},
}

// amr returns so many seconds of AMR narrow band, which no encoder here makes,
// as an argument for ffmpeg's -i. The frames are of the lowest rate, 4.75 kb/s
// (RFC 4867, 5.3), fifty a second: a header with type 0 and the quality bit,
// then the bits.
func amr(seconds int) string {
	file := []byte("#!AMR\n")
	for n := range 50 * seconds {
		file = append(append(file, 0<<3|1<<2), amrFrames[n%2][:]...)
	}
	return inline(string(file))
}

// inline is a file as an argument for ffmpeg's -i. Only base64 will do:
// percent signs are taken as they are.
func inline(content string) string {
	return "data:application/octet-stream;base64," + base64.StdEncoding.EncodeToString([]byte(content))
}
