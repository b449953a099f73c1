package api

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
)

func TestTheme_IsReadAsItIsSet(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	admin, path := e.keys[account.Admin], "/v1/campaigns/"+e.slug
	var c campaignView
	e.want(200, "GET", path+"/settings", admin, nil).into(t, &c)
	require.Nil(t, c.Theme)
	story := e.published().Story.ID
	theme := map[string]any{
		"logo": "https://cdn.brand.example/logo.svg", "logo_alt": "The brand",
		"cover":  "https://cdn.brand.example/c.jpg",
		"accent": "#0A1A4A", "accent_dark": "#88BBFF", "font": "rounded", "example": story, "thanks": "Thank you!",
	}
	e.want(200, "PUT", path, admin, map[string]any{
		"theme": theme, "locales": map[string]any{"de": map[string]any{"thanks": "Danke!"}},
	})
	theme["accent"], theme["accent_dark"] = "#0a1a4a", "#88bbff"
	read := func(address, key string) (got map[string]any) {
		e.want(200, "GET", address, key, nil).into(t, &got)
		return got
	}
	settings := read(path+"/settings", admin)
	require.Equal(t, theme, settings["theme"])
	e.want(200, "PUT", path, admin, map[string]any{"theme": settings["theme"], "title": "Again"})
	public := read(path, "")
	require.Equal(t, theme, public["theme"], "absent fields stay, and what was read can be written")
	require.Equal(t, map[string]any{"de": map[string]any{"thanks": "Danke!"}}, public["locales"])

	e.want(201, "POST", path+"/copies", admin, map[string]any{"slug": "copied"})
	copied := read("/v1/campaigns/copied/settings", admin)["theme"].(map[string]any)
	require.Equal(t, "#0a1a4a", copied["accent"])
	require.NotContains(t, copied, "example", "its stories stay behind")

	e.want(200, "PUT", path, admin, map[string]any{"theme": map[string]any{}})
	require.NotContains(t, read(path, ""), "theme")
}

func TestTheme_RefusalsNameTheField(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	admin, path := e.keys[account.Admin], "/v1/campaigns/"+e.slug
	refused := func(theme map[string]any) Problem {
		var p Problem
		e.want(422, "PUT", path, admin, map[string]any{"theme": theme}).into(t, &p)
		return p
	}
	p := refused(map[string]any{"accent": "#fff6a8"})
	require.Equal(t, "campaign.contrast", p.Code)
	require.Contains(t, p.Detail, "1.02 to 1")
	require.Equal(t, map[string]any{"field": "theme.accent", "ratio": "1.02", "needed": 3.0}, p.Facts)
	p = refused(map[string]any{"cover": "http://cdn.brand.example/c.jpg"})
	require.Equal(t, "campaign.invalid", p.Code)
	require.Equal(t, "theme.cover", p.Facts["field"])
	require.Equal(t, "invalid", refused(map[string]any{"accent": "red"}).Code)
}

func TestTheme_ShowsOnlyAnExampleThatIsPublishedInTheCampaign(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	admin, path := e.keys[account.Admin], "/v1/campaigns/"+e.slug
	set := func(status int, address, id string) answer {
		return e.want(status, "PUT", address, admin, map[string]any{"theme": map[string]any{"example": id}})
	}
	waiting := e.inReview()
	require.Equal(t, "campaign.invalid", set(422, path, waiting.Story.ID).code(t), "not published")
	shown := e.published()
	e.want(201, "POST", path+"/copies", admin, map[string]any{"slug": "other"})
	require.Equal(t, "campaign.invalid", set(422, "/v1/campaigns/other", shown.Story.ID).code(t), "of another campaign")
	require.Equal(t, "campaign.invalid", e.want(422, "POST", "/v1/campaigns", admin, map[string]any{
		"slug": "new", "title": "New", "theme": map[string]any{"example": shown.Story.ID},
	}).code(t))
	set(200, path, shown.Story.ID)
	e.decide(e.keys[account.Moderator], shown.Story.ID, map[string]any{"action": "hide", "reason": "other"})
	var raw json.RawMessage
	e.want(200, "GET", path, "", nil).into(t, &raw)
	require.NotContains(t, string(raw), shown.Story.ID, "a hidden story is shown to nobody")
	set(200, path, shown.Story.ID)
}
