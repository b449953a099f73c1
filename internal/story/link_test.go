package story_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/story"
)

func TestLink(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://open.spotify.com/track/1?si=2#t=3": "https://open.spotify.com/track/1?si=2#t=3",
		" HTTPS://YouTu.be/x ":                      "https://youtu.be/x",
		"https://music.example.com:443/a":           "https://music.example.com/a",
		"http://music.example.com.:80/":             "http://music.example.com/",
		"https://bücher.example/a":                  "https://xn--bcher-kva.example/a",
		"https://sp\u043etify.com/":                 "https://xn--sptify-xqf.com/", // Cyrillic о
		"https://ｓｐｏｔｉｆｙ.com/":                      "https://spotify.com/",
	} {
		got, ok := story.Link(in)
		require.True(t, ok, in)
		require.Equal(t, want, got)
	}
	for _, in := range []string{
		"", "spotify.com", "//spotify.com/x", "javascript:alert(1)", "data:text/html,x", "ftp://spotify.com/",
		"https:spotify.com", "https://", "https:///x", "https://localhost/", "https://spotify/",
		"https://spotify.com@evil.example/", "https://a:b@evil.example/", "https://@evil.example/",
		"https://spotify.com:8443/", "https://spotify.com:80/", "https://spotify.com:/",
		"https://192.0.2.1/", "https://[::1]/", "https://127.1/", "https://0x7f.0.0.0x1/", "https://2130706433/",
		"https://spotify.com\\@evil.example/", "https://spotify.com%2eevil.example/", "https://spotify\u200b.com/",
		"https://spotify.com/\u202egpj.exe", "https://spotify.com/a b",
		"https://-spotify.com/", "https://xn--/", "https://spotify..com/",
		"https://spotify.com/\"onclick=x",
	} {
		got, ok := story.Link(in)
		require.False(t, ok, "%q became %q", in, got)
	}
}

func TestSongLink_LeadsToNoOtherSite(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://www.youtube.com/watch?v=dQw4w9&t=42s":              "https://www.youtube.com/watch?v=dQw4w9&t=42s",
		"https://music.apple.com/de/album/x/1?i=2#t=3":              "https://music.apple.com/de/album/x/1?i=2#t=3",
		"https://soundcloud.com/björk/jóga":                         "https://soundcloud.com/bj%C3%B6rk/j%C3%B3ga",
		"https://youtube.com/redirect?q=https%3A%2F%2Fevil.example": "https://youtube.com/redirect",
		"https://youtube.com/redirect?event=x&q=evil.example":       "https://youtube.com/redirect?event=x",
		"https://www.spotify.com/login?continue=//evil.example&a=b": "https://www.spotify.com/login?a=b",
		"https://deezer.com/x?u=https%253A%252F%252Fevil.example":   "https://deezer.com/x",
		"https://deezer.com/x?https://evil.example":                 "https://deezer.com/x",
		"https://deezer.com/x?a[url]=b;u=evil.example":              "https://deezer.com/x",
		"https://tidal.com/app#/out?to=https://evil.example":        "https://tidal.com/app",
		"https://tidal.com/app#evil.example":                        "https://tidal.com/app",
	} {
		got, ok := story.SongLink(in)
		require.True(t, ok, in)
		require.Equal(t, want, got)
	}
	for _, in := range []string{
		"https://tidal.com/out/https://evil.example", "https://tidal.com//evil.example",
		"https://tidal.com/%2F%2Fevil.example",
		"https://tidal.com/out/https%3A%2F%2Fevil.example", "https://tidal.com/out/https%253A%252F%252Fevil.example",
		"https://tidal.com/%5Cevil.example", "javascript:alert(1)",
	} {
		got, ok := story.SongLink(in)
		require.False(t, ok, "%q became %q", in, got)
	}
}

func TestHostAllowed(t *testing.T) {
	t.Parallel()
	list := []string{"spotify.com", "youtu.be"}
	for host, want := range map[string]bool{
		"spotify.com": true, "open.spotify.com": true, "youtu.be": true, "notspotify.com": false,
		"spotify.com.evil.example": false, "": false,
	} {
		require.Equal(t, want, story.HostAllowed(host, list), host)
	}
	require.True(t, story.HostAllowed("anything.example", []string{"*"}))
	require.False(t, story.HostAllowed("spotify.com", nil))
	require.Equal(t, "open.spotify.com", story.LinkHost("https://open.spotify.com/track/1"))
}
