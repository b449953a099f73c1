package analysis

import (
	"bufio"
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode/ffmpeg"
	"github.com/storyreel/storyreel/transcode/plan"
)

// minSilence is the shortest silence reported, seconds.
const minSilence = 1.0

// Loudness is an EBU R128 measurement. The zero value is one of a stream
// without samples.
type Loudness struct {
	Integrated    float64 // LUFS; −∞ when it was not measured
	loudnessRange float64 // LU
	Peak          float64 // true peak, dBTP; −∞ when it was not measured
	silences      []media.Interval
	known         bool
}

// ParseLoudness reads the output of ffmpeg's ebur128 and ametadata filters: a
// block for each tenth of a second. The last block has the values of the whole
// stream. The output is empty for a stream without samples.
func ParseLoudness(text []byte) (Loudness, error) {
	if len(text) == 0 {
		return Loudness{}, nil
	}
	l := Loudness{Integrated: math.Inf(-1), Peak: math.Inf(-1)}
	at, since := 0.0, -1.0
	sc := bufio.NewScanner(bytes.NewReader(text))
	for sc.Scan() {
		line := sc.Text()
		if i := strings.Index(line, "pts_time:"); i >= 0 && strings.HasPrefix(line, "frame:") {
			if v, ok := ffmpeg.Seconds(strings.TrimSpace(line[i+9:])); ok {
				at = v
			}
			continue
		}
		key, value, ok := strings.Cut(strings.TrimPrefix(line, "lavfi.r128."), "=")
		v, err := strconv.ParseFloat(value, 64)
		if !ok || err != nil || math.IsNaN(v) {
			continue
		}
		switch {
		case key == "I":
			l.Integrated, l.known = v, true
		case key == "LRA":
			l.loudnessRange = v
		case strings.HasPrefix(key, "true_peak"):
			l.Peak = max(l.Peak, toDecibel(v))
		case key == "M": // momentary loudness, of the last 400 ms
			quiet := v < plan.SilenceLUFS
			if quiet && since < 0 {
				since = max(at-0.3, 0)
			}
			if !quiet && since >= 0 {
				l.addSilence(since, at-0.3)
				since = -1
			}
		}
	}
	if err := sc.Err(); err != nil {
		return Loudness{}, fmt.Errorf("read loudness: %w", err)
	}
	if since >= 0 {
		l.addSilence(since, at+0.1)
	}
	return l, nil
}

func (l *Loudness) addSilence(from, to float64) {
	if to-from >= minSilence {
		l.silences = append(l.silences, media.Interval{From: Round(from, 2), To: Round(to, 2)})
	}
}

// Findings returns the fields of media.Findings that describe loudness.
// Audio below plan.SilenceLUFS is Silent, without values.
func (l Loudness) Findings() media.Findings {
	if !l.known || l.Integrated < plan.SilenceLUFS {
		return media.Findings{Silent: true}
	}
	f := media.Findings{
		LoudnessLUFS: new(Round(l.Integrated, 2)), LoudnessRange: new(Round(l.loudnessRange, 2)),
		SilentSpans: l.silences,
	}
	if !math.IsInf(l.Peak, 0) {
		f.TruePeakDBTP = new(Round(l.Peak, 2))
	}
	return f
}

// toDecibel returns the level of an amplitude, where 1 is full scale.
func toDecibel(linear float64) float64 {
	if linear <= 0 {
		return math.Inf(-1)
	}
	return 20 * math.Log10(linear)
}

// Round returns v with the given number of decimal places.
func Round(v float64, digits int) float64 {
	k := math.Pow10(digits)
	return math.Round(v*k) / k
}
