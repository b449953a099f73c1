package caption_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/caption"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
)

const srt = "1\n00:00:01,000 --> 00:00:02,000\nWe <i>danced</i>\n"

var ben = testkit.Actor(account.Creative, "Ben")

type env struct {
	*testkit.Env
	*caption.Service
}

func newEnv(t *testing.T) *env {
	e := testkit.NewEnv(t)
	return &env{e, caption.NewService(e.DB, e.Stories, e.Clock)}
}

func TestSet_StoresPlainWebVTTAndReplaces(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	st := env.Story(story.InReview)
	first, err := env.Set(t.Context(), st.ID, "en", " English ", srt, ben)
	require.NoError(t, err)
	require.Equal(t, "English", first.Label)
	second, err := env.Set(t.Context(), st.ID, "en", "", strings.Replace(srt, "danced", "sang", 1), ben)
	require.NoError(t, err)
	require.NotEqual(t, first.Version, second.Version, "addresses with a version may be cached")
	got, err := env.Get(t.Context(), st.ID, "en")
	require.NoError(t, err)
	require.Equal(t, "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nWe sang\n", got.VTT)
	list, err := env.List(t.Context(), st.ID)
	require.NoError(t, err)
	require.Len(t, list[st.ID], 1)
	kept, err := env.Stories.Get(t.Context(), st.ID)
	require.NoError(t, err)
	require.Equal(t, st.Version, kept.Version, "captions are no change of the story")
	_, err = env.Set(t.Context(), st.ID, "EN", "\u200b", srt, ben)
	require.NoError(t, err)
	list, err = env.List(t.Context(), st.ID)
	require.NoError(t, err)
	require.Len(t, list[st.ID], 1, "EN is en")
	require.Empty(t, list[st.ID][0].Label)
	require.NoError(t, env.Delete(t.Context(), st.ID, "En"))
	require.NoError(t, env.Delete(t.Context(), st.ID, "en"), "twice is once")
	_, err = env.Get(t.Context(), st.ID, "en")
	require.True(t, fault.Is(err, "caption.unknown"), err)
}

func TestSet_Refuses(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	public, gone := env.Story(story.Published).ID, env.Story(story.Withdrawn).ID
	for name, c := range map[string]struct{ story, locale, label, file, code string }{
		"a withdrawn story":  {gone, "en", "", srt, "story.state"},
		"an unknown story":   {"none", "en", "", srt, "story.unknown"},
		"no language":        {public, "", "", srt, "caption.invalid"},
		"a made-up language": {public, "not a language", "", srt, "caption.invalid"},
		"a long label":       {public, "en", strings.Repeat("x", 61), srt, "caption.invalid"},
		"another file":       {public, "en", "", "Dear team,", "caption.invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := env.Set(t.Context(), c.story, c.locale, c.label, c.file, ben)
			require.True(t, fault.Is(err, c.code), err)
		})
	}
}

func TestSet_BoundsTheLanguages(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	st := env.Story(story.Published)
	for i := range 20 {
		track := &caption.Track{Story: st.ID, Locale: fmt.Sprintf("en-x-%d", i), VTT: srt, At: time.Now()}
		require.NoError(t, env.DB.PutCaption(t.Context(), track))
	}
	_, err := env.Set(t.Context(), st.ID, "de", "", srt, ben)
	require.True(t, fault.Is(err, "caption.many"), err)
	_, err = env.Set(t.Context(), st.ID, "en-x-3", "", srt, ben)
	require.NoError(t, err, "a language that is there can be replaced")
}
