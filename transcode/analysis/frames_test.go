package analysis

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFlashes_CountsPairsInOneSecond(t *testing.T) {
	at := func(period int) Frames {
		var raw []byte
		for i := range 50 {
			raw = append(raw, bytes.Repeat([]byte{byte(i / period % 2 * 180)}, Edge*Edge)...)
		}
		return MeasureFrames(raw, 25, 2)
	}
	require.Equal(t, 0, at(100).Flashes())
	require.LessOrEqual(t, at(12).Flashes(), 2)
	require.Greater(t, at(3).Flashes(), MaxFlashes)
}

func TestDifferenceHash_SurvivesBrightness(t *testing.T) {
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
