package analysis

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSuspects_AreSecondsOfManyLargeFrames(t *testing.T) {
	even := func(i int) int { return 900 + i%7*30 }
	film := func(size func(i int) int) []int {
		var out []int
		for i := range 250 { // ten seconds
			out = append(out, size(i))
		}
		return out
	}
	require.Empty(t, Suspects(film(even), 20000, 10))
	require.Empty(t, Suspects(nil, 0, 10))
	require.Empty(t, Suspects(film(func(int) int { return 0 }), 20000, 10))
	got := Suspects(film(func(i int) int {
		if i >= 100 && i < 150 && i%3 == 0 {
			return 9000
		}
		return even(i)
	}), 20000, 10)
	require.NotEmpty(t, got)
	require.LessOrEqual(t, len(got), maxSuspects)
	require.LessOrEqual(t, got[0].From, 4.5)
	require.GreaterOrEqual(t, got[0].To, 5.0)

	noisy := func(i int) int { // from four seconds on every frame is large
		if i >= 100 {
			return 9*even(i) + i%3*100
		}
		return even(i)
	}
	require.LessOrEqual(t, len(Suspects(film(noisy), 20000, 10)), 1,
		"noise lasts: only where it begins could it be flashing")
	strobe := func(i int) int { // every frame changes all, for three seconds
		if i >= 100 && i < 175 {
			return 15000
		}
		return even(i)
	}
	got = Suspects(film(strobe), 20000, 10)
	require.NotEmpty(t, got, "a long strobe stands out where it begins or ends")
	require.True(t, got[0].From < 7 && got[0].To > 4)
}
