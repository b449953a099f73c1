package catalog

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
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
			"items": []Song{{Title: q.Get("q"), Artist: q.Get("key")}, {Title: "b"}, {Title: "c"}},
		})
	}))
	defer srv.Close()
	r, err := NewRemote(srv.URL + "/songs?key=k&q=overwritten")
	require.NoError(t, err)
	got, err := r.Search(context.Background(), "a & b", 2)
	require.NoError(t, err)
	require.Equal(t, []Song{{Title: "a & b", Artist: "k"}, {Title: "b"}}, got)
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
