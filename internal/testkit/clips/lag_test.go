package clips

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCompareTimes_FindsShiftsFromAnywhereOn(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var x []float64
	for range 300 { // words and pauses of irregular length
		v := 4 + 2*r.Float64()
		for range 5 + r.IntN(25) {
			x = append(x, v)
		}
	}
	late := func(from, pieces int) []float64 {
		y := append([]float64(nil), x[:from]...)
		for range pieces {
			y = append(y, x[from])
		}
		return append(y, x[from:]...)
	}
	require.NoError(t, compareTimes(x, x))
	require.NoError(t, compareTimes(x, late(1000, 7)))
	require.Error(t, compareTimes(x, late(1000, 16)))
	require.Error(t, compareTimes(late(1000, 16), x))
	require.Error(t, compareTimes(x, late(0, 10)))
	require.NoError(t, compareTimes(make([]float64, 5000), make([]float64, 5000)))
}

// TestCompare_FindsDifferences: other frames, other lengths and missing audio
// are errors.
func TestCompare_FindsDifferences(t *testing.T) {
	same := Get(t, "sync")
	require.NoError(t, Compare(same, same))
	require.NoError(t, CompareAudioTimes(same, "a:0", 0, same))
	for _, other := range []string{"landscape", "no-audio", "black-then-flashing", "numbered-mp4"} {
		t.Run(other, func(t *testing.T) { require.Error(t, Compare(same, Get(t, other))) })
	}
}
