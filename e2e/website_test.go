package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/testkit"
)

// TestDoctor_FindsWhatStopsTheElementsOnAPage takes a website from its first
// mistakes to a page that works, on an installation of one machine and on one
// with services of its own.
func TestDoctor_FindsWhatStopsTheElementsOnAPage(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(t *testing.T) *env{
		"one machine": func(t *testing.T) *env {
			e := newEnv(t)
			e.up("up")
			return e
		},
		"services of its own": func(t *testing.T) *env {
			e, _, _ := external(t)
			e.up("serve")
			return e
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := start(t)
			policy, script := "default-src 'none'", ""
			site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				w.Header().Set("Content-Security-Policy", policy)
				fmt.Fprint(w, script, `<storyreel-upload campaign="songs"></storyreel-upload>`)
			}))
			t.Cleanup(site.Close)
			e.run("campaign", "create", "songs")
			found, err := e.try("doctor", "--embed", site.URL)
			require.Error(t, err)
			for _, want := range []string{
				"FAIL  script", "FAIL  content policy", "FAIL  origin", `src="` + e.url + `/embed.js"`,
				"storyreel campaign set songs --origin " + site.URL,
				"add the directive: script-src " + e.url,
			} {
				require.Contains(t, found, want)
			}

			e.run("campaign", "set", "songs", "--origin", site.URL)
			script = `<script type="module" src="` + e.url + `/embed.js"></script>`
			policy = "script-src " + e.url + "; connect-src " + e.url
			testkit.Eventually(t, patience, func() bool { // processes notice another's change within seconds
				found, err = e.try("doctor", "--embed", site.URL)
				return !strings.Contains(found, "FAIL  upload") && !strings.Contains(found, "FAIL  service")
			})
			require.Error(t, err)
			require.Equal(t, 1, strings.Count(found, "FAIL"), found)
			require.Contains(t, found, "connect-src of the header Content-Security-Policy refuses http://127.0.0.1:")

			policy = "script-src " + e.url
			found, err = e.try("doctor", "--embed", site.URL)
			require.NoError(t, err, found)
			require.Contains(t, found, "takes uploads from "+site.URL)
		})
	}
}
