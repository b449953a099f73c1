package clips

import (
	"fmt"
	"math"
)

// How lags of audio are measured: from the loudness of pieces of 5 ms, in
// windows of two seconds that overlap by half.
const (
	lagRate   = 8000
	lagPiece  = lagRate / 200
	lagWindow = 400 // pieces
	lagRange  = 40  // pieces; larger lags are not found
	lagClear  = 0.8 // correlation of the best lag, from which it counts
	lagMargin = 0.1 // by which it must exceed those further away than maxLag
	maxLag    = 8   // pieces, 40 ms
)

// CompareAudioTimes returns an error when the audio of an output is more than
// 40 ms early or late, anywhere, against a stream of its source, by ffmpeg's
// specifier. offset is the time of the output's start in the source, seconds.
// Audio without changes of loudness, or with periodic ones, is not compared.
func CompareAudioTimes(source, stream string, offset float64, output string) error {
	x, err := loudness(source, stream, offset)
	if err != nil {
		return err
	}
	y, err := loudness(output, "a:0", 0)
	if err != nil {
		return err
	}
	return compareTimes(x, y)
}

// loudness returns the logarithmic loudness of each piece of audio, placed by
// the times of its packets.
func loudness(path, stream string, offset float64) ([]float64, error) {
	out, err := ffmpeg(path, "-map", "0:"+stream, "-af",
		fmt.Sprintf("asetpts=PTS-%f/TB,aresample=%d:async=1:min_hard_comp=0.01:first_pts=0", offset, lagRate), "-ac",
		"1", "-f", "s16le", "-")
	if err != nil {
		return nil, fmt.Errorf("decode audio of %s: %w", path, err)
	}
	all := power(out, lagPiece)
	for i, p := range all {
		all[i] = math.Log10(p + 1e4) // noise under −50 dBFS is silence
	}
	return all, nil
}

func compareTimes(x, y []float64) error {
	for at := 0; at+lagWindow <= len(x); at += lagWindow / 2 {
		best, lag, apart := 0.0, 0, 0.0
		for d := -lagRange; d <= lagRange; d++ {
			if at+d < 0 || at+d+lagWindow > len(y) {
				continue
			}
			c := correlation(x[at:at+lagWindow], y[at+d:at+d+lagWindow])
			if c > best {
				best, lag = c, d
			}
		}
		for d := -lagRange; d <= lagRange; d++ {
			if at+d >= 0 && at+d+lagWindow <= len(y) && (d < lag-maxLag || d > lag+maxLag) {
				apart = max(apart, correlation(x[at:at+lagWindow], y[at+d:at+d+lagWindow]))
			}
		}
		if best >= lagClear && best >= apart+lagMargin && (lag > maxLag || lag < -maxLag) {
			return fmt.Errorf("audio from %.1f s on is %d ms late", float64(at)/200, 5*lag)
		}
	}
	return nil
}

// correlation returns Pearson's coefficient, 0 for constant values.
func correlation(x, y []float64) float64 {
	var sx, sy float64
	for i := range x {
		sx, sy = sx+x[i], sy+y[i]
	}
	mx, my := sx/float64(len(x)), sy/float64(len(y))
	var xx, yy, xy float64
	for i := range x {
		a, b := x[i]-mx, y[i]-my
		xx, yy, xy = xx+a*a, yy+b*b, xy+a*b
	}
	if xx < 1e-3*float64(len(x)) || yy < 1e-3*float64(len(x)) {
		return 0
	}
	return xy / math.Sqrt(xx*yy)
}
