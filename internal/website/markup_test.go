package website

import (
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	serviceURL = "https://stories.example.com"
	uploadURL  = "https://storage.example.com"
	mediaURL   = "https://media.example.com/stories/"
	scriptTagX = `<script type="module" crossorigin src="https://stories.example.com/embed.js"></script>`
	upload     = `<storyreel-upload campaign="song"></storyreel-upload>`
)

// checkOf is a check of a page with this HTML, which was fetched from the
// address.
func checkOf(t *testing.T, address, html string) *check {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	service, err := url.Parse(serviceURL)
	require.NoError(t, err)
	c := &check{
		Options: Options{Service: serviceURL, Upload: uploadURL, Media: mediaURL}, ctx: t.Context(), service: service,
		page: &page{url: u, body: []byte(html), header: map[string][]string{}},
	}
	c.markup, err = parse(c.page)
	require.NoError(t, err)
	return c
}

func TestElements(t *testing.T) {
	t.Parallel()
	for html, want := range map[string][]string{
		upload: nil,
		`<storyreel-feed campaign=song limit=12 sort=oldest layout=row country=de lang=de-AT hashtag=x id=a class=b ` +
			`data-x=1 style=c v-on:click=d @click=e onclick=f></storyreel-feed>`: nil,
		``: {"FAIL elements: neither"},
		`<noscript><storyreel-feed campaign=song></storyreel-feed></noscript>`: {"FAIL elements: neither"},
		`<template><storyreel-feed campaign=song></storyreel-feed></template>`: {"FAIL elements: neither"},
		`<!-- ` + upload + ` -->`: {"FAIL elements: neither"},
		`<div><template shadowrootmode=open>` + upload + `</template></div>`: nil,
		`<storyreel-upload></storyreel-upload>`: {
			"FAIL elements: …names no campaign",
		},
		`<storyreel-upload campaign=" "></storyreel-upload>`: {
			"FAIL elements: …names no campaign",
		},
		`<storyreel-form campaign=song></storyreel-form>`: {
			"FAIL elements: there is no element <storyreel-form>",
		},
		`<storyreel-upload campaign=song /><storyreel-feed campaign=song />`: {
			"FAIL elements: <storyreel-feed> is inside <storyreel-upload>",
		},
		`<storyreel-upload campaign=song limit=3></storyreel-upload>`: {
			"warn elements: limit=\"3\"…of <storyreel-feed>",
		},
		`<storyreel-upload campaign=song server=x></storyreel-upload>`: {
			"warn elements: server=\"x\"…campaign, lang",
		},
		`<storyreel-feed campaign=song lang=fr limit=0 sort=best layout=list hashtag=#x country=XX></storyreel-feed>`: {
			"warn…country", "warn…hashtag", "warn…layout=…must be grid or row", "warn…limit=…1 to 100", "warn…lang",
			"warn…sort=…newest or oldest",
		},
	} {
		t.Run(html, func(t *testing.T) {
			t.Parallel()
			c := checkOf(t, "https://www.example.com/", html)
			c.checkElements()
			got := problems(c.found)
			slices.Sort(want)
			slices.SortStableFunc(got, func(a, b string) int { return strings.Compare(a, b) })
			require.Len(t, got, len(want), strings.Join(got, "\n"))
			for _, line := range want {
				pattern := strings.ReplaceAll(regexp.QuoteMeta(line), "…", ".*")
				require.True(t, slices.ContainsFunc(got, regexp.MustCompile(pattern).MatchString), "%s in %q", line,
					got)
			}
		})
	}
}

func TestScript(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ html, want string }{
		{scriptTagX, ""},
		{`<SCRIPT TYPE=" Module " SRC=" //Stories.Example.com:443/embed.js?v=1 "></SCRIPT>`, ""},
		{`<base href="https://stories.example.com/x/"><script type=module src="/embed.js"></script>`, ""},
		{`<script src=https://stories.example.com/embed.js></script>` + scriptTagX, ""},
		{scriptTagX + `<script src=https://disqus.example/embed.js></script>`, ""},
		{`<script src=https://stories.example.com/embed.js></script>`, `FAIL script: …type="", so`},
		{
			`<script type=text/plain src=https://stories.example.com/embed.js></script>`,
			`FAIL script: …type="text/plain"…consent`,
		},
		{
			`<script type=module src=https://test.example.com/embed.js></script>`,
			"FAIL script: the page has https://test.example.com/embed.js; this service is https://st",
		},
		{
			`<script type=module src=http://stories.example.com/embed.js></script>`,
			"FAIL script: the page has http://",
		},
		{
			`<script type=module src=/embed.js></script>`,
			"FAIL script: the page has https://www.example.com/embed.js",
		},
		{
			`<script type=module crossorigin=use-credentials src=https://stories.example.com/embed.js></script>`,
			"FAIL script: …use-credentials",
		},
		{
			`<script type=module integrity=sha256-x src=https://stories.example.com/embed.js></script>`,
			"warn script: its integrity",
		},
		{
			`<script>load("https:\/\/stories.example.com\/embed.js")</script>`,
			"warn script: a script of the page loads",
		},
		{`<noscript>` + scriptTagX + `</noscript>`, "FAIL script: the page does not load"},
		{
			`<link rel=modulepreload href=https://stories.example.com/embed.js>`,
			"FAIL script: the page does not load",
		},
	} {
		t.Run(c.html, func(t *testing.T) {
			t.Parallel()
			x := checkOf(t, "https://www.example.com/", c.html+upload)
			x.checkScript()
			if c.want == "" {
				requireProblems(t, problems(x.found), nil)
			} else {
				requireProblems(t, problems(x.found), []string{c.want})
			}
		})
	}
}

// documented returns the text of the documentation of the elements.
func documented(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../../docs/embed/README.md")
	require.NoError(t, err)
	return string(b)
}

func TestElements_AttributesAreThoseOfTheDocumentation(t *testing.T) {
	t.Parallel()
	_, table, _ := strings.Cut(documented(t), "| element | attribute | meaning |\n")
	table, _, _ = strings.Cut(table, "\n\n")
	want := map[string][]string{}
	element := ""
	for _, row := range regexp.MustCompile("(?m)^\\| *(.*?) *\\| `([a-z]+)` \\|").FindAllStringSubmatch(table, -1) {
		if row[1] != "" {
			element = strings.Trim(row[1], "`")
		}
		for _, e := range []string{form, feed} {
			if element == "both" || element == e {
				want[e] = append(want[e], row[2])
			}
		}
	}
	for _, e := range []string{form, feed} {
		names := []string{}
		for name := range known[e] {
			names = append(names, name)
		}
		require.ElementsMatch(t, want[e], names)
	}
}
