package transcode

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/clips"
)

func TestRun_TellsSpeechMusicAndNoise(t *testing.T) {
	tr := transcoder(t)
	for name, want := range map[string][2]float64{
		"talk": {1, 0}, "talk-low": {1, 0}, "chords": {0, 1}, "wind": {0, 0},
	} {
		res, err := pipeline(t, tr, clips.Get(t, name), t.TempDir(), Review)
		require.NoError(t, err)
		require.NotNil(t, res.Findings.SpeechShare, name)
		require.NotNil(t, res.Findings.MusicShare, name)
		require.InDelta(t, want[0], *res.Findings.SpeechShare, 0.15, "speech in %s", name)
		require.InDelta(t, want[1], *res.Findings.MusicShare, 0.15, "music in %s", name)
	}
	for _, name := range []string{"silent-track", "no-sound"} {
		res, err := pipeline(t, tr, clips.Get(t, name), t.TempDir(), Review)
		require.NoError(t, err)
		require.Nil(t, res.Findings.SpeechShare, name)
		require.Nil(t, res.Findings.MusicShare, name)
	}
}

// sounding returns seconds of samples of a function of time.
func sounding(seconds float64, at func(t float64) float64) []int16 {
	pcm := make([]int16, int(seconds*hearRate))
	for i := range pcm {
		pcm[i] = int16(20000 * at(float64(i)/hearRate))
	}
	return pcm
}

func TestShares_OfPlainSounds(t *testing.T) {
	hum := func(t float64) float64 { return math.Sin(2*math.Pi*100*t) / 2 }
	syllable := func(t float64) float64 { return math.Max(0, math.Sin(2*math.Pi*4*t)) }
	for name, c := range map[string]struct {
		pcm           []int16
		speech, music float64
	}{
		"hum is neither":     {sounding(6, hum), 0, 0},
		"silence is neither": {sounding(6, func(float64) float64 { return 0 }), 0, 0},
		"four bursts a second are like speech": {sounding(6, func(t float64) float64 {
			return syllable(t) * (math.Sin(2*math.Pi*300*t) + math.Sin(2*math.Pi*1100*t)) / 2
		}), 1, 0},
	} {
		speech, music, ok := shares(c.pcm)
		require.True(t, ok, name)
		require.Equal(t, [2]float64{c.speech, c.music}, [2]float64{speech, music}, name)
	}
	_, _, ok := shares(sounding(0.9, hum))
	require.False(t, ok, "too little to judge")
	_, _, ok = shares(nil)
	require.False(t, ok)
}

// TestTransform_FindsATone: the transform against its definition.
func TestTransform_FindsATone(t *testing.T) {
	x := make([]complex128, hearWindow)
	for i := range x {
		x[i] = complex(math.Cos(2*math.Pi*37*float64(i)/hearWindow), 0)
	}
	transform(x, turnsOf(hearWindow))
	for i := range x {
		want := 0.0
		if i == 37 || i == hearWindow-37 {
			want = hearWindow / 2
		}
		require.InDelta(t, want, real(x[i]), 1e-6, "bin %d", i)
		require.InDelta(t, 0, imag(x[i]), 1e-6, "bin %d", i)
	}
}

func BenchmarkShares(b *testing.B) {
	pcm := sounding(60, func(t float64) float64 { return math.Sin(2*math.Pi*440*t) * math.Sin(2*math.Pi*4*t) })
	for b.Loop() {
		shares(pcm)
	}
}
