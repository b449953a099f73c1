package site

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/api/docsite"
	"github.com/storyreel/storyreel/api/front"
	"github.com/storyreel/storyreel/docs"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/feed"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
)

// oneStory is a feed and a campaign with one story, whose texts try to
// become markup.
type oneStory struct{}

func (oneStory) Get(_ context.Context, id string) (*feed.Item, error) {
	if id != "rude" {
		return nil, fault.New(fault.NotFound, "story.unknown", "there is no such story")
	}
	return &feed.Item{
		ID: "rude", Campaign: "songs", Name: "Zoë", Title: `"><script>alert(1)</script>`,
		Song: story.Song{Title: "Heroes", Artist: "David Bowie"},
		Assets: media.Assets{
			Prefix: "public/rude/2/", Poster: "poster.jpg", MP4: "story.mp4", Width: 1080, Height: 1920,
		},
	}, nil
}

type oneCampaign struct{}

func (oneCampaign) Get(_ context.Context, slug string) (*campaign.Campaign, error) {
	if slug != "songs" {
		return nil, fault.New(fault.NotFound, "campaign.unknown", "there is no such campaign")
	}
	return &campaign.Campaign{
		Slug:    "songs",
		Title:   `Tell us <b>all</b>`,
		Hashtag: "ThatSongWhen",
		Prompt:  `"></script><script>alert(1)</script>`,
		Theme: campaign.Theme{
			Logo: "https://cdn.brand.example/logo.svg?a=1&b=2", LogoAlt: `"><script>alert(1)</script>`,
			Cover: "https://images.example/cover.jpg", Accent: "#1d6fd0", Font: "serif",
		},
		Revision: 7,
	}, nil
}

// ofStory is the campaign of the only story that there is.
func (oneCampaign) ofStory(ctx context.Context, id string) (*campaign.Campaign, error) {
	if id != "rude" {
		return nil, fault.New(fault.NotFound, "story.unknown", "there is no such story")
	}
	return oneCampaign{}.Get(ctx, "songs")
}

var built = fstest.MapFS{
	"index.html":    {Data: []byte("<html><head></head>home</html>")},
	"docs.html":     {Data: []byte("<html><head><title>Documentation</title></head><body>docs</body></html>")},
	"story.html":    {Data: []byte("<html><head></head>" + strings.Repeat("story ", 400) + "</html>")},
	"status.html":   {Data: []byte("<html><head></head>status</html>")},
	"campaign.html": {Data: []byte("<html><head></head><body></body></html>")},
	"manifest.json": {Data: []byte(`{"../src/text/de.ts": {"file": "assets/de-1.js"},
		"../src/text/de.rest.ts": {"file": "assets/rest-1.js"}, "../src/text/en.ts": {"file": "assets/en-1.js"}}`)},
	"favicon.ico":          {Data: []byte("icon")},
	"robots.txt":           {Data: []byte("User-agent: *")},
	"manifest.webmanifest": {Data: []byte("{}")},
	"embed.js":             {Data: []byte("export {}")},
	"assets/app-1.js":      {Data: []byte("export {}")},

	"assets/large-1.js": {Data: []byte(strings.Repeat("export {};", 300))},
}

func noReference() docsite.Reference { return nil }

// answer is what came back; err is what Serve returned.
type answer struct {
	status int
	header http.Header
	body   string
	err    error
}

// serve routes a GET request as the API does.
func serve(t *testing.T, files fstest.MapFS, address string, headers ...string) answer {
	t.Helper()
	s := New(Options{
		Files: files, Docs: docs.Files(), Reference: noReference, Feed: oneStory{}, Campaigns: oneCampaign{},
		CampaignOf: oneCampaign{}.ofStory,
		MediaURL:   func(key string) string { return "https://media.example/" + key },
		PublicURL:  "https://stories.example", UploadOrigin: "https://s3.example", MediaOrigin: "https://media.example",
		Status: func(error) int { return http.StatusNotFound },
		CampaignView: func(_ context.Context, c *campaign.Campaign) (any, error) {
			return map[string]string{"slug": c.Slug, "prompt": c.Prompt}, nil
		},
	})
	var failed error
	mux := http.NewServeMux()
	for _, route := range s.Routes() {
		pattern := route.Path
		if pattern == "/" {
			pattern = "/{$}"
		}
		method := map[bool]string{false: "GET ", true: "POST "}[route.Post]
		mux.HandleFunc(method+pattern, func(w http.ResponseWriter, r *http.Request) {
			front.Compress(r.Context())
			failed = route.Serve(w, r)
		})
	}
	h, err := front.New(mux, front.Options{})
	require.NoError(t, err)
	r := httptest.NewRequest(http.MethodGet, address, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return answer{w.Code, w.Header(), w.Body.String(), failed}
}

func TestPages_AreServedUnderTheContentPolicy(t *testing.T) {
	t.Parallel()
	for address, content := range map[string]string{"/": "home", "/docs": "docs", "/docs/errors": "docs"} {
		t.Run(address, func(t *testing.T) {
			t.Parallel()
			a := serve(t, built, address)
			require.NoError(t, a.err)
			require.Equal(t, http.StatusOK, a.status)
			require.Contains(t, a.body, content)
			policy := a.header.Get("Content-Security-Policy")
			require.Contains(t, policy, "script-src 'self';")
			require.Contains(t, policy, "connect-src 'self' https://media.example https://s3.example;")
			require.Contains(t, policy, "frame-ancestors 'none'")
		})
	}
}

func TestAssets_MayBeKeptAndLoadedByOtherSites(t *testing.T) {
	t.Parallel()
	a := serve(t, built, "/assets/app-1.js")
	require.NoError(t, a.err)
	require.Contains(t, a.header.Get("Cache-Control"), "immutable")
	require.Equal(t, "*", a.header.Get("Access-Control-Allow-Origin"))
	a = serve(t, built, "/embed.js")
	require.NoError(t, a.err)
	require.NotContains(t, a.header.Get("Cache-Control"), "immutable", "its name never changes")
	require.Equal(t, "*", a.header.Get("Access-Control-Allow-Origin"))
}

func TestFiles_AreCompressedAndNotSentAgain(t *testing.T) {
	t.Parallel()
	for address, plain := range map[string]int{
		"/assets/large-1.js": http.StatusOK,          // every encoding of a file has a tag of its own
		"/v/rude":            http.StatusNotModified, // a weak tag names the content in all of them
	} {
		for _, encoding := range []string{"gzip", "br"} {
			a := serve(t, built, address, "Accept-Encoding", encoding)
			require.NoError(t, a.err)
			require.Equal(t, encoding, a.header.Get("Content-Encoding"))
			require.Equal(t, []string{"Accept-Encoding"}, a.header.Values("Vary"))
			tag := a.header.Get("ETag")
			a = serve(t, built, address, "Accept-Encoding", encoding, "If-None-Match", tag)
			require.NoError(t, a.err)
			require.Equal(t, http.StatusNotModified, a.status)
			require.Empty(t, a.body)
			a = serve(t, built, address, "If-None-Match", tag)
			require.NoError(t, a.err)
			require.Equal(t, plain, a.status)
		}
	}
}

func TestFiles_AbsentOnesAreFaults(t *testing.T) {
	t.Parallel()
	a := serve(t, built, "/assets/none.js")
	require.True(t, fault.Is(a.err, "not_found"), a.err)
	a = serve(t, fstest.MapFS{}, "/")
	require.True(t, fault.Is(a.err, "pages.not_built"), a.err)
}

func TestShare_TagsAPublicStoryAndEscapesItsTexts(t *testing.T) {
	t.Parallel()
	a := serve(t, built, "/v/rude")
	require.NoError(t, a.err)
	require.Equal(t, http.StatusOK, a.status)
	require.NotContains(t, a.body, "<script>alert")
	require.Contains(t, a.body, `content="https://media.example/public/rude/2/poster.jpg"`)
	require.Contains(t, a.body, "Heroes, David Bowie #ThatSongWhen")
	require.Contains(t, a.header.Get("Content-Security-Policy"), "frame-ancestors 'none'")
	a = serve(t, built, "/v/rude/player")
	require.NoError(t, a.err)
	require.Contains(t, a.header.Get("Content-Security-Policy"), "frame-ancestors *")
	a = serve(t, built, "/v/gone")
	require.NoError(t, a.err)
	require.Equal(t, http.StatusNotFound, a.status)
	require.Contains(t, a.body, "story story")
	require.NotContains(t, a.body, "og:title")
}

func TestCampaignPage_CanBeReadBeforeItsScriptsRun(t *testing.T) {
	t.Parallel()
	a := serve(t, built, "/c/songs", "Accept-Language", "fr;q=0.5, de-AT")
	require.NoError(t, a.err)
	require.Equal(t, http.StatusOK, a.status)
	require.Contains(t, a.body, "<bdi>Tell us &lt;b&gt;all&lt;/b&gt;</bdi>")
	require.Contains(t, a.body, `<meta property="og:url" content="https://stories.example/c/songs" />`)
	require.NotContains(t, a.body, "<script>alert")
	require.NotContains(t, a.body, "</script><script>")
	for _, file := range []string{"de-1", "rest-1"} {
		require.Contains(t, a.body, `<link rel="modulepreload" crossorigin href="/assets/`+file+`.js" />`)
	}
	require.Contains(t, strings.Join(a.header.Values("Vary"), ", "), "Accept-Language")
	_, data, _ := strings.Cut(a.body, `<script type="application/json" id="campaign">`)
	data, _, _ = strings.Cut(data, "</script>")
	var sent map[string]string
	require.NoError(t, json.Unmarshal([]byte(data), &sent), data)
	require.Equal(t, map[string]string{"slug": "songs", "prompt": `"></script><script>alert(1)</script>`}, sent)

	require.Contains(t, serve(t, built, "/c/songs?lang=en", "Accept-Language", "de").body, "/assets/en-1.js")
	a = serve(t, built, "/c/other")
	require.NoError(t, a.err)
	require.Equal(t, http.StatusNotFound, a.status)
	require.NotContains(t, a.body, "og:title")
}

func TestOEmbed_FitsThePlayer(t *testing.T) {
	t.Parallel()
	a := serve(t, built, "/oembed?url=https://stories.example/v/rude")
	require.NoError(t, a.err)
	require.Equal(t, "*", a.header.Get("Access-Control-Allow-Origin"))
	var got struct {
		Width, Height int
		HTML          string
	}
	require.NoError(t, json.Unmarshal([]byte(a.body), &got))
	require.Equal(t, 360, got.Width)
	require.Equal(t, 640, got.Height)
	require.Contains(t, got.HTML, `src="https://stories.example/v/rude/player"`)
	require.NotContains(t, got.HTML, "<script>")
	a = serve(t, built, "/oembed?url=https://other.example/v/rude")
	require.True(t, fault.Is(a.err, "not_found"), a.err)
	a = serve(t, built, "/oembed?url=https://stories.example/v/gone")
	require.True(t, fault.Is(a.err, "story.unknown"), a.err)
}
