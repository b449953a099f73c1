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
	"github.com/storyreel/storyreel/internal/review"
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
	require.Greater(t, kept.Version, st.Version, "who reviews the story must see the captions")
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

func TestSet_CaptionsOfOthersWaitForAModerator(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	mod := testkit.Actor(account.Moderator, "Mia")
	st := env.Story(story.Published)
	pending := func() []caption.Track {
		t.Helper()
		tracks, err := env.Pending(t.Context())
		require.NoError(t, err)
		return tracks
	}
	set := func(label string, by account.Actor) *caption.Track {
		t.Helper()
		track, err := env.Set(t.Context(), st.ID, "en", label, srt, by)
		require.NoError(t, err)
		return track
	}
	require.False(t, set("", mod).Pending, "a moderator has seen what a moderator wrote")
	require.False(t, set("", ben).Pending, "the same again changes nothing")
	changed := set("Visit evil.example", ben)
	require.True(t, changed.Pending, "the label is public, too")
	require.Len(t, pending(), 1)
	require.True(t, fault.Is(env.Approve(t.Context(), st.ID, "en", "other"), "caption.stale"))
	require.True(t, fault.Is(env.Approve(t.Context(), st.ID, "de", changed.Version), "caption.unknown"))
	require.Len(t, pending(), 1)
	require.NoError(t, env.Approve(t.Context(), st.ID, "EN", changed.Version))
	require.Empty(t, pending())
	require.True(t, set("Another", ben).Pending)
	require.True(t, set("Another", ben).Pending, "the same again is not approved by that")
	require.False(t, set("Another", mod).Pending)
}

func TestSet_InReviewIsDecidedOnWithTheStory(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	mod := testkit.Actor(account.Moderator, "Mia")
	reviews := review.NewService(env.DB, env.Stories, env.Campaigns, env.Clock)
	st := env.Story(story.InReview)
	_, err := env.Set(t.Context(), st.ID, "en", "", srt, ben)
	require.NoError(t, err)
	approve := review.Decision{Action: review.Approve, Version: st.Version}
	_, err = reviews.Decide(t.Context(), st.ID, approve, mod)
	require.True(t, fault.Is(err, "story.stale"), "the moderator has not seen the captions: %v", err)
	tracks, err := env.Pending(t.Context())
	require.NoError(t, err)
	require.Empty(t, tracks, "they wait with their story")
	now, err := env.Stories.Get(t.Context(), st.ID)
	require.NoError(t, err)
	approve.Version = now.Version
	_, err = reviews.Decide(t.Context(), st.ID, approve, mod)
	require.NoError(t, err)
	list, err := env.List(t.Context(), st.ID)
	require.NoError(t, err)
	require.False(t, list[st.ID][0].Pending)
}
