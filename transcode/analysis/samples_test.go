package analysis

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// toneSamples returns three seconds of a tone that begins after some samples.
func toneSamples(late int, change func(i int, v float64) float64) []byte {
	var out []byte
	for i := range 3 * SampleRate {
		v := 0.0
		if i >= late {
			v = 8000 * math.Sin(2*math.Pi*440*float64(i-late)/SampleRate)
		}
		if change != nil {
			v = change(i, v)
		}
		out = binary.LittleEndian.AppendUint16(out, uint16(int16(v)))
	}
	return out
}

func TestSameAudio(t *testing.T) {
	good := toneSamples(0, nil)
	for name, c := range map[string]struct {
		other []byte
		want  bool
	}{
		"itself":         {good, true},
		"rounded":        {toneSamples(0, func(i int, v float64) float64 { return v + float64(i%3) }), true},
		"a little short": {good[:len(good)-windowSamples], true},
		"late":           {toneSamples(8, nil), false},
		"a hole": {toneSamples(0, func(i int, v float64) float64 {
			if i > 9000 && i < 9400 {
				return 0
			}
			return v
		}), false},
		"half":    {good[:len(good)/2], false},
		"nothing": {nil, false},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, SameAudio(good, c.other)) })
	}
}
