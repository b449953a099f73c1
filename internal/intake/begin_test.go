package intake_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"

	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/catalog"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/intake"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/text"
)

func TestBegin_RecordsTheStoryAndItsRelease(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	r := request(5)
	r.Contributor.Country, r.Song.ISRC, r.Address = "DE", "gb-aye-77-00123", "192.0.2.7"
	r.Title, r.File.ContentType = " That\u202e summer ", "Video/MP4; codecs=avc1"
	begun, err := env.Begin(t.Context(), r)
	require.NoError(t, err)
	st, err := env.Authorize(t.Context(), begun.Story.ID, begun.Token)
	require.NoError(t, err)
	require.Equal(t, story.AwaitingUpload, st.State)
	require.Equal(t, "That summer", st.Title)
	require.Equal(t, "GBAYE7700123", st.Song.ISRC)
	require.Equal(t, "video/mp4", st.Upload.ContentType)
	require.Equal(t, campaign.HashText("You may use my video in advertising."), st.Release.TextSHA256)
	require.Equal(t, "192.0.2.7", st.Release.Address)
	lines, err := env.Stories.History(t.Context(), st.ID)
	require.NoError(t, err)
	require.Len(t, lines, 1)
	require.Equal(t, story.EventCreated, lines[0].Event)
	_, err = env.Authorize(t.Context(), st.ID, "another token")
	require.True(t, fault.Is(err, "story.unknown"), err)
}

func TestBegin_Refuses(t *testing.T) {
	t.Parallel()
	env := newEnv(t, func(c *campaign.Campaign) {
		c.Countries = []string{"DE"}
		c.Questions = []campaign.Question{{ID: "why", Label: "Why?", Kind: campaign.ShortText, Required: true}}
	})
	link := func(to string) func(*intake.BeginRequest) {
		return func(r *intake.BeginRequest) { r.Song.Link = to }
	}
	for name, c := range map[string]struct {
		code   string
		change func(*intake.BeginRequest)
	}{
		"no such campaign":    {"campaign.unknown", func(r *intake.BeginRequest) { r.Campaign = "none" }},
		"an empty file":       {"empty_file", func(r *intake.BeginRequest) { r.File.Bytes = 0 }},
		"a large file":        {"too_large", func(r *intake.BeginRequest) { r.File.Bytes = 3 << 30 }},
		"another country":     {"campaign.country", func(r *intake.BeginRequest) { r.Contributor.Country = "FR" }},
		"no name":             {"story.invalid", func(r *intake.BeginRequest) { r.Contributor.Name = " \u200f" }},
		"a long title":        {"story.invalid", func(r *intake.BeginRequest) { r.Title = strings.Repeat("x", 151) }},
		"no e-mail address":   {"story.invalid", func(r *intake.BeginRequest) { r.Contributor.Email = "zoe" }},
		"no ISRC":             {"story.invalid", func(r *intake.BeginRequest) { r.Song.ISRC = "1" }},
		"a script link":       {"story.invalid", func(r *intake.BeginRequest) { r.Song.Link = "javascript:alert(1)" }},
		"a link of a user":    {"story.invalid", link("https://spotify.com@evil.example/")},
		"a link to a port":    {"story.invalid", link("https://spotify.com:8443/")},
		"a cover of numbers":  {"story.invalid", func(r *intake.BeginRequest) { r.Song.Cover = "https://127.1/x.png" }},
		"a link to any host":  {"story.link_host", link("https://phish.example/login")},
		"a look-alike host":   {"story.link_host", link("https://sp\u043etify.com/")},
		"no language":         {"story.invalid", func(r *intake.BeginRequest) { r.Contributor.Locale = "<b>" }},
		"an invisible name":   {"story.invalid", func(r *intake.BeginRequest) { r.Contributor.Name = "\u200b\u200d" }},
		"a name of fillers":   {"story.invalid", func(r *intake.BeginRequest) { r.Contributor.Name = "\u3164\u2800" }},
		"a name of marks":     {"story.invalid", func(r *intake.BeginRequest) { r.Contributor.Name = "\u0301\u20dd" }},
		"an unseen song":      {"story.invalid", func(r *intake.BeginRequest) { r.Song.Title = "\U000e0041\u00ad" }},
		"an unseen artist":    {"story.invalid", func(r *intake.BeginRequest) { r.Song.Artist = "\ufe0f\ue000" }},
		"no content type":     {"story.invalid", func(r *intake.BeginRequest) { r.File.ContentType = "video" }},
		"no checksum":         {"story.invalid", func(r *intake.BeginRequest) { r.File.SHA256 = "abc" }},
		"a question left out": {"answer.required", func(r *intake.BeginRequest) { r.Answers = nil }},
		"a backward cut": {"cut.invalid", func(r *intake.BeginRequest) {
			r.Cut = media.Cut{From: 2 * time.Second, To: time.Second}
		}},
		"a short cut":         {"too_short", func(r *intake.BeginRequest) { r.Cut = media.Cut{To: time.Second} }},
		"a long cut":          {"too_long", func(r *intake.BeginRequest) { r.Cut = media.Cut{To: time.Hour} }},
		"no agreement":        {"release.required", func(r *intake.BeginRequest) { r.Agreement.Agreed = false }},
		"no age":              {"release.age", func(r *intake.BeginRequest) { r.Agreement.OfAge = false }},
		"others not asked":    {"release.others", func(r *intake.BeginRequest) { r.Agreement.OthersAgreed = false }},
		"an outdated form":    {"release.outdated", func(r *intake.BeginRequest) { r.Agreement.Version = 9 }},
		"a short idempotency": {"idempotency.invalid", func(r *intake.BeginRequest) { r.IdempotencyKey = "short" }},
	} {
		t.Run(name, func(t *testing.T) {
			r := request(5)
			r.Contributor.Country, r.Answers = "DE", map[string]string{"why": "because"}
			c.change(&r)
			_, err := env.Begin(t.Context(), r)
			require.True(t, fault.Is(err, c.code), err)
		})
	}
}

func TestBegin_StoresTextsInOneForm(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	r := request(5)
	r.Contributor = story.Contributor{Email: "ZOE@Example.com", Locale: "PT-br"}
	r.Contributor.Name = "Zoe\u0308\nX" + strings.Repeat("\u0330", 99)
	r.Title, r.Text = "One\r\nline\U000e0041", "One\r\n\n\n\ntwo\u202e"
	r.Song.Title, r.File.Name = norm.NFD.String("사랑"), norm.NFD.String("für dich.mov")
	r.IdempotencyKey = "0123456789abcdef"
	begun, err := env.Begin(t.Context(), r)
	require.NoError(t, err)
	st := begun.Story
	require.Equal(t, "Zoë X"+strings.Repeat("\u0330", text.MaxMarks), st.Contributor.Name)
	require.Equal(t, "zoe@example.com", st.Contributor.Email)
	require.Equal(t, "pt-BR", st.Contributor.Locale)
	require.Equal(t, "One line", st.Title)
	require.Equal(t, "One\n\ntwo", st.Text)
	require.Equal(t, "사랑", st.Song.Title)
	require.Equal(t, "für dich.mov", st.Upload.FileName)
	r.Song.Title = "사랑"
	again, err := env.Begin(t.Context(), r)
	require.NoError(t, err)
	require.Equal(t, st.ID, again.Story.ID, "the same request in another normal form")
}

// fakeCatalog has one song, or is down.
type fakeCatalog struct{ err error }

func (c fakeCatalog) Search(context.Context, string, int) ([]catalog.Song, error) {
	if c.err != nil {
		return nil, c.err
	}
	return []catalog.Song{
		{Title: "Other", Artist: "David Bowie", Cover: "https://other.example/c.jpg"},
		{
			Title: "HEROES", Artist: "David Bowie", Link: "https://shop.example/heroes",
			Cover: "https://shop.example/c.jpg",
		},
	}, nil
}

func TestBegin_LinksAndCoversAreTheCatalogsOrAllowed(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	down := fakeCatalog{errors.New("down")}
	for name, c := range map[string]struct {
		catalog                          fakeCatalog
		link, cover, wantLink, wantCover string
		code                             string
	}{
		"the catalog's": {fakeCatalog{}, "https://shop.example/heroes", "https://shop.example/c.jpg",
			"https://shop.example/heroes", "https://shop.example/c.jpg", ""},
		"an allowed host":     {fakeCatalog{}, "https://open.spotify.com/1", "", "https://open.spotify.com/1", "", ""},
		"a typed cover":       {fakeCatalog{}, "", "https://tracker.example/p.gif", "", "", ""},
		"another song's":      {fakeCatalog{}, "", "https://other.example/c.jpg", "", "", ""},
		"another path":        {fakeCatalog{}, "https://shop.example/login", "", "", "", "story.link_host"},
		"the catalog is down": {down, "https://shop.example/heroes", "https://shop.example/c.jpg", "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			service := intake.NewService(env.DB, env.Stories, env.bucket, env.Campaigns, env.quota, env.Clock,
				intake.Options{Songs: c.catalog, LinkHosts: []string{"spotify.com"}}, env.Log)
			r := request(5)
			r.Song.Link, r.Song.Cover = c.link, c.cover
			begun, err := service.Begin(t.Context(), r)
			if c.code != "" {
				require.True(t, fault.Is(err, c.code), err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.wantLink, begun.Story.Song.Link)
			require.Equal(t, c.wantCover, begun.Story.Song.Cover)
		})
	}
}

func TestBegin_ClosedCampaigns(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	_, err := env.Campaigns.Update(t.Context(), "song", func(c *campaign.Campaign) {
		c.OpensAt, c.ClosesAt = env.Now.Add(time.Hour), env.Now.Add(2*time.Hour)
	})
	require.NoError(t, err)
	_, err = env.Begin(t.Context(), request(5))
	require.True(t, fault.Is(err, "campaign.not_open"), err)
	env.Advance(time.Hour)
	_, err = env.Begin(t.Context(), request(5))
	require.NoError(t, err)
	env.Advance(time.Hour)
	_, err = env.Begin(t.Context(), request(5))
	require.True(t, fault.Is(err, "campaign.closed"), err)
}

func TestBegin_IdempotencyKey(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	r := request(5)
	r.IdempotencyKey = "0123456789abcdef"
	first, err := env.Begin(t.Context(), r)
	require.NoError(t, err)
	again, err := env.Begin(t.Context(), r)
	require.NoError(t, err)
	require.Equal(t, first.Story.ID, again.Story.ID)
	require.NotEqual(t, first.Token, again.Token, "no token is stored, so another one is given")
	for _, token := range []string{first.Token, again.Token} {
		_, err := env.Authorize(t.Context(), first.Story.ID, token)
		require.NoError(t, err)
	}
	other := r
	other.Title = "Another"
	_, err = env.Begin(t.Context(), other)
	require.True(t, fault.Is(err, "idempotency.mismatch"), err)

	env.put(first.Upload.Requests[0], 5)
	_, err = env.Complete(t.Context(), first.Story.ID, owner)
	require.NoError(t, err)
	_, err = env.Begin(t.Context(), r)
	require.True(t, fault.Is(err, "idempotency.spent"), err)
	env.Advance(25 * time.Hour)
	require.NoError(t, env.PruneIdempotency(t.Context()))
	fresh, err := env.Begin(t.Context(), r)
	require.NoError(t, err)
	require.NotEqual(t, first.Story.ID, fresh.Story.ID, "keys are remembered for a day")
}
