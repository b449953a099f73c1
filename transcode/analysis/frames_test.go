package analysis

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFlashes_CountsPairsInOneSecond(t *testing.T) {
	changingEvery := func(frames int) Frames {
		var raw []byte
		for i := range 50 {
			raw = append(raw, bytes.Repeat([]byte{byte(i / frames % 2 * 180)}, Edge*Edge)...)
		}
		return MeasureFrames(raw, 25, 2)
	}
	require.Equal(t, 0, changingEvery(100).Flashes())
	require.LessOrEqual(t, changingEvery(12).Flashes(), 2)
	require.Greater(t, changingEvery(3).Flashes(), MaxFlashes)
}

func TestDifferenceHash_IgnoresBrightness(t *testing.T) {
	a := make([]byte, Edge*Edge)
	for i := range a {
		a[i] = byte(40 + (i*7+i/Edge*13)%100)
	}
	b := make([]byte, len(a))
	for i := range a {
		b[i] = a[i] + 30
	}
	require.Equal(t, differenceHash(a), differenceHash(b))
	require.NotEqual(t, uint64(0), differenceHash(a))
}
