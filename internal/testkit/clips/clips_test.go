package clips

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestClips_HaveUniqueNamesAndCanBeMade(t *testing.T) {
	seen := map[string]bool{}
	for _, list := range [][]Clip{Classes, Irregular, Recorded, Formats, MotionPhotos, Numbered, Flawed, Hostile} {
		for _, c := range list {
			require.False(t, seen[c.Name], c.Name)
			seen[c.Name] = true
			t.Run(c.Name, func(t *testing.T) {
				p := c.Path(t)
				st, err := os.Stat(p)
				require.NoError(t, err)
				require.Equal(t, c.Name == "empty", st.Size() == 0)
				require.Equal(t, p, Get(t, c.Name), "the second call returns the cached file")
				require.NotEmpty(t, c.Class)
			})
		}
	}
}

func TestPath_DependsOnTheRecipe(t *testing.T) {
	t.Setenv("STORYREEL_TEST_CACHE", t.TempDir())
	a := textClip("same", ".mp4", "one").Path(t)
	b := textClip("same", ".mp4", "two").Path(t)
	require.NotEqual(t, a, b)
	got, err := os.ReadFile(a)
	require.NoError(t, err)
	require.Equal(t, "one", string(got))
}
