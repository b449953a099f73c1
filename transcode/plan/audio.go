package plan

import (
	"math"

	"github.com/storyreel/storyreel/internal/media"
)

// Audio is the processing of the audio.
type Audio struct {
	Present bool
	Measure bool    // the loudness is not known yet
	Unpack  bool    // packets are split into frames by a run before
	GainDB  float64 // towards −16 LUFS, limited by the peaks and by fixed caps
	Limit   bool    // with the gain, peaks would exceed −1 dBTP and are limited
	// Changes is set when sample rate or channels change within the video,
	// which only a run discovers.
	Changes bool
}

// SilenceLUFS is the integrated loudness below which audio counts as silent
// and is not amplified.
const SilenceLUFS = -60.0

const (
	targetLUFS = -16.0 // common target of streaming services and phones for speech and music
	peakDBTP   = -1.0  // AAC decoders overshoot a little; above this they clip
	maxGainDB  = 25.0  // enough for a voice far from the microphone; more would amplify noise
	maxLimitDB = 8.0   // highest reduction of peaks that is not audible
)

// Gain returns the gain in dB that brings the audio to −16 LUFS, and whether
// its peaks must be limited to −1 dBTP for that. Audio without a known
// loudness, or below SilenceLUFS, gets none.
func Gain(f *media.Findings) (db float64, limit bool) {
	if f.LoudnessLUFS == nil || *f.LoudnessLUFS < SilenceLUFS || f.Silent {
		return 0, false
	}
	db = min(targetLUFS-*f.LoudnessLUFS, maxGainDB)
	if f.TruePeakDBTP == nil {
		return min(db, 0), false
	}
	headroom := peakDBTP - *f.TruePeakDBTP
	if db > headroom {
		limit, db = true, min(db, headroom+maxLimitDB)
	}
	return math.Round(db*100) / 100, limit
}
