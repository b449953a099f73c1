package catalog

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
)

func titles(songs []Song) []string {
	var out []string
	for _, s := range songs {
		out = append(out, s.Title+" / "+s.Artist)
	}
	return out
}

func TestList_Search(t *testing.T) {
	l := NewList(
		[]Song{
			{Title: "We Can Be Heroes", Artist: "Somebody"}, {Title: "“Heroes”", Artist: "David Bowie"},
			{Title: "Crazy in Love", Artist: "Beyoncé"}, {Title: "Don't Stop", Artist: "Fleetwood Mac"},
		})
	for query, want := range map[string][]string{
		"heroes":      {"“Heroes” / David Bowie", "We Can Be Heroes / Somebody"},
		"bow her":     {"“Heroes” / David Bowie"},
		"BEYONCE":     {"Crazy in Love / Beyoncé"},
		"dont":        {"Don't Stop / Fleetwood Mac"},
		"submarine":   nil,
		"":            nil,
		"  !  ":       nil,
		"heroes mac":  nil,
		"crazy love ": {"Crazy in Love / Beyoncé"},
	} {
		t.Run(query, func(t *testing.T) {
			got, err := l.Search(context.Background(), query, 10)
			require.NoError(t, err)
			require.Equal(t, want, titles(got))
		})
	}
	one, err := l.Search(context.Background(), "heroes", 1)
	require.NoError(t, err)
	require.Len(t, one, 1)
}

func TestDemo_HasSongs(t *testing.T) {
	l := Demo()
	require.Greater(t, len(l.songs), 150)
	for _, e := range l.songs {
		require.NotEmpty(t, e.Title)
		require.NotEmpty(t, e.Artist)
	}
}

func TestRemote_SearchAndFailure(t *testing.T) {
	status := http.StatusOK
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(status)
		q := r.URL.Query()
		_ = json.NewEncoder(w).Encode(map[string]any{
			"items": []Song{
				{Title: q.Get("q"), Artist: q.Get("key")}, {Title: "b", Artist: "B"}, {Title: "c", Artist: "C"},
			},
		})
	}))
	defer srv.Close()
	r, err := NewRemote(srv.URL + "/songs?key=k&q=overwritten")
	require.NoError(t, err)
	got, err := r.Search(context.Background(), "a & b", 2)
	require.NoError(t, err)
	require.Equal(t, []Song{{Title: "a & b", Artist: "k"}, {Title: "b", Artist: "B"}}, got)
	status = http.StatusBadGateway
	_, err = r.Search(context.Background(), "a", 2)
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
	for _, bad := range []string{"", "ftp://x", "songs.example", "http://"} {
		t.Run(bad, func(t *testing.T) {
			_, err := NewRemote(bad)
			require.Equal(t, "config.catalog", fault.CodeOf(err))
		})
	}
}

func TestRemote_FollowsNoRedirect(t *testing.T) {
	t.Parallel()
	var reached atomic.Int64
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		reached.Add(1)
		_ = json.NewEncoder(w).Encode(map[string]any{"items": []Song{{Title: "secret", Artist: "x"}}})
	}))
	defer target.Close()
	for name, location := range map[string]string{
		"another host": target.URL, "the same host": "/other", "a file": "file:///etc/passwd",
	} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			t.Run(name, func(t *testing.T) {
				srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/other" {
						reached.Add(1)
					}
					http.Redirect(w, r, location, status)
				}))
				defer srv.Close()
				remote, err := NewRemote(srv.URL)
				require.NoError(t, err)
				_, err = remote.Search(t.Context(), "a", 5)
				require.Equal(t, "catalog.unavailable", fault.CodeOf(err))
			})
		}
	}
	require.Zero(t, reached.Load())
}

func TestRemote_BoundsTheAnswerAndItsSongs(t *testing.T) {
	t.Parallel()
	var answer string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(answer))
	}))
	defer srv.Close()
	remote, err := NewRemote(srv.URL)
	require.NoError(t, err)
	answer = `{"items": [` + strings.Repeat(" ", maxAnswer) + `]}`
	_, err = remote.Search(t.Context(), "a", 5)
	require.Equal(t, "catalog.unavailable", fault.CodeOf(err))
	good := Song{Title: "Heroes", Artist: "David Bowie", Link: "https://songs.example/1"}
	songs := []Song{
		good, {Title: "No artist"}, {Title: strings.Repeat("x", 201), Artist: "x"},
		{Title: "x", Artist: "x", Link: "javascript:alert(1)"}, {Title: "x", Artist: "x", Cover: "data:image/png,x"},
		{Title: "x", Artist: "x", Link: "https://songs.example@evil.example/"},
	}
	b, err := json.Marshal(map[string]any{"items": songs})
	require.NoError(t, err)
	answer = string(b)
	got, err := remote.Search(t.Context(), "a", 5)
	require.NoError(t, err)
	require.Equal(t, []Song{good}, got)
}
