package board_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/story"
)

func TestDownloads_HaveSafeDistinctNames(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	withSource := func(st *story.Story) { st.Source = &story.Source{Key: "sources/x", SHA256: "ab", Bytes: 5} }
	var ids []string
	for _, x := range []struct{ title, file string }{
		{"Heroes", "clip.MOV"}, {"../../etc/passwd", "x.mp4/../../y"}, {"我在雨中", "视频"},
		{strings.Repeat("long ", 40), "a.b\r\nc"},
		{`<b>&"'`, "con.mp4"},
	} {
		ids = append(ids, env.Story(story.Published, withSource, func(st *story.Story) {
			st.Song.Title, st.Upload.FileName = x.title, x.file
		}).ID)
	}
	got, err := env.Downloads(t.Context(), slug, append(ids, ids[0]))
	require.NoError(t, err)
	require.Len(t, got, len(ids), "each once")
	seen := map[string]bool{}
	for i, d := range got {
		require.NoError(t, d.Err)
		require.Equal(t, ids[i], d.ID)
		require.Regexp(t, regexp.MustCompile(`^[a-z0-9-]{12,92}\.[a-z0-9]{1,5}$`), d.Name)
		require.False(t, seen[d.Name])
		seen[d.Name] = true
	}
	require.True(t, strings.HasPrefix(got[0].Name, "heroes-david-bowie-"))
	require.True(t, strings.HasSuffix(got[0].Name, ".mov"))
}

func TestDownloads_RefuseStoryByStory(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	withSource := func(st *story.Story) { st.Source = &story.Source{Key: "sources/x"} }
	waiting := env.Story(story.InReview, withSource)
	withdrawn := env.Story(story.Published, withSource, func(st *story.Story) { st.Release.WithdrawnAt = env.Now })
	gone := env.Story(story.Published, func(st *story.Story) {
		st.Source = &story.Source{Key: "sources/x", Lapse: story.LapseDone}
	})
	got, err := env.Downloads(t.Context(), slug, []string{"none", waiting.ID, withdrawn.ID, gone.ID})
	require.NoError(t, err)
	for i, code := range []string{"story.unknown", "board.not_published", "selection.release", "download.gone"} {
		require.True(t, fault.Is(got[i].Err, code), got[i].Err)
		require.Nil(t, got[i].Story)
	}
	env.NewCampaign("other")
	got, err = env.Downloads(t.Context(), "other", []string{gone.ID})
	require.NoError(t, err)
	require.True(t, fault.Is(got[0].Err, "story.unknown"), "of another campaign")
	for _, ids := range [][]string{nil, make501()[:board.MaxDownloads+1]} {
		_, err = env.Downloads(t.Context(), slug, ids)
		require.True(t, fault.Is(err, "board.bulk"), err)
	}
}
