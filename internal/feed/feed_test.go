package feed_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/caption"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/feed"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
)

type env struct {
	*testkit.Env
	*feed.Service
}

func newEnv(t *testing.T) *env {
	e := testkit.NewEnv(t)
	return &env{e, feed.NewService(e.DB, e.Campaigns)}
}

func TestGet_ShowsPublishedStoriesOnly(t *testing.T) {
	t.Parallel()
	for _, state := range story.States() {
		t.Run(string(state), func(t *testing.T) {
			env := newEnv(t)
			st := env.Story(state)
			it, err := env.Get(t.Context(), st.ID)
			list, listErr := env.List(t.Context(), "song", feed.Filter{}, nil, 10)
			require.NoError(t, listErr)
			if state != story.Published {
				require.Equal(t, fault.NotFound, fault.KindOf(err))
				require.Empty(t, list.Items)
				return
			}
			require.NoError(t, err)
			require.Equal(t, list.Items, []feed.Item{*it})
			require.Equal(t, "song", it.Campaign)
			require.Equal(t, "Zoë", it.Name)
			require.Equal(t, st.PublishedAt, it.PublishedAt)
		})
	}
}

func TestGet_HiddenStoryIsLikeNone(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	_, hidden := env.Get(t.Context(), env.Story(story.Hidden).ID)
	_, none := env.Get(t.Context(), "none")
	require.Equal(t, none.Error(), hidden.Error())
}

func TestList_PagesNewestFirstAndFilters(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	var want []string
	for i := range 5 {
		st := env.Story(story.Published, func(s *story.Story) {
			if i == 0 {
				s.Contributor.Country, s.Song = "FR", story.Song{Title: " La   MER", Artist: "Charles Trenet"}
			}
		})
		want = append([]string{st.ID}, want...)
	}
	var got []string
	var after *feed.Cursor
	for {
		p, err := env.List(t.Context(), "song", feed.Filter{}, after, 2)
		require.NoError(t, err)
		for _, it := range p.Items {
			got = append(got, it.ID)
		}
		if after = p.Next; after == nil {
			break
		}
	}
	require.Equal(t, want, got)
	for name, f := range map[string]feed.Filter{
		"song": {Song: "la mer "}, "artist": {Artist: "CHARLES trenet"}, "country": {Country: "FR"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := env.List(t.Context(), "song", f, nil, 10)
			require.NoError(t, err)
			require.Len(t, p.Items, 1)
			require.Equal(t, want[4], p.Items[0].ID)
		})
	}
	p, err := env.List(t.Context(), "song", feed.Filter{}, nil, 0)
	require.NoError(t, err)
	require.Len(t, p.Items, 1, "a page has at least one story")
	_, err = env.List(t.Context(), "none", feed.Filter{}, nil, 2)
	require.True(t, fault.Is(err, "campaign.unknown"), err)
}

func TestCaption_IsPublicExactlyWhileItsStoryIs(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	st := env.Story(story.Published)
	vtt := caption.VTT([]caption.Cue{{To: time.Second, Text: "We danced"}})
	captions := caption.NewService(env.DB, env.Stories, env.Clock)
	_, err := captions.Set(t.Context(), st.ID, "en", "", vtt, testkit.Actor(account.Creative, "Ana"))
	require.NoError(t, err)
	_, err = env.Caption(t.Context(), st.ID, "en")
	require.True(t, fault.Is(err, "caption.unknown"), "pending: %v", err)
	it, err := env.Get(t.Context(), st.ID)
	require.NoError(t, err)
	require.Empty(t, it.Captions)
	_, err = captions.Set(t.Context(), st.ID, "en", "", vtt, testkit.Actor(account.Moderator, "Mia"))
	require.NoError(t, err)
	track, err := env.Caption(t.Context(), st.ID, "en")
	require.NoError(t, err)
	require.Equal(t, vtt, track.VTT)
	it, err = env.Get(t.Context(), st.ID)
	require.NoError(t, err)
	require.Len(t, it.Captions, 1)
	require.Empty(t, it.Captions[0].VTT, "texts are read one by one")
	_, err = env.Caption(t.Context(), st.ID, "de")
	require.True(t, fault.Is(err, "caption.unknown"), err)
	env.Move(st, story.Hidden)
	_, err = env.Caption(t.Context(), st.ID, "en")
	require.True(t, fault.Is(err, "story.unknown"), err)
}
