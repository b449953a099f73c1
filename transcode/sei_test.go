package transcode

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/clips"
	"github.com/storyreel/storyreel/internal/fault"
)

// TestBlankSEI_LeavesThePicturesAlone: x264 writes its settings into a message
// of the first picture. In the review copy they are gone, every picture is the
// source's, and no decoder complains.
func TestBlankSEI_LeavesThePicturesAlone(t *testing.T) {
	tr := transcoder(t)
	for _, clip := range []string{"landscape", "two-sounds", "late-picture"} {
		t.Run(clip, func(t *testing.T) {
			src := clips.Get(t, clip)
			whole, err := os.ReadFile(src)
			require.NoError(t, err)
			require.Contains(t, string(whole), "x264 - core")
			plan := planned(t, tr, src, Order{Profile: Review})
			require.True(t, plan.Remux)
			dir := t.TempDir()
			_, err = tr.Run(t.Context(), plan, src, dir, nil)
			require.NoError(t, err)
			made := filepath.Join(dir, fileReview)
			copied, err := os.ReadFile(made)
			require.NoError(t, err)
			require.NotContains(t, string(copied), "x264 - core")
			require.Equal(t, pictures(t, src), pictures(t, made))
		})
	}
}

// pictures returns a digest of each decoded picture of a film.
func pictures(t *testing.T, path string) string {
	t.Helper()
	var said bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "ffmpeg", "-v", "warning", "-xerror", "-i", path, "-map", "0:v:0",
		"-fps_mode", "passthrough", "-f", "streamhash", "-")
	cmd.Stderr = &said
	out, err := cmd.Output()
	require.NoError(t, err, said.String())
	require.Empty(t, said.String())
	return string(out)
}

func TestFiller_IsOfAnyLength(t *testing.T) {
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

// TestBlankSEI_OfNonsense: a file whose table or units make no sense is
// refused, or blanked where nothing can be decoded.
func TestBlankSEI_OfNonsense(t *testing.T) {
	path := filepath.Join(t.TempDir(), "film")
	require.NoError(t, os.WriteFile(path, []byte{0, 0, 0, 3, 6, 5, 'x', 0, 0, 0, 9, 5, 's', 'e', 'c'}, 0o600))
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, blankUnits(f, span{0, 15}, 4))
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, []byte{0, 0, 0, 3, 6, 0x80, 0x80, 0, 0, 0, 0, 0, 0, 0, 0}, got)

	whole, err := os.ReadFile(clips.Get(t, "landscape"))
	require.NoError(t, err)
	at := bytes.Index(whole, []byte("stco"))
	require.Positive(t, at)
	copy(whole[at+12:], []byte{0xff, 0xff, 0xff, 0xff})
	require.NoError(t, os.WriteFile(path, whole, 0o600))
	require.ErrorIs(t, blankSEI(path), errTable)
}

// TestRun_DamageOfARemuxedFilmIsItsOwn breaks stretches of a film that is
// handed on as it is, units' lengths among them: what decodes is shown, or the
// film is refused, but never is it called our fault.
func TestRun_DamageOfARemuxedFilmIsItsOwn(t *testing.T) {
	tr := transcoder(t)
	whole, err := os.ReadFile(clips.Get(t, "landscape"))
	require.NoError(t, err)
	film := bytes.Index(whole, []byte("mdat")) + 4
	require.Greater(t, film, 3)
	for tenth := range 10 {
		bad := bytes.Clone(whole)
		from := film + tenth*(len(whole)-film)/10
		for i := from; i < min(from+(len(whole)-film)/3, len(whole)); i += 7 {
			bad[i] ^= 0x5a
		}
		src := filepath.Join(t.TempDir(), "film.mp4")
		require.NoError(t, os.WriteFile(src, bad, 0o600))
		_, err := pipeline(t, tr, src, t.TempDir(), Review)
		require.True(t, err == nil || fault.Permanent(err), "%d: %v", tenth, err)
	}
}
