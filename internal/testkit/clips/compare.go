package clips

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"os/exec"
	"slices"
	"testing"
)

// Limits of Compare.
const (
	comparedRate   = 10  // frames per second
	comparedEdge   = 32  // width and height of a frame, pixels
	maxDifference  = 20  // mean difference of two frames, of 255; encoders differ by 1 to 5
	comparedWindow = 400 // samples of audio, a twentieth of a second
	maxMismatch    = 3   // successive windows of audio that may differ
)

// Compare returns an error unless two encodings show the same video with the
// same audio: the same length, the same frames at the same times, and audio
// that is audible and silent at the same times. Size, quality and loudness may
// differ.
func Compare(a, b string) error {
	x, err := grayFrames(a)
	if err != nil {
		return err
	}
	y, err := grayFrames(b)
	if err != nil {
		return err
	}
	if d := len(x) - len(y); d < -3 || d > 3 {
		return fmt.Errorf("%d and %d tenths of a second of video", len(x), len(y))
	}
	for i := range min(len(x), len(y)) {
		least := math.Inf(1)
		for k := max(i-1, 0); k <= min(i+1, len(y)-1); k++ {
			least = min(least, meanDifference(x[i], y[k]))
		}
		if least > maxDifference {
			return fmt.Errorf("frames at %.1f s differ by %.0f of 255", float64(i)/comparedRate, least)
		}
	}
	return compareAudio(a, b)
}

// ffmpeg decodes the file as args say and returns its standard output.
func ffmpeg(path string, args ...string) ([]byte, error) {
	args = append([]string{"-nostdin", "-v", "error", "-i", path}, args...)
	return exec.CommandContext(context.Background(), "ffmpeg", args...).Output()
}

// grayFrames returns the small gray frames of a video as a player shows it.
func grayFrames(path string) ([][]byte, error) {
	out, err := ffmpeg(path, "-map", "0:v:0", "-vf",
		fmt.Sprintf("fps=%d:start_time=0,scale=%d:%d:flags=area:out_range=pc,format=gray", comparedRate, comparedEdge,
			comparedEdge), "-f", "rawvideo", "-")
	if err != nil {
		return nil, fmt.Errorf("decode %s: %w", path, err)
	}
	var frames [][]byte
	for ; len(out) >= comparedEdge*comparedEdge; out = out[comparedEdge*comparedEdge:] {
		frames = append(frames, out[:comparedEdge*comparedEdge])
	}
	return frames, nil
}

func meanDifference(a, b []byte) float64 {
	sum := 0
	for i := range a {
		d := int(a[i]) - int(b[i])
		sum += max(d, -d)
	}
	return float64(sum) / float64(len(a))
}

func compareAudio(a, b string) error {
	x, y := envelope(a), envelope(b)
	if (len(x) == 0) != (len(y) == 0) {
		return fmt.Errorf("%d and %d pieces of audio", len(x), len(y))
	}
	run := 0
	for i := range min(len(x), len(y)) {
		if x[i] > 0.2 && y[i] < 0.02 || y[i] > 0.2 && x[i] < 0.02 {
			if run++; run > maxMismatch {
				return fmt.Errorf("audio at %.1f s is audible in one only", float64(i)/20)
			}
			continue
		}
		run = 0
	}
	return nil
}

// envelope returns the loudness of each piece of the audio as a share of the
// loudest; nil without audible audio.
func envelope(path string) []float64 {
	out, err := ffmpeg(path, "-map", "0:a:0", "-af",
		"aresample=8000:async=1:first_pts=0", "-ac", "1", "-f", "s16le", "-")
	if err != nil { // no audio
		return nil
	}
	all := power(out, comparedWindow)
	if len(all) == 0 || slices.Max(all) < 30*30 { // −60 dBFS
		return nil
	}
	loudest := slices.Max(all)
	for i := range all {
		all[i] = math.Sqrt(all[i] / loudest)
	}
	return all
}

// power returns the mean square of each window of so many 16-bit samples.
func power(samples []byte, window int) []float64 {
	var all []float64
	for ; len(samples) >= 2*window; samples = samples[2*window:] {
		sum := 0.0
		for i := 0; i < 2*window; i += 2 {
			v := float64(int16(binary.LittleEndian.Uint16(samples[i:])))
			sum += v * v
		}
		all = append(all, sum/float64(window))
	}
	return all
}

// SilentShare returns the share of pieces of 20 ms of the audio that are 40 dB
// below the loudest one. Without audio the test fails.
func SilentShare(t testing.TB, path string) float64 {
	t.Helper()
	out, err := ffmpeg(path, "-map", "0:a:0", "-ac", "1", "-ar", "8000", "-f", "s16le", "-")
	pieces := power(out, 160)
	if err != nil || len(pieces) == 0 {
		t.Fatalf("no audio in %s: %v", path, err)
	}
	loudest, silent := slices.Max(pieces), 0
	for _, p := range pieces {
		if p < loudest/1e4 {
			silent++
		}
	}
	return float64(silent) / float64(len(pieces))
}
