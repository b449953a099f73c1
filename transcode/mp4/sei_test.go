package mp4

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/testkit/clips"
)

func TestFiller_HasAnyLength(t *testing.T) {
	for n := 1; n < 2000; n++ {
		u := filler(n)
		require.Len(t, u, n)
		require.EqualValues(t, unitSEI, u[0])
		if n < 4 {
			continue
		}
		at := 1
		for at < n-1 { // messages, then the end
			require.EqualValues(t, messageFiller, u[at])
			require.NotContains(t, string(u[at+2:at+2+int(u[at+1])]), "\x00")
			at += 2 + int(u[at+1])
		}
		require.Equal(t, n-1, at)
		require.EqualValues(t, rbspTrailing, u[at])
	}
}

func TestReadUnits_FailsUnlessTheUnitsFillTheFrame(t *testing.T) {
	good := []byte{0, 0, 0, 3, 6, 5, 'x', 0, 0, 0, 1, 0x65}
	got, err := readUnits(bytes.NewReader(good), byteRange{0, int64(len(good))}, 4)
	require.NoError(t, err)
	require.Equal(t, []unit{{byteRange{4, 7}, unitSEI}, {byteRange{11, 12}, unitIDR}}, got)
	for name, b := range map[string][]byte{
		"too long": {0, 0, 0, 9, 5, 's'}, "no room for a length": {0, 0, 0, 1, 5, 0, 0},
		"empty": {0, 0, 0, 0, 0, 0, 0, 1, 5},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readUnits(bytes.NewReader(b), byteRange{0, int64(len(b))}, 4)
			require.ErrorIs(t, err, errUnits)
		})
	}
}

func TestBlankSEI_RefusesInvalidSampleTables(t *testing.T) {
	b, err := os.ReadFile(clips.Get(t, "landscape"))
	require.NoError(t, err)
	at := bytes.Index(b, []byte("stco"))
	require.Positive(t, at)
	copy(b[at+12:], []byte{0xff, 0xff, 0xff, 0xff})
	path := filepath.Join(t.TempDir(), "video")
	require.NoError(t, os.WriteFile(path, b, 0o600))
	require.ErrorIs(t, BlankSEI(path), errSampleTable)
}
