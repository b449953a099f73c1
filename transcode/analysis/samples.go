package analysis

import (
	"encoding/binary"
	"strconv"
	"strings"
)

const (
	// windowSamples is the length in samples of the pieces of audio that are
	// compared, a twentieth of a second.
	windowSamples = SampleRate / 20
	// maxNoise is the highest share of a piece's energy by which two decodings
	// of the same audio may differ; a shift of one millisecond exceeds it for
	// everything above 50 Hz.
	maxNoise = 0.05
	// noiseFloor is the energy of a difference that is always accepted, a
	// rounding error of two steps of 65,536 in each sample.
	noiseFloor = windowSamples * 4
)

// SameAudio reports whether two recordings as raw 16-bit mono samples at
// SampleRate are the same apart from rounding and from their last pieces.
func SameAudio(a, b []byte) bool {
	const size = 2 * windowSamples
	if d := len(a) - len(b); d > 2*size || d < -2*size {
		return false
	}
	for at := 0; at+2*size <= min(len(a), len(b)); at += size { // the end may be padded
		energy, noise := 0.0, 0.0
		for i := at; i < at+size; i += 2 {
			x, y := sample(a[i:]), sample(b[i:])
			energy, noise = energy+x*x, noise+(x-y)*(x-y)
		}
		if noise > noiseFloor && noise > maxNoise*energy {
			return false
		}
	}
	return true
}

func sample(p []byte) float64 { return float64(int16(binary.LittleEndian.Uint16(p))) }

// DecodedSeconds returns the length of all frames in the output of ffmpeg's
// framecrc muxer, in seconds: a line #tb 0: 1/RATE, then one per frame whose
// fourth field is its length in samples.
func DecodedSeconds(raw []byte) float64 {
	rate, samples := 0.0, 0.0
	for line := range strings.Lines(string(raw)) {
		if _, r, ok := strings.Cut(line, "#tb 0: 1/"); ok {
			rate, _ = strconv.ParseFloat(strings.TrimSpace(r), 64)
		}
		if f := strings.Split(line, ","); len(f) > 4 && line[0] != '#' {
			n, _ := strconv.ParseFloat(strings.TrimSpace(f[3]), 64)
			samples += n
		}
	}
	if rate <= 0 {
		return 0
	}
	return samples / rate
}
