package api

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
)

func TestCampaigns_AreCreatedChangedAndGetReleaseForms(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	admin := e.keys[account.Admin]
	body := map[string]any{
		"slug": "summer", "title": "Summer",
		"limits": map[string]any{"max_bytes": 0, "min_duration_ms": 1000, "max_duration_ms": 60000, "min_age": 16},
	}
	var c campaignView
	e.want(201, "POST", "/v1/campaigns", admin, body).into(t, &c)
	require.EqualValues(t, 2<<30, c.Limits.MaxBytes)
	require.EqualValues(t, 60000, c.Limits.MaxDurationMS)
	require.False(t, c.Open, "without a release form it takes no stories")
	require.Equal(t, []string{"release_form", "policy", "privacy", "imprint", "origins"}, c.Missing)
	require.Equal(t, "campaign.exists", e.want(409, "POST", "/v1/campaigns", admin, body).code(t))
	e.want(200, "PUT", "/v1/campaigns/summer", admin, map[string]any{"title": "Late summer"}).into(t, &c)
	require.Equal(t, "Late summer", c.Title)
	require.EqualValues(t, 16, c.Limits.MinAge, "absent fields stay")
	var f formView
	for want := 1; want <= 2; want++ {
		e.want(201, "POST", "/v1/campaigns/summer/release-forms", admin,
			map[string]any{"text": "You may use my video, all of it."}).into(t, &f)
		require.Equal(t, want, f.Version)
	}
	e.want(200, "PUT", "/v1/campaigns/summer", admin, map[string]any{"policy": "Songs only."}).into(t, &c)
	require.True(t, c.Open)
	require.Equal(t, []string{"privacy", "imprint", "origins"}, c.Missing)
	for _, address := range []string{"javascript:alert(1)", "/privacy", "ftp://x.example/", "https://u:p@x.example/"} {
		require.Equal(t, "campaign.invalid", e.want(422, "PUT", "/v1/campaigns/summer", admin,
			map[string]any{"privacy_url": address}).code(t), address)
	}
	e.want(200, "PUT", "/v1/campaigns/summer", admin, map[string]any{
		"privacy_url": " https://www.example.com/privacy ", "imprint_url": "http://www.example.com/imprint",
	}).into(t, &c)
	require.Equal(t, []string{"origins"}, c.Missing)
	e.want(200, "PUT", "/v1/campaigns/summer", admin, map[string]any{
		"locales": map[string]any{"de": map[string]any{"title": "Spätsommer"}},
	})
	e.want(200, "PUT", "/v1/campaigns/summer", admin, map[string]any{"title": "Later summer"}).into(t, &c)
	require.Equal(t, "Spätsommer", c.Locales["de"].Title, "absent fields stay")
	var public map[string]any
	e.want(200, "GET", "/v1/campaigns/summer", "", nil).into(t, &public)
	require.NotContains(t, public, "missing")
	require.NotContains(t, public, "policy")
	require.Equal(t, "https://www.example.com/privacy", public["privacy_url"])
	require.Equal(t, "http://www.example.com/imprint", public["imprint_url"])
}

func TestCampaigns_AreNotOverwrittenPausedArchivedAndDuplicated(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	admin, path := e.keys[account.Admin], "/v1/campaigns/"+e.slug
	var c campaignView
	read := e.want(200, "GET", path+"/settings", admin, nil)
	read.into(t, &c)
	tag := read.header.Get("ETag")
	require.NotEmpty(t, c.Origins, "all that a change replaces is there")
	changed := e.want(200, "PUT", path, admin, map[string]any{"title": "One"}, "If-Match", tag)
	require.NotEqual(t, tag, changed.header.Get("ETag"))
	for _, stale := range []string{tag, "W/" + tag, "x", `"99"`} {
		a := e.want(409, "PUT", path, admin, map[string]any{"title": "Two"}, "If-Match", stale)
		require.Equal(t, "campaign.changed", a.code(t), stale)
	}
	e.want(200, "PUT", path, admin, map[string]any{"prompt": "Which?"}, "If-Match", changed.header.Get("ETag"))
	b := e.published()
	begin := func(status int) answer { return e.want(status, "POST", path+"/stories", "", beginBody(5)) }
	listed := func(query string) (slugs []string) {
		var list struct{ Items []campaignView }
		e.want(200, "GET", "/v1/campaigns"+query, admin, nil).into(t, &list)
		for _, c := range list.Items {
			slugs = append(slugs, c.Slug)
		}
		return slugs
	}
	for standing, code := range map[string]string{"paused": "campaign.paused", "archived": "campaign.archived"} {
		e.want(200, "PUT", path, admin, map[string]any{"standing": standing}).into(t, &c)
		require.False(t, c.Open)
		require.Equal(t, code, begin(403).code(t))
		e.want(200, "GET", "/v1/feed/"+b.Story.ID, "", nil)
		require.Equal(t, standing == "paused", slices.Contains(listed(""), e.slug))
		require.Contains(t, listed("?archived=true"), e.slug)
	}
	e.want(201, "POST", path+"/copies", admin, map[string]any{"slug": "again"}).into(t, &c)
	require.Equal(t, []string{"again", "One", "live"}, []string{c.Slug, c.Title, c.Standing})
	require.True(t, c.Open, "it has the release form, too")
	require.Equal(t, "campaign.exists", e.want(409, "POST", path+"/copies", admin,
		map[string]any{"slug": "again"}).code(t))
	e.want(200, "PUT", path, admin, map[string]any{"standing": "live"})
	begin(201)
}
