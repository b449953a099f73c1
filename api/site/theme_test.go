package site

import (
	"net/http"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// imageSources is the directive of a policy that says where images come from.
func imageSources(t *testing.T, a answer) string {
	t.Helper()
	found := regexp.MustCompile(`img-src ([^;]*);`).FindStringSubmatch(a.header.Get("Content-Security-Policy"))
	require.Len(t, found, 2)
	return found[1]
}

func TestTheme_AddsItsImageOriginsToItsPagesAlone(t *testing.T) {
	t.Parallel()
	const own = "'self' data: blob: https://media.example https://s3.example"
	for address, want := range map[string]string{
		"/c/songs":       own + " https://cdn.brand.example https://images.example",
		"/v/rude":        own + " https://cdn.brand.example https://images.example",
		"/v/rude/player": own + " https://cdn.brand.example https://images.example",
		"/s/rude":        own + " https://cdn.brand.example https://images.example",
		"/c/unknown":     own,
		"/v/unknown":     own,
		"/s/unknown":     own,
		"/":              own,
	} {
		a := serve(t, built, address)
		require.NoError(t, a.err)
		require.Equal(t, want, imageSources(t, a), address)
		require.Contains(t, a.header.Get("Content-Security-Policy"), "style-src 'self';")
		linked := `<link rel="stylesheet" href="/c/songs/theme.css?v=7" />`
		if want == own {
			require.NotContains(t, a.body, "theme.css", address)
		} else {
			require.Contains(t, a.body, linked, address)
		}
	}
	require.Equal(t, http.StatusOK, serve(t, built, "/s/unknown").status, "the page says what it can show")
}

func TestTheme_ImagesAreWrittenEscapedAndWithFixedSizes(t *testing.T) {
	t.Parallel()
	a := serve(t, built, "/c/songs")
	require.Contains(t, a.body, `src="https://cdn.brand.example/logo.svg?a=1&amp;b=2"`)
	require.Contains(t, a.body, `width="128" height="32"`)
	require.Contains(t, a.body, `<meta property="og:image" content="https://images.example/cover.jpg" />`)
	require.NotContains(t, a.body, "<script>alert(1)")
}

func TestThemeSheet_IsKeptByRevision(t *testing.T) {
	t.Parallel()
	a := serve(t, built, "/c/songs/theme.css?v=7")
	require.NoError(t, a.err)
	require.Equal(t, "text/css; charset=utf-8", a.header.Get("Content-Type"))
	require.Equal(t, "public, max-age=31536000, immutable", a.header.Get("Cache-Control"))
	require.Contains(t, a.body, ":root{--marker:#1d6fd0;--on-marker:#ffffff}")
	require.Contains(t, a.body, ":root[data-theme=dark]{--marker:#1d6fd0;--on-marker:#ffffff}")
	require.Contains(t, a.body, "--text:ui-serif, Georgia")
	for _, address := range []string{"/c/songs/theme.css", "/c/songs/theme.css?v=6"} {
		require.Equal(t, "no-cache", serve(t, built, address).header.Get("Cache-Control"), address)
	}
	for _, name := range []string{"theme", "element"} {
		require.Error(t, serve(t, built, "/c/unknown/"+name+".css").err)
	}
}

func TestElementSheet_LeavesThePageItsWay(t *testing.T) {
	t.Parallel()
	a := serve(t, built, "/c/songs/element.css")
	require.NoError(t, a.err)
	require.Equal(t, "*", a.header.Get("Access-Control-Allow-Origin"))
	require.Contains(t, a.body, ":host{--marker:#1d6fd0;--on-marker:#ffffff}")
	require.Contains(t, a.body, "--marker:light-dark(#1d6fd0,#1d6fd0)")
	require.NotContains(t, a.body, "--text", "the page's font stays")
}
