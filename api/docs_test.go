package api

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/storyreel/storyreel/api/docsite"
	"github.com/storyreel/storyreel/docs"
)

const repository = "https://github.com/storyreel/storyreel/"

// served is a page of the documentation as it was sent.
type served struct {
	links, ids []string
}

func readServed(t *testing.T, body string) served {
	t.Helper()
	var s served
	root, err := html.Parse(strings.NewReader(body))
	require.NoError(t, err)
	for n := range root.Descendants() {
		for _, a := range n.Attr {
			switch a.Key {
			case "href", "src", "action":
				s.links = append(s.links, a.Val)
			case "id":
				s.ids = append(s.ids, a.Val)
			}
		}
	}
	return s
}

// TestDocs_EveryLinkLeadsSomewhere follows the links of every page of the
// documentation, from its front page on: pages, anchors, images, other
// addresses of the service, and files of the repository must exist.
func TestDocs_EveryLinkLeadsSomewhere(t *testing.T) {
	t.Parallel()
	e := newEnvWith(t, settings{pages: builtPages()})
	pages := map[string]served{}
	next := []string{"/docs"}
	for len(next) > 0 {
		address := next[0]
		next = next[1:]
		if _, seen := pages[address]; seen {
			continue
		}
		a := e.ask(t, "GET", address)
		require.Equal(t, http.StatusOK, a.status, address)
		require.False(t, strings.Contains(a.body, "raw HTML omitted"), "%s: HTML is not shown", address)
		pages[address] = served{}
		if !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
			continue
		}
		pages[address] = readServed(t, a.body)
		for _, link := range pages[address].links {
			if target, _, _ := strings.Cut(link, "#"); target == "/docs" || strings.HasPrefix(target, "/docs/") {
				next = append(next, target)
			}
		}
	}
	for address, p := range pages {
		for _, link := range p.links {
			checkLink(t, e, pages, address, link)
		}
	}
	require.NoError(t, fs.WalkDir(docs.Files(), ".", func(name string, _ fs.DirEntry, err error) error {
		if path.Ext(name) == ".md" {
			address := "/docs/" + strings.TrimSuffix(strings.TrimSuffix(name, ".md"), "README")
			require.Contains(t, pages, strings.TrimSuffix(address, "/"), "no link leads to docs/%s", name)
		}
		return err
	}))
}

func checkLink(t *testing.T, e *env, pages map[string]served, from, link string) {
	t.Helper()
	u, err := url.Parse(link)
	require.NoError(t, err, from)
	if rest, ours := strings.CutPrefix(link, repository); ours {
		checkRepositoryLink(t, from, rest)
		return
	}
	if u.IsAbs() {
		require.Equal(t, "https", u.Scheme, "%s: %s", from, link)
		require.Contains(t, u.Host, ".", "%s: %s", from, link)
		return
	}
	target := u.Path
	if target == "" {
		target = from
	}
	p, known := pages[target]
	if !known {
		require.Equal(t, http.StatusOK, e.ask(t, "GET", target).status, "%s: %s", from, link)
		return
	}
	if u.Fragment == "" {
		return
	}
	ids := p.ids
	if target == "/docs/errors" { // a script writes the codes from this list
		ids = slices.Concat(ids, errorCodes(t))
	}
	require.Contains(t, ids, u.Fragment, "%s: %s", from, link)
}

// checkRepositoryLink requires the file, or for tree the folder.
func checkRepositoryLink(t *testing.T, from, rest string) {
	t.Helper()
	u, err := url.Parse(rest)
	require.NoError(t, err)
	name, file := strings.CutPrefix(u.Path, "blob/main/")
	if !file {
		var folder bool
		name, folder = strings.CutPrefix(u.Path, "tree/main/")
		require.True(t, folder, "%s: %s", from, rest)
	}
	info, err := os.Stat(filepath.Join("..", name))
	require.NoError(t, err, from)
	require.Equal(t, file, !info.IsDir(), "%s: %s", from, rest)
	require.Empty(t, u.Fragment, "%s: anchors in files that are no pages are not checked", from)
}

func errorCodes(t *testing.T) []string {
	t.Helper()
	b, err := os.ReadFile("../web/src/home/errors.json")
	require.NoError(t, err)
	var list []struct{ Code string }
	require.NoError(t, json.Unmarshal(b, &list))
	var codes []string
	for _, c := range list {
		codes = append(codes, c.Code)
	}
	return codes
}

func TestDocs_OldAddressesLeadToPages(t *testing.T) {
	t.Parallel()
	e := newEnvWith(t, settings{pages: builtPages()})
	for asked, page := range map[string]string{
		"/docs/": "/docs", "/docs/README.md": "/docs", "/docs/operate/backup.md": "/docs/operate/backup",
		"/docs/operate/backup/": "/docs/operate/backup", "/docs/embed/README.md": "/docs/embed",
	} {
		a := e.ask(t, "GET", asked)
		require.Equal(t, http.StatusMovedPermanently, a.status, asked)
		require.Equal(t, page, a.header.Get("Location"))
	}
	for _, none := range []string{"/docs/none", "/docs/operate", "/docs/openapi.yaml", "/docs//evil.example/"} {
		require.Equal(t, http.StatusNotFound, e.ask(t, "GET", none).status, none)
	}
}

func TestDocs_SearchEscapesAndBounds(t *testing.T) {
	t.Parallel()
	e := newEnvWith(t, settings{pages: builtPages()})
	a := e.ask(t, "GET", "/docs/search?q="+url.QueryEscape(`"><script>alert(1)</script>`))
	require.Equal(t, http.StatusOK, a.status)
	require.NotContains(t, a.body, "<script>alert")
	a = e.ask(t, "GET", "/docs/search?q=restore")
	require.Contains(t, readServed(t, a.body).links, "/docs/operate/backup#one-machine")
	require.Contains(t, a.body, "<mark>restore</mark>")
	a = e.ask(t, "GET", "/docs/search?q="+strings.Repeat("a+", 3000))
	require.Equal(t, http.StatusOK, a.status)
	require.Equal(t, 30, strings.Count(a.body, "<mark>"), "results are bounded")
	a = e.ask(t, "GET", "/docs/search?q=restore+"+strings.Repeat("%20", 93)+"+zyzzyva")
	require.Contains(t, a.body, "<mark>restore</mark>", "what is beyond 100 bytes is ignored")
	a = e.ask(t, "GET", "/docs/search?q=zyzzyva")
	require.Contains(t, a.body, "No page has all these words")
}

// TestDocs_ReferenceHasEveryOperation compares the page with the OpenAPI
// document, down to the fields of bodies.
func TestDocs_ReferenceHasEveryOperation(t *testing.T) {
	t.Parallel()
	e := newEnvWith(t, settings{pages: builtPages()})
	page := readServed(t, e.ask(t, "GET", "/docs/api/reference").body)
	operations := 0
	for _, item := range e.api.huma.OpenAPI().Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Delete, item.Patch} {
			if op != nil {
				operations++
				require.Contains(t, page.ids, op.OperationID)
			}
		}
	}
	require.Greater(t, operations, 50)
	for _, group := range e.api.reference() {
		for _, op := range group.All {
			if op.ID != "begin-story" {
				continue
			}
			require.Equal(t, "anyone", op.Who)
			i := slices.IndexFunc(op.Body, func(f docsite.Field) bool { return f.Name == "song.title" })
			require.GreaterOrEqual(t, i, 0, op.Body)
			require.True(t, op.Body[i].Required)
			i = slices.IndexFunc(op.Answers[0].Fields, func(f docsite.Field) bool { return f.Name == "token" })
			require.GreaterOrEqual(t, i, 0, op.Answers)
			return
		}
	}
	require.Fail(t, "begin-story is not in the reference")
}
