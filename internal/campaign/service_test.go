package campaign_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/testkit"
)

func TestCreate_FillsInDefaults(t *testing.T) {
	t.Parallel()
	env := testkit.NewEnv(t)
	c := &campaign.Campaign{Slug: "other", Title: "Other", Hashtag: "#ThatSong"}
	require.NoError(t, env.Campaigns.Create(t.Context(), c))
	require.Equal(t, campaign.DefaultLimits(), c.Limits)
	require.Equal(t, "ThatSong", c.Hashtag)
	require.Equal(t, env.Now, c.OpensAt)
	require.True(t, c.HasSlot("ad-1"))
	require.False(t, c.HasSlot("ad-9"))
	for _, name := range []string{"other", c.ID} {
		got, err := env.Campaigns.Get(t.Context(), name)
		require.NoError(t, err)
		require.Equal(t, c, got)
	}
	err := env.Campaigns.Create(t.Context(), &campaign.Campaign{Slug: "other", Title: "Again"})
	require.True(t, fault.Is(err, "campaign.exists"), err)
}

func TestUpdate_Refuses(t *testing.T) {
	t.Parallel()
	env := testkit.NewEnv(t)
	for name, change := range map[string]func(*campaign.Campaign){
		"no title":            func(c *campaign.Campaign) { c.Title = "" },
		"a spaced hashtag":    func(c *campaign.Campaign) { c.Hashtag = "that song" },
		"a long hashtag":      func(c *campaign.Campaign) { c.Hashtag = strings.Repeat("é", 81) },
		"a long prompt":       func(c *campaign.Campaign) { c.Prompt = strings.Repeat("x", 2001) },
		"a long policy":       func(c *campaign.Campaign) { c.Policy = strings.Repeat("x", 20_001) },
		"an early end":        func(c *campaign.Campaign) { c.ClosesAt = c.OpensAt },
		"tiny files":          func(c *campaign.Campaign) { c.Limits.MaxBytes = 1 },
		"max before min":      func(c *campaign.Campaign) { c.Limits.MaxDuration = time.Second },
		"hours of video":      func(c *campaign.Campaign) { c.Limits.MaxDuration = time.Hour },
		"an impossible age":   func(c *campaign.Campaign) { c.Limits.MinAge = 100 },
		"a slot twice":        func(c *campaign.Campaign) { c.AdSlots = []string{"ad-1", "ad-1"} },
		"a country's name":    func(c *campaign.Campaign) { c.Countries = []string{"Germany"} },
		"an origin with path": func(c *campaign.Campaign) { c.Origins = []string{"https://brand.example/page"} },
		"a script origin":     func(c *campaign.Campaign) { c.Origins = []string{"javascript:alert(1)"} },
	} {
		t.Run(name, func(t *testing.T) {
			_, err := env.Campaigns.Update(t.Context(), "song", change)
			require.True(t, fault.Is(err, "campaign.invalid"), err)
		})
	}
	kept, err := env.Campaigns.Get(t.Context(), "song")
	require.NoError(t, err)
	require.Equal(t, env.Campaign, kept, "a refused change changes nothing")
}

func TestReleaseForms_AreVersionedByLocale(t *testing.T) {
	t.Parallel()
	env := testkit.NewEnv(t)
	add := func(locale, text string) *campaign.ReleaseForm {
		t.Helper()
		f, err := env.Campaigns.AddReleaseForm(t.Context(), "song", campaign.ReleaseForm{Locale: locale, Text: text})
		require.NoError(t, err)
		return f
	}
	german := add("de", "Sie dürfen mein Video in der Werbung zeigen.")
	second := add("en", " You may use my video for two years. ")
	require.Equal(t, 3, second.Version)
	require.Equal(t, campaign.HashText("You may use my video for two years."), second.SHA256)
	current, err := env.Campaigns.CurrentForms(t.Context(), env.Campaign.ID)
	require.NoError(t, err)
	require.Equal(t, []*campaign.ReleaseForm{second, german}, current, "the newest of each locale")
	all, err := env.Campaigns.ReleaseForms(t.Context(), "song")
	require.NoError(t, err)
	require.Len(t, all, 3, "earlier ones stay readable")
	for name, f := range map[string]campaign.ReleaseForm{
		"a short text": {Text: "yes"}, "no language": {Text: second.Text, Locale: "1"},
		"a long title": {Text: second.Text, Title: strings.Repeat("x", 201)},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := env.Campaigns.AddReleaseForm(t.Context(), "song", f)
			require.True(t, fault.Is(err, "release.invalid"), err)
		})
	}
}
