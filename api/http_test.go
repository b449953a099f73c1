package api

import (
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/andybalholm/brotli"
	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/api/site"
	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/intake"
)

// builtPages stand for the build of the pages, one file for each source.
func builtPages() fs.FS {
	html := "<!doctype html><html><head><title>Documentation</title></head><body>" + strings.Repeat("page ", 500) +
		"</body></html>"
	files := fstest.MapFS{
		"embed.js":        {Data: []byte(strings.Repeat("export {};\n", 300))},
		"assets/app-1.js": {Data: []byte(strings.Repeat("export {};\n", 300))},
	}
	for _, dir := range []string{"../web/pages", "../web/public"} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			panic(err) // the sources are beside the tests
		}
		for _, e := range entries {
			files[e.Name()] = &fstest.MapFile{Data: []byte(html)}
		}
	}
	return files
}

// publicAddresses are all that anybody may GET: the operations of the OpenAPI
// document, the pages, and what machines ask for.
func publicAddresses(t *testing.T, e *env) []string {
	t.Helper()
	b := e.published()
	e.want(200, "PUT", "/v1/stories/"+b.Story.ID+"/captions/en", e.keys[account.Moderator],
		map[string]any{"vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\n" + strings.Repeat("Hello. ", 300)})
	fill := strings.NewReplacer("/docs/{name...}", "/docs/operate/backup", "{name...}", "app-1.js",
		"{campaign}", e.slug, "{id}", b.Story.ID, "{locale}", "en")
	out := []string{
		"/docs/errors", "/docs/search?q=backup", "/docs/images/feed.png",
		"/healthz", "/openapi.json", "/openapi.yaml", "/openapi-3.0.json", "/openapi-3.0.yaml",
		"/oembed?url=http://stories.test/v/" + b.Story.ID,
	}
	for path, item := range e.api.huma.OpenAPI().Paths {
		if item.Get != nil && openToAll(item.Get) && path != "/v1/notices/{notice}" { // a receipt has a token
			out = append(out, fill.Replace(path))
		}
	}
	for _, route := range (&site.Site{}).Routes() {
		if route.Path != "/oembed" && route.Path != site.StopPath {
			out = append(out, fill.Replace(route.Path))
		}
	}
	token := account.NewToken()
	_, err := e.db.Recipient(ctx, "hash", token, clock())
	require.NoError(t, err)
	out = append(out, site.StopPath+"?t="+token)
	slices.Sort(out)
	return out
}

// reply is an answer as it came over the wire.
type reply struct {
	status int
	header http.Header
	body   string
}

// ask sends a request and leaves the answer's encoding alone.
func (e *env) ask(t *testing.T, method, path string, headers ...string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, e.url+path, nil)
	require.NoError(t, err)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := plainTransport.RoundTrip(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return reply{resp.StatusCode, resp.Header, string(b)}
}

var plainTransport = &http.Transport{DisableCompression: true}

func decoded(t *testing.T, r reply) string {
	t.Helper()
	var from io.Reader = strings.NewReader(r.body)
	switch r.header.Get("Content-Encoding") {
	case "gzip":
		z, err := gzip.NewReader(from)
		require.NoError(t, err)
		from = z
	case "br":
		from = brotli.NewReader(from)
	}
	b, err := io.ReadAll(from)
	require.NoError(t, err)
	return string(b)
}

// TestHTTP_OfEveryPublicAddress holds the rules by which caches and clients
// read answers, as REDbot checks them.
func TestHTTP_OfEveryPublicAddress(t *testing.T) {
	t.Parallel()
	e := newEnvWith(t, settings{intake: intake.Options{BeginsPerHour: 1000}, pages: builtPages()})
	addresses := publicAddresses(t, e)
	require.Greater(t, len(addresses), 20)
	for _, path := range addresses {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			for _, encoding := range []string{"", "gzip", "br"} {
				checkAnswer(t, e, path, encoding)
			}
			checkVariants(t, e, path)
			checkMethods(t, e, path)
		})
	}
}

// single are fields that have one value.
var single = []string{
	"Cache-Control", "Content-Encoding", "Content-Length", "Content-Type", "Date", "Etag", "Vary",
	"Access-Control-Allow-Origin", "Content-Security-Policy", "Referrer-Policy", "X-Content-Type-Options",
}

func checkAnswer(t *testing.T, e *env, path, encoding string) {
	t.Helper()
	get := e.ask(t, "GET", path, "Accept-Encoding", encoding)
	require.Equal(t, 200, get.status, get.body)
	h := get.header
	for name, values := range h {
		require.True(t, len(values) == 1 || !slices.Contains(single, name), "%s: %q", name, values)
	}
	require.Equal(t, strconv.Itoa(len(get.body)), h.Get("Content-Length"))
	_, err := http.ParseTime(h.Get("Date"))
	require.NoError(t, err)
	kind := h.Get("Content-Type")
	require.NotEmpty(t, kind)
	if strings.HasPrefix(kind, "text/") {
		require.Contains(t, kind, "charset=utf-8")
	}
	cache := h.Get("Cache-Control")
	require.NotEmpty(t, cache)
	require.False(t, strings.Contains(cache, "no-store") && strings.Contains(cache, "public"), cache)
	require.Equal(t, !strings.Contains(cache, "no-store"), h.Get("ETag") != "", "what may be stored can be asked about")
	if used := h.Get("Content-Encoding"); used != "" {
		require.Equal(t, encoding, used)
		require.Contains(t, h.Get("Vary"), "Accept-Encoding")
	}

	head := e.ask(t, "HEAD", path, "Accept-Encoding", encoding)
	require.Equal(t, 200, head.status)
	require.Empty(t, head.body)
	h.Del("Date")
	head.header.Del("Date")
	require.Equal(t, h, head.header, "HEAD")

	for _, have := range []string{h.Get("ETag"), `"x", ` + h.Get("ETag"), "*"} {
		if h.Get("ETag") == "" {
			continue
		}
		same := e.ask(t, "GET", path, "Accept-Encoding", encoding, "If-None-Match", have)
		require.Equal(t, 304, same.status, have)
		require.Empty(t, same.body)
		for _, name := range []string{"ETag", "Cache-Control", "Vary"} {
			require.Equal(t, h.Values(name), same.header.Values(name), "%s of 304", name)
		}
		require.Empty(t, same.header.Values("Content-Type"))
		require.Empty(t, same.header.Values("Content-Encoding"))
	}
	require.Equal(t, 200, e.ask(t, "GET", path, "If-None-Match", `"another"`).status)
	ranged := e.ask(t, "GET", path, "Range", "bytes=0-1", "Accept-Encoding", encoding)
	require.Equal(t, 200, ranged.status, "ranges are not offered")
	require.NotEqual(t, "bytes", ranged.header.Get("Accept-Ranges"))
}

// checkVariants compares the answer in every encoding.
func checkVariants(t *testing.T, e *env, path string) {
	t.Helper()
	plain := e.ask(t, "GET", path, "Accept-Encoding", "identity")
	require.Empty(t, plain.header.Get("Content-Encoding"))
	for _, encoding := range []string{"gzip", "br"} {
		small := e.ask(t, "GET", path, "Accept-Encoding", encoding)
		require.Equal(t, plain.body, decoded(t, small))
		require.Equal(t, plain.header.Get("Vary"), small.header.Get("Vary"))
		tag := small.header.Get("ETag")
		if small.header.Get("Content-Encoding") != "" && tag == plain.header.Get("ETag") && tag != "" {
			require.True(t, strings.HasPrefix(tag, "W/"), "a strong tag names one encoding")
		}
	}
	if strings.HasPrefix(path, "/v1/campaigns/") || strings.HasPrefix(path, "/v1/feed/") {
		require.NotContains(t, plain.header.Get("Vary"), "Origin", "one answer for all websites")
		require.Equal(t, "*", plain.header.Get("Access-Control-Allow-Origin"))
	} else if strings.HasPrefix(path, "/v1/") {
		require.Contains(t, plain.header.Get("Vary"), "Origin")
		brand := e.ask(t, "GET", path, "Origin", "https://brand.example")
		require.Equal(t, "https://brand.example", brand.header.Get("Access-Control-Allow-Origin"))
		require.Contains(t, brand.header.Get("Vary"), "Origin")
	}
}

func checkMethods(t *testing.T, e *env, path string) {
	t.Helper()
	for method, status := range map[string]int{"OPTIONS": 204, "TRACE": 405, "PATCH": 405} {
		a := e.ask(t, method, path)
		require.Equal(t, status, a.status, "%s", method)
		allow := strings.Split(a.header.Get("Allow"), ", ")
		for _, known := range []string{"GET", "HEAD", "OPTIONS"} {
			require.Contains(t, allow, known)
		}
	}
}

// TestHTTP_AnswersWithSecretsAreNotCompressed: their length would give the
// secret away beside text that somebody else chose.
func TestHTTP_AnswersWithSecretsAreNotCompressed(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.inReview()
	bearer := "Bearer " + e.keys[account.Admin]
	for path, item := range e.api.huma.OpenAPI().Paths {
		if item.Get == nil || openToAll(item.Get) || strings.HasSuffix(path, "/events") {
			continue
		}
		path = strings.NewReplacer("{campaign}", e.slug, "{id}", b.Story.ID).Replace(path)
		a := e.ask(t, "GET", path, "Authorization", bearer, "Accept-Encoding", "br, gzip")
		require.Empty(t, a.header.Get("Content-Encoding"), path)
		require.Contains(t, a.header.Get("Cache-Control"), "no-store", path)
		if !strings.HasSuffix(path, "/settings") { // its number counts changes
			require.Empty(t, a.header.Get("ETag"), path)
		}
	}
	var begun answer
	for _, encoding := range []string{"gzip", "br"} {
		begun = e.want(201, "POST", "/v1/campaigns/"+e.slug+"/stories", "", beginBody(5), "Accept-Encoding", encoding)
		require.Empty(t, begun.header.Get("Content-Encoding"))
	}
}

func TestHTTP_HeadOfPrivateAddressesIsGetToo(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.inReview()
	for _, path := range []string{"/v1/stories/" + b.Story.ID, "/v1/stories/" + b.Story.ID + "/events"} {
		head := e.ask(t, "HEAD", path, "Authorization", "bEARER "+b.Token)
		require.Equal(t, 200, head.status, path)
		require.Empty(t, head.body)
		require.Equal(t, 401, e.ask(t, "HEAD", path).status)
	}
	a := e.ask(t, "GET", "/v1/stories/"+b.Story.ID)
	require.Contains(t, a.header.Get("WWW-Authenticate"), "Bearer")
	require.Equal(t, 401, e.ask(t, "GET", "/metrics", "Authorization", "Bearer "+b.Token).status)
	require.Equal(t, 404, e.ask(t, "GET", "/metrics", "Authorization", "BEARER "+e.keys[account.Admin]).status)
}

func TestHTTP_AbsentPagesAreForPeopleOrPrograms(t *testing.T) {
	t.Parallel()
	e := newEnvWith(t, settings{pages: builtPages()})
	const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	for _, path := range []string{"/none", "/none/of/this", "/assets/none.js"} {
		a := e.ask(t, "GET", path, "Accept", browser)
		require.Equal(t, 404, a.status)
		require.Equal(t, "text/html; charset=utf-8", a.header.Get("Content-Type"), path)
		require.Contains(t, a.header.Get("Content-Security-Policy"), "script-src 'self'")
		require.Empty(t, a.header.Get("ETag"))
		for _, accept := range []string{"", "*/*", "application/json", "text/html;q=0"} {
			program := e.ask(t, "GET", path, "Accept", accept)
			require.Equal(t, "application/problem+json", program.header.Get("Content-Type"))
		}
	}
	a := e.ask(t, "GET", "/v1/none", "Accept", browser)
	require.Equal(t, "application/problem+json", a.header.Get("Content-Type"))
	redirect := e.ask(t, "GET", "/review/", "X-Forwarded-Prefix", "/evil")
	require.Equal(t, "/review", redirect.header.Get("Location"))
}
