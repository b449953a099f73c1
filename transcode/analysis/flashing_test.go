package analysis

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// sizesOf returns the frame sizes of a video of ten seconds.
func sizesOf(size func(i int) int) []int {
	var out []int
	for i := range 250 {
		out = append(out, size(i))
	}
	return out
}

// evenSize varies a little around one size.
func evenSize(i int) int { return 900 + i%7*30 }

func TestSuspects_FindsNothingInOrdinaryVideos(t *testing.T) {
	require.Empty(t, Suspects(sizesOf(evenSize), 20000, 10))
	require.Empty(t, Suspects(nil, 0, 10))
	require.Empty(t, Suspects(sizesOf(func(int) int { return 0 }), 20000, 10))
}

func TestSuspects_FindsSecondsOfManyLargeFrames(t *testing.T) {
	got := Suspects(sizesOf(func(i int) int {
		if i >= 100 && i < 150 && i%3 == 0 {
			return 9000
		}
		return evenSize(i)
	}), 20000, 10)
	require.NotEmpty(t, got)
	require.LessOrEqual(t, len(got), maxSuspects)
	require.LessOrEqual(t, got[0].From, 4.5)
	require.GreaterOrEqual(t, got[0].To, 5.0)
}

func TestSuspects_IgnoresLastingNoise(t *testing.T) {
	noisy := func(i int) int { // every frame is large from four seconds on
		if i >= 100 {
			return 9*evenSize(i) + i%3*100
		}
		return evenSize(i)
	}
	require.LessOrEqual(t, len(Suspects(sizesOf(noisy), 20000, 10)), 1,
		"only the beginning of the noise could be flashing")
}

func TestSuspects_FindsALongStrobe(t *testing.T) {
	strobe := func(i int) int { // every frame changes completely for three seconds
		if i >= 100 && i < 175 {
			return 15000
		}
		return evenSize(i)
	}
	got := Suspects(sizesOf(strobe), 20000, 10)
	require.NotEmpty(t, got, "a long strobe differs from its neighbors where it begins or ends")
	require.True(t, got[0].From < 7 && got[0].To > 4)
}
