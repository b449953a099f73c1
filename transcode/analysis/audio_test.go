package analysis

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// tone returns seconds of samples of a function of time.
func tone(seconds float64, at func(t float64) float64) []int16 {
	pcm := make([]int16, int(seconds*SampleRate))
	for i := range pcm {
		pcm[i] = int16(20000 * at(float64(i)/SampleRate))
	}
	return pcm
}

func TestClassify_PlainSignals(t *testing.T) {
	hum := func(t float64) float64 { return math.Sin(2*math.Pi*100*t) / 2 }
	syllable := func(t float64) float64 { return math.Max(0, math.Sin(2*math.Pi*4*t)) }
	for name, c := range map[string]struct {
		pcm           []int16
		speech, music float64
	}{
		"hum is neither":     {tone(6, hum), 0, 0},
		"silence is neither": {tone(6, func(float64) float64 { return 0 }), 0, 0},
		"four bursts a second are like speech": {tone(6, func(t float64) float64 {
			return syllable(t) * (math.Sin(2*math.Pi*300*t) + math.Sin(2*math.Pi*1100*t)) / 2
		}), 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			speech, music, ok := classify(c.pcm)
			require.True(t, ok)
			require.Equal(t, [2]float64{c.speech, c.music}, [2]float64{speech, music})
		})
	}
}

func TestClassify_NeedsASecond(t *testing.T) {
	_, _, ok := classify(tone(0.9, func(t float64) float64 { return math.Sin(2 * math.Pi * 100 * t) }))
	require.False(t, ok)
	_, _, ok = classify(nil)
	require.False(t, ok)
}

// TestFFT_OfACosine compares the transform of a cosine with its definition.
func TestFFT_OfACosine(t *testing.T) {
	x := make([]complex128, windowSize)
	for i := range x {
		x[i] = complex(math.Cos(2*math.Pi*37*float64(i)/windowSize), 0)
	}
	fft(x, twiddles(windowSize))
	for i := range x {
		want := 0.0
		if i == 37 || i == windowSize-37 {
			want = windowSize / 2
		}
		require.InDelta(t, want, real(x[i]), 1e-6, "bin %d", i)
		require.InDelta(t, 0, imag(x[i]), 1e-6, "bin %d", i)
	}
}

func BenchmarkClassify(b *testing.B) {
	pcm := tone(60, func(t float64) float64 { return math.Sin(2*math.Pi*440*t) * math.Sin(2*math.Pi*4*t) })
	for b.Loop() {
		classify(pcm)
	}
}
