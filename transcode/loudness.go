package transcode

import (
	"bufio"
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/storyreel/storyreel/internal/media"
)

// loudness is what EBU R128 measuring found.
type loudness struct {
	integrated float64 // LUFS
	span       float64 // LU
	peak       float64 // dBTP
	silent     []media.Stretch
	known      bool
}

// silentFor is how long the sound must be away to be worth a word, seconds.
const silentFor = 1.0

// parseLoudness reads what ffmpeg's ametadata filter printed of ebur128: a
// block per tenth of a second, whose last one holds the values of the whole.
// Nothing is what comes of a stream without one sample.
func parseLoudness(text []byte) (loudness, error) {
	if len(text) == 0 {
		return loudness{}, nil
	}
	l := loudness{integrated: math.Inf(-1), peak: math.Inf(-1)}
	at, since := 0.0, -1.0
	sc := bufio.NewScanner(bytes.NewReader(text))
	for sc.Scan() {
		line := sc.Text()
		if i := strings.Index(line, "pts_time:"); i >= 0 && strings.HasPrefix(line, "frame:") {
			if v, ok := seconds(strings.TrimSpace(line[i+9:])); ok {
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
			l.integrated, l.known = v, true
		case key == "LRA":
			l.span = v
		case strings.HasPrefix(key, "true_peak"):
			l.peak = max(l.peak, decibel(v))
		case key == "M": // of the 400 ms before
			quiet := v < silenceLUFS
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
		return loudness{}, fmt.Errorf("read loudness: %w", err)
	}
	if since >= 0 {
		l.addSilence(since, at+0.1)
	}
	return l, nil
}

func (l *loudness) addSilence(from, to float64) {
	if to-from >= silentFor {
		l.silent = append(l.silent, media.Stretch{From: round(from, 2), To: round(to, 2)})
	}
}

// findings puts the measurement into the words of media.
func (l loudness) findings() media.Findings {
	if !l.known || l.integrated < silenceLUFS {
		return media.Findings{Silent: true}
	}
	f := media.Findings{
		LoudnessLUFS: new(round(l.integrated, 2)), LoudnessRange: new(round(l.span, 2)), SilentSpans: l.silent,
	}
	if !math.IsInf(l.peak, 0) {
		f.TruePeakDBTP = new(round(l.peak, 2))
	}
	return f
}

func decibel(linear float64) float64 {
	if linear <= 0 {
		return math.Inf(-1)
	}
	return 20 * math.Log10(linear)
}

func round(v float64, digits int) float64 {
	k := math.Pow10(digits)
	return math.Round(v*k) / k
}
