package cdn

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
)

// cache records purge requests and answers with a status.
type cache struct {
	*httptest.Server
	mu     sync.Mutex
	got    []string // method, path, host, token and body
	status int
}

func newCache(t *testing.T, status int) *cache {
	t.Helper()
	c := &cache{status: status}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		c.mu.Lock()
		defer c.mu.Unlock()
		if err == nil {
			c.got = append(c.got, strings.TrimSpace(strings.Join([]string{
				r.Method, r.URL.RequestURI(), r.Host, r.Header.Get("Fastly-Key"), string(body),
			}, " ")))
		}
		w.WriteHeader(c.status)
	}))
	// Server.Close would also close connections of the transport that all tests share.
	t.Cleanup(func() { require.NoError(t, c.Config.Close()) })
	return c
}

func address(key string) string { return "https://cdn.example/x/" + key }

// TestHook_Recipes holds the requests of the examples in docs/operate/configure.md.
func TestHook_Recipes(t *testing.T) {
	t.Parallel()
	objects := []string{"public/s/1/a.mp4", "public/s/1/b.mp4"}
	for name, x := range map[string]struct {
		config Config
		keys   []string
		want   []string
	}{
		"surrogate key": {Config{URLs: "/purge/{story}", Headers: "Fastly-Key: TOKEN|Host: api.example"}, objects,
			[]string{"POST /purge/s api.example TOKEN"}},
		"prefix": {Config{URLs: "/z", Body: `{"prefixes":["{host}{path}"]}`, Headers: "Host: h"}, []string{"public/s/"},
			[]string{`POST /z h  {"prefixes":["cdn.example/x/public/s/"]}`}},
		"files": {Config{URLs: "/z", Body: `{"files":{urls}}`, Headers: "Host: h"}, objects,
			[]string{`POST /z h  {"files":["https://cdn.example/x/public/s/1/a.mp4",` +
				`"https://cdn.example/x/public/s/1/b.mp4"]}`}},
		"each object": {Config{URLs: "{object}", Method: "PURGE", Headers: "Host: {host}"}, objects,
			[]string{"PURGE /x/public/s/1/a.mp4 cdn.example", "PURGE /x/public/s/1/b.mp4 cdn.example"}},
		"objects recorded before folders were asked about": {
			Config{URLs: "/z", Body: `{"Items":["{path}*"]}`, Headers: "Host: h"}, objects,
			[]string{`POST /z h  {"Items":["/x/public/s/*"]}`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCache(t, http.StatusOK)
			x.config.URLs, x.config.Media = c.URL+x.config.URLs, address
			h, err := NewHook(x.config)
			require.NoError(t, err)
			require.NoError(t, h.purge(t.Context(), "s", x.keys))
			slices.Sort(c.got)
			require.Equal(t, x.want, c.got)
		})
	}
}

func TestHook_AsksEveryCacheInBatches(t *testing.T) {
	t.Parallel()
	one, two := newCache(t, http.StatusOK), newCache(t, http.StatusAccepted)
	h, err := NewHook(Config{URLs: one.URL + "  " + two.URL, Body: "{urls} {id}", Media: address})
	require.NoError(t, err)
	require.NoError(t, h.purge(t.Context(), "s", slices.Repeat([]string{"public/s/1/a"}, 2*urlsPerRequest+1)))
	require.Len(t, one.got, 3)
	require.Len(t, two.got, 3)
	require.NotEqual(t, one.got[0], one.got[1], "{id} is new in every request")
}

func TestHook_OnlyAConfirmationCounts(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		method string
		status int
		done   bool
	}{
		{"POST", 200, true}, {"POST", 204, true}, {"POST", 302, false}, {"POST", 401, false}, {"POST", 404, false},
		{"POST", 429, false}, {"POST", 500, false}, {"PURGE", 404, true}, {"PURGE", 412, true}, {"PURGE", 403, false},
	} {
		c := newCache(t, x.status)
		h, err := NewHook(Config{URLs: c.URL + "/?key=hunter2", Method: x.method, Media: address})
		require.NoError(t, err)
		err = h.purge(t.Context(), "s", []string{"public/s/"})
		require.Equal(t, x.done, err == nil, "%+v", x)
		if err != nil {
			require.Equal(t, fault.Unavailable, fault.KindOf(err))
			require.NotContains(t, err.Error(), "hunter2")
		}
	}
}

func TestNewHook_RefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	none, err := NewHook(Config{URLs: " "})
	require.NoError(t, err)
	require.Nil(t, none)
	for _, c := range []Config{
		{URLs: "cdn.example/purge"}, {URLs: "ftp://cdn.example"}, {URLs: "https://"},
		{URLs: "https://cdn.example", Headers: "Authorization Bearer"},
	} {
		_, err := NewHook(c)
		require.Equal(t, "cdn.config", fault.CodeOf(err), "%+v", c)
	}
}
