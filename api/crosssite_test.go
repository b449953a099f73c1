package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/campaign"
)

func TestBegin_FromTheCampaignsPagesOnly(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	other := map[string]any{"slug": "other", "title": "Other", "origins": []string{"https://other.example"}}
	e.want(201, "POST", "/v1/campaigns", e.keys[account.Admin], other)
	path := "/v1/campaigns/" + e.slug + "/stories"
	const site, cookie = "Sec-Fetch-Site", sessionCookie + "=x"
	own := strings.TrimPrefix(e.url, "http://")
	for name, c := range map[string]struct {
		allowed bool
		headers []string
	}{
		"a program":                   {true, nil},
		"the service's own page":      {true, []string{"Origin", "http://stories.test", site, "same-origin"}},
		"a page of the host called":   {true, []string{"Origin", "http://" + own}},
		"a brand's page":              {true, []string{"Origin", "https://brand.example", site, "cross-site"}},
		"another site's page":         {false, []string{"Origin", "https://evil.example", site, "cross-site"}},
		"without Sec-Fetch-Site":      {false, []string{"Origin", "https://evil.example"}},
		"another campaign's page":     {false, []string{"Origin", "https://other.example"}},
		"a page without an origin":    {false, []string{"Origin", "null"}},
		"the brand's other scheme":    {false, []string{"Origin", "http://brand.example"}},
		"the brand's other port":      {false, []string{"Origin", "https://brand.example:8443"}},
		"a host that begins alike":    {false, []string{"Origin", "https://brand.example.evil.example"}},
		"an origin left out":          {false, []string{site, "cross-site"}},
		"a neighbour, no origin":      {false, []string{site, "same-site"}},
		"an address bar, no origin":   {true, []string{site, "none"}},
		"with somebody's session":     {false, []string{"Origin", "https://evil.example", "Cookie", cookie}},
		"with a key, from a web page": {false, []string{"Origin", "https://evil.example", "Authorization", "Bearer x"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := e.do("POST", path, "", beginBody(5), c.headers...)
			if c.allowed {
				require.Equal(t, 201, a.status, string(a.body))
				return
			}
			require.Equal(t, 403, a.status, string(a.body))
			require.Equal(t, "campaign.origin", a.code(t))
		})
	}
}

func TestBegin_NoTypeNeedsAPreflight(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	for _, path := range []string{"/v1/campaigns/" + e.slug + "/stories", "/v1/sessions"} {
		for _, kind := range []string{"", "text/plain", "text/plain;application/json", "multipart/form-data"} {
			require.Equal(t, "media_type",
				e.want(415, "POST", path, "", beginBody(5), "Content-Type", kind).code(t), "%s as %q", path, kind)
		}
	}
}

// TestSignIn_FromOwnPagesOnly: a page of another site must not spend a link,
// nor sign its visitor in as somebody else.
func TestSignIn_FromOwnPagesOnly(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	signIn := map[string]any{"email": "moderator@example.com", "password": "correct horse battery"}
	for _, headers := range [][]string{
		{"Origin", "https://evil.example"}, {"Origin", "https://brand.example"}, {"Sec-Fetch-Site", "cross-site"},
		{"Origin", "null"},
	} {
		a := e.want(403, "POST", "/v1/sessions", "", signIn, headers...)
		require.Equal(t, "auth.cross_site", a.code(t))
		require.Empty(t, a.header.Get("Set-Cookie"))
	}
	e.want(201, "POST", "/v1/sessions", "", signIn, "Origin", "http://stories.test")
}

// TestChanges_WithoutCredentialsAreChecked holds every route that anybody may
// call and that changes something.
func TestChanges_WithoutCredentialsAreChecked(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	checked := 0
	for route, who := range policy {
		method, path, _ := strings.Cut(route, " ")
		if len(who) > 0 || method == http.MethodGet {
			continue
		}
		checked++
		path = strings.ReplaceAll(path, ":campaign", e.slug)
		a := e.do(method, path, "", map[string]any{}, "Origin", "https://evil.example")
		require.Equal(t, 403, a.status, route)
	}
	require.Positive(t, checked)
}

func TestOrigins_AreExactlyWhatBrowsersSend(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	for origin, status := range map[string]int{
		"https://www.example.com": 200, "http://localhost:5173": 200, "https://[2001:db8::1]:8443": 200,
		"https://xn--bcher-kva.example": 200, "https://*.x.example": 422, "https://*": 422, "*": 422,
		"https://x.example/": 422, "https://x.example/path": 422, "https://x.example?q": 422,
		"https://x.example#f": 422, "https://user@x.example": 422, "https://X.example": 422,
		"https://x.example:443": 422, "ftp://x.example": 422, "null": 422, "https://": 422,
		"https://x.example https://y.example": 422, "https://x.example\n": 422, "https://x..example": 422,
	} {
		a := e.do("PUT", "/v1/campaigns/"+e.slug, e.keys[account.Admin], map[string]any{"origins": []string{origin}})
		require.Equal(t, status, a.status, "%q: %s", origin, a.body)
		require.Equal(t, status == 200, campaign.ValidOrigin(origin), origin)
	}
}
