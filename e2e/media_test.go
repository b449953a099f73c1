//go:build media

package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/testkit/clips"
)

// folder returns the folder of real files that the environment names.
func folder(t *testing.T, variable string) string {
	t.Helper()
	dir := os.Getenv(variable)
	require.NotEmpty(t, dir, "run: make test-media CORPUS=DIR HOSTILE=DIR")
	return dir
}

// each submits every file in a subtest of its own.
func each(e *env, dir string, names []string, check func(t *testing.T, name, got string)) {
	require.NotEmpty(e.t, names)
	e.t.Run("files", func(t *testing.T) {
		for _, name := range names {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				check(t, name, e.in(t).outcome(filepath.Join(dir, name)))
			})
		}
	})
}

// TestMedia_HostileThroughTheService holds a folder of hostile files to its
// expected.json.
func TestMedia_HostileThroughTheService(t *testing.T) {
	dir := folder(t, "HOSTILE")
	b, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	require.NoError(t, err)
	var rows []struct {
		File     string
		Expected []string
	}
	require.NoError(t, json.Unmarshal(b, &rows))
	expected := map[string][]string{}
	var names []string
	for _, r := range rows {
		expected[r.File] = r.Expected
		names = append(names, r.File)
	}
	e := newEnv(t, "STORYREEL_BEGINS_PER_HOUR=10000")
	e.up("up")
	each(e, dir, names, func(t *testing.T, name, got string) {
		want := expected[name]
		ok := slices.Contains(want, got)
		if got == accepted {
			ok = slices.Contains(want, clips.Accept) || slices.Contains(want, clips.Partial)
		}
		if !ok {
			t.Errorf("%s: %s, want one of %v", name, got, want)
		}
	})
	status, _ := get(t, e.url+"/readyz")
	require.Equal(t, 200, status, "the service has taken no harm")
}

// TestMedia_CorpusThroughTheService holds a folder of real files to the column
// right result of its README's table: refused, accepted, or either. What is
// accepted is approved and must reach the feed.
func TestMedia_CorpusThroughTheService(t *testing.T) {
	dir := folder(t, "CORPUS")
	b, err := os.ReadFile(filepath.Join(dir, "README.md"))
	require.NoError(t, err)
	right := map[string]string{}
	var names []string
	column := 0
	for _, line := range strings.Split(string(b), "\n") {
		cells := strings.Split(strings.Trim(line, "| "), "|")
		if i := slices.IndexFunc(cells, func(c string) bool { return strings.TrimSpace(c) == "right result" }); i > 0 {
			column = i
		}
		name := strings.TrimSpace(cells[0])
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil || len(cells) <= column || name == "" ||
			name == "README.md" {
			continue
		}
		right[name] = strings.ToLower(strings.TrimSpace(cells[column]))
		names = append(names, name)
	}
	e := newEnv(t, "STORYREEL_BEGINS_PER_HOUR=10000", "STORYREEL_LEASE=60s")
	e.up("up")
	each(e, dir, names, func(t *testing.T, name, got string) {
		want := right[name]
		switch {
		case strings.Contains(want, "either refused"), strings.Contains(want, "or is refused"),
			strings.Contains(want, "or refused"):
		case strings.Contains(want, "refused") != (got != accepted):
			t.Errorf("%s: %s, but the right result is %q", name, got, want)
		}
	})
	var queue struct{ Items []remote }
	_, body := e.call("GET", "/v1/review/queue?limit=100", e.key("moderator"), nil)
	require.NoError(t, json.Unmarshal(body, &queue))
	require.NotEmpty(t, queue.Items)
	for _, st := range queue.Items {
		e.decide(st.ID, "approve")
	}
	for _, st := range queue.Items {
		e.await(st.ID, "published")
	}
}
