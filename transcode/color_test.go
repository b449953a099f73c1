package transcode

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/testkit/clips"
	"github.com/storyreel/storyreel/transcode/plan"
)

// TestRun_ColorOfThePoster compares it with the mean of the poster's pixels;
// clamping of single pixels may move that by a little.
func TestRun_ColorOfThePoster(t *testing.T) {
	for _, profile := range []plan.Profile{plan.Review, plan.Publish} {
		dir := t.TempDir()
		res, err := pipeline(t.Context(), transcoder(t), clips.Get(t, "turned"), dir, profile)
		require.NoError(t, err)
		img := readImage(t, filepath.Join(dir, res.Assets.Poster))
		var want, got [3]int
		size := img.Bounds().Size()
		for y := range size.Y {
			for x := range size.X {
				r, g, b, _ := img.At(x, y).RGBA()
				want[0], want[1], want[2] = want[0]+int(r>>8), want[1]+int(g>>8), want[2]+int(b>>8)
			}
		}
		_, err = fmt.Sscanf(res.Assets.PosterColor, "#%02x%02x%02x", &got[0], &got[1], &got[2])
		require.NoError(t, err, res.Assets.PosterColor)
		for i := range want {
			require.InDelta(t, want[i]/(size.X*size.Y), got[i], 6, "%s: channel %d of %s", profile, i, res.Assets.PosterColor)
		}
		require.Greater(t, max(got[0], got[1], got[2]), 20, "the clip is not black")
	}
}

func TestPosterColor_IsEmptyForWhatIsNoJPEG(t *testing.T) {
	j := &job{dir: t.TempDir()}
	require.Empty(t, j.posterColor("poster.jpg"))
	require.NoError(t, os.WriteFile(filepath.Join(j.dir, "poster.jpg"), []byte("\xff\xd8\xff"), 0o600))
	require.Empty(t, j.posterColor("poster.jpg"))
}
