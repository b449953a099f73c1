package docsite

import (
	"image"
	"image/png"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/docs"
)

const shellHTML = "<html><head><title>Documentation</title></head><body></body></html>"

func load(t *testing.T, files map[string]string) (*Docs, error) {
	t.Helper()
	all := fstest.MapFS{}
	for name, text := range files {
		all[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return Load(all, []byte(shellHTML), Reference{{Title: "feed", All: []Operation{{
		ID: "read-feed", Method: "GET", Path: "/v1/feed", Summary: "Read the feed", Description: "Of `all` <b>.",
		Who: "anyone", Parameters: []Field{{Name: "cursor", Kind: "query: string", Description: "<where>"}},
	}}}})
}

// pixel is an image of 3 by 2 pixels.
func pixel(t *testing.T) string {
	t.Helper()
	var out strings.Builder
	require.NoError(t, png.Encode(&out, image.NewGray(image.Rect(0, 0, 3, 2))))
	return out.String()
}

func TestLoad_RendersWhatREADMELists(t *testing.T) {
	t.Parallel()
	d, err := load(t, map[string]string{
		"README.md": "# Docs\n\nAll.\n\n## Use\n\n- [One](one.md): the first.\n- [Reference](openapi.yaml): all.\n\n" +
			"## Run\n\n- [Two](run/two.md)\n",
		"one.md": "# The first\n\nLead of `one`.\n\n## A & b\n\n[x](run/two.md#c_d) [up](../Makefile) " +
			"![i](images/i.png) ![p](images/p.svg)\n\n## A & b\n\n```sh not-run: because\nls # all\npwd\n```\n\n" +
			"| a | |\n|--:|---|\n| 1 | 2 |\n",
		"run/two.md": "# Second\n\n## c_d\n\n<b>html</b><br>[one](../one.md) [folder](../../infra/k8s) " +
			"[x](https://x.example/)\n",
		"images/i.png": pixel(t),
		"images/p.svg": `<svg xmlns="http://www.w3.org/2000/svg" width="7" height="5"><rect width="1"/></svg>`,
	})
	require.NoError(t, err)
	one, two := string(d.Files()["/one"]), string(d.Files()["/run/two"])
	require.Contains(t, one, "<title>The first · Storyreel</title>")
	require.Contains(t, one, `content="Lead of one."`)
	require.Contains(t, one, `<h2 id="a--b">`)
	require.Contains(t, one, `<h2 id="a--b-1">`)
	require.Contains(t, one, `href="/docs/run/two#c_d"`)
	require.Contains(t, one, `href="https://github.com/storyreel/storyreel/blob/main/Makefile"`)
	require.Contains(t, one, `<img src="/docs/images/i.png" alt="i" width="3" height="2" loading="lazy">`)
	require.Contains(t, one, `<img src="/docs/images/p.svg" alt="p" width="7" height="5" loading="lazy">`)
	require.Contains(t, one, "<code>ls <span class=\"comment\"># all</span>\npwd\n</code>")
	require.NotContains(t, one, "style=", "the content policy refuses it")
	require.Contains(t, one, "<th scope=\"col\" class=\"right\">a</th>\n<td></td>", "an empty cell is no header")
	require.Contains(t, one, `<a href="/docs/one" aria-current="page">One</a>`)
	require.Contains(t, one, `rel="next" href="/docs/api/reference"`)
	require.NotContains(t, two, "<b>")
	require.Contains(t, two, "<br><a")
	require.Contains(t, two, `href="https://github.com/storyreel/storyreel/tree/main/infra/k8s"`)
	require.Contains(t, two, `rel="prev" href="/docs/api/reference"`)
	reference := string(d.Files()["/api/reference"])
	require.Contains(t, reference, `<h3 id="read-feed">Read the feed`)
	require.Contains(t, reference, "<p>Of <code>all</code> ")
	require.Contains(t, reference, "&lt;where&gt;")
	require.Equal(t, "/docs/api/reference#read-feed", d.find("CURSOR")[0].Address)
	require.Equal(t, pixel(t), string(d.Files()["/images/i.png"]))
	require.Contains(t, string(d.Files()[""]), `class="prose front"`)
}

func TestLoad_NamesTheFileThatIsWrong(t *testing.T) {
	t.Parallel()
	const list = "# Docs\n\n## Use\n\n- [One](one.md)\n"
	for want, files := range map[string]map[string]string{
		"does not list two.md":               {"README.md": list, "one.md": "# 1", "two.md": "# 2"},
		"lists a page that is not there":     {"README.md": list},
		"one.md does not begin with a first": {"README.md": list, "one.md": "Text"},
		"no.png: file does not exist":        {"README.md": list, "one.md": "# 1\n\n![x](no.png)"},
		"p.svg: the SVG states no width and": {
			"README.md": list, "one.md": "# 1\n\n![x](p.svg)", "p.svg": `<svg viewBox="0 0 7 5"/>`,
		},
		"must be relative":                       {"README.md": list, "one.md": "# 1\n\n[x](/docs/errors)"},
		`"plain" does not begin with a link`:     {"README.md": "# Docs\n\n## Use\n\n- plain\n"},
		"one.md: parse \"%zz\": invalid URL esc": {"README.md": list, "one.md": "# 1\n\n[x](<%zz>)"},
	} {
		_, err := load(t, files)
		require.ErrorContains(t, err, want)
	}
	_, err := Load(docs.Files(), []byte("<html></html>"), nil)
	require.ErrorContains(t, err, "lacks <title>")
}

func TestFind_RanksTitlesFirst(t *testing.T) {
	t.Parallel()
	d, err := load(t, map[string]string{
		"README.md": "# Docs\n\n## Use\n\n- [One](one.md)\n- [Two](two.md)\n",
		"one.md":    "# One\n\nRestore is in the text, restore, restore, restore.\n",
		"two.md": "# Two\n\nNothing.\n\n## Restore a backup\n\n" + strings.Repeat("é", 100) + " bucket " +
			strings.Repeat("ü", 100),
	})
	require.NoError(t, err)
	found := d.find("Restore")
	require.Equal(t, "/docs/two#restore-a-backup", found[0].Address)
	require.Equal(t, "/docs/one", found[1].Address)
	require.Equal(t, piece{Text: "Restore", Hit: true}, found[1].Snippet[1])
	require.Equal(t, " is in the text, restore, restore, restore.", found[1].Snippet[2].Text)
	found = d.find("restore BUCKET")
	require.Len(t, found, 1)
	for _, p := range found[0].Snippet {
		require.True(t, strings.ToValidUTF8(p.Text, "?") == p.Text, "no half characters")
	}
	require.Equal(t, "bucket", found[0].Snippet[1].Text)
	require.Empty(t, d.find("restore nothing-of-this"))
	require.Empty(t, d.find("  "))
}

func FuzzFind(f *testing.F) {
	d, err := Load(docs.Files(), []byte(shellHTML), nil)
	require.NoError(f, err)
	for _, s := range []string{"restore", "İ", "\xff\xfe", "é s3 «", strings.Repeat("ab ", 99)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, query string) {
		out, err := d.Search(query)
		require.NoError(t, err)
		require.LessOrEqual(t, strings.Count(string(out), "<mark>"), maxResults)
	})
}

func TestCutComment(t *testing.T) {
	t.Parallel()
	for line, comment := range map[string]string{
		"a # b\n": "# b", "# c\n": "# c", "'#' \" # \" x\n": "", "a#b\n": "", "": "",
	} {
		_, got := cutComment([]byte(line))
		require.Equal(t, comment, string(got), line)
	}
}

// TestDocs_HaveOneTitleEach keeps outlines whole: levels of headings go down by
// one.
func TestDocs_HaveOneTitleEach(t *testing.T) {
	t.Parallel()
	require.NoError(t, fs.WalkDir(docs.Files(), ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, ".md") {
			return err
		}
		p, err := readPage(docs.Files(), name)
		require.NoError(t, err)
		require.NotEmpty(t, p.Lead, "docs/%s: a paragraph below the title says what the page is about", name)
		last := 1
		for _, h := range p.Body.Headings {
			require.LessOrEqual(t, h.Level, last+1, "docs/%s: %s", name, h.Title)
			last = h.Level
		}
		return nil
	}))
}
