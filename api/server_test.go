package api

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
)

func TestCORS_ChangesFromListedOriginsOnly(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	path := "/v1/campaigns/" + e.slug + "/stories"
	preflight := func(origin string) answer {
		return e.want(204, "OPTIONS", path, "", nil, "Origin", origin, "Access-Control-Request-Method", "POST")
	}
	a := preflight("https://brand.example")
	require.Contains(t, a.header.Get("Access-Control-Allow-Headers"), "Idempotency-Key")
	require.Equal(t, "https://brand.example", a.header.Get("Access-Control-Allow-Origin"))
	require.Empty(t, a.header.Get("Access-Control-Allow-Credentials"))
	require.Empty(t, preflight("https://evil.example").header.Get("Access-Control-Allow-Origin"))
}

// TestCORS_PublicReadsFromAllWebsites lists what scripts of every website may
// read, and holds everything else to the listed origins.
func TestCORS_PublicReadsFromAllWebsites(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	require.ElementsMatch(t, []string{
		"/v1/campaigns/:campaign", "/v1/campaigns/:campaign/feed", "/v1/feed/:id", "/v1/feed/:id/captions/:locale",
	}, slices.Collect(maps.Keys(e.api.everywhere)))
	b := e.published()
	evil := []string{"Origin", "https://evil.example"}
	for path, status := range map[string]int{
		"/v1/campaigns/" + e.slug: 200, "/v1/campaigns/" + e.slug + "/feed": 200, "/v1/feed/" + b.Story.ID: 200,
		"/v1/campaigns/none/feed": 404, "/v1/feed/none": 404, "/v1/campaigns/" + e.slug + "/feed?sort=x": 422,
	} {
		for _, method := range []string{"GET", "HEAD"} {
			a := e.ask(t, method, path, evil...)
			require.Equal(t, status, a.status, path)
			require.Equal(t, "*", a.header.Get("Access-Control-Allow-Origin"), path)
			require.Empty(t, a.header.Get("Access-Control-Allow-Credentials"))
		}
	}
	private := append(evil, "Authorization", "Bearer "+e.keys[account.Admin])
	for path, item := range e.api.huma.OpenAPI().Paths {
		if item.Get == nil || item.Get.Metadata[everywhereKey] == true {
			continue
		}
		a := e.ask(t, "HEAD", path, private...)
		require.Empty(t, a.header.Get("Access-Control-Allow-Origin"), path)
	}
	a := e.want(403, "POST", "/v1/campaigns/"+e.slug+"/stories", "", beginBody(5), evil...)
	require.Empty(t, a.header.Get("Access-Control-Allow-Origin"))
}
