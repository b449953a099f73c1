package mp4

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/testkit/clips"
)

func TestIsPlain(t *testing.T) {
	for name, want := range map[string]bool{
		"landscape": true, "rotated": true, "baseline": true,
		"two-descriptions": false, "sets-change": false, "false-keys": false, "late-key": false,
		"portrait-hevc": false, "audio-only": false,
	} {
		t.Run(name, func(t *testing.T) {
			got, err := IsPlain(clips.Get(t, name))
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
}

func TestHasPlainEdits(t *testing.T) {
	const normal = 0x10000
	entry := func(length, start, speed uint32) []uint32 { return []uint32{length, start, speed} }
	none := entry(10, 1<<32-1, normal)
	for name, c := range map[string]struct {
		entries [][]uint32
		want    bool
	}{
		"one":               {[][]uint32{entry(10, 0, normal)}, true},
		"delayed":           {[][]uint32{none, entry(10, 0, normal)}, true},
		"two":               {[][]uint32{entry(10, 0, normal), entry(10, 20, normal)}, false},
		"a pause within":    {[][]uint32{entry(10, 0, normal), none}, false},
		"twice the speed":   {[][]uint32{entry(10, 0, 2*normal)}, false},
		"delayed and three": {[][]uint32{none, entry(10, 0, normal), entry(10, 20, normal)}, false},
		"none":              {nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			body := []byte{0, 0, 0, 0, 0, 0, 0, byte(len(c.entries))}
			for _, e := range c.entries {
				for _, n := range e {
					body = append(body, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
				}
			}
			edts := boxOf("edts", boxOf("elst", body))
			r := bytes.NewReader(edts)
			require.Equal(t, c.want, HasPlainEdits(r, Box{Body: 0, End: r.Size()}))
		})
	}
}

func boxOf(kind string, body []byte) []byte {
	n := len(body) + 8
	return append([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n), kind[0], kind[1], kind[2], kind[3]},
		body...)
}

// FuzzIsPlain: no index, however damaged, leads to a panic or to more work than
// its size allows.
func FuzzIsPlain(f *testing.F) {
	for _, name := range []string{"short", "sets-change"} {
		b, err := os.ReadFile(clips.Get(f, name))
		require.NoError(f, err)
		f.Add(b[bytes.LastIndex(b, []byte("moov"))-4:])
	}
	f.Fuzz(func(_ *testing.T, b []byte) {
		r := bytes.NewReader(b)
		for _, trak := range Children(r, 0, r.Size(), "moov", "trak") {
			isPlain(r, trak, r.Size())
			HasPlainEdits(r, trak)
			Descriptions(r, trak)
		}
	})
}
