package docsite

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
)

// list is the file whose lists are the navigation: a second-level heading is a
// group, each item a link to a page and, after a colon, what it is about.
const list = "README.md"

// group is a section of the navigation.
type group struct {
	Title string
	Pages []entry
}

// entry is a page in the navigation.
type entry struct {
	Title, Lead, Address string
	file                 string // below the folder of the documentation
	source               string // path in the repository
}

type entries struct{ groups []group }

// all returns every entry in reading order.
func (e entries) all() []entry {
	var out []entry
	for _, g := range e.groups {
		out = append(out, g.Pages...)
	}
	return out
}

// readList reads the front page and the navigation from it.
func readList(files fs.FS) (page, entries, error) {
	front, err := readPage(files, list)
	if err != nil {
		return front, entries{}, err
	}
	source, err := fs.ReadFile(files, list)
	if err != nil {
		return front, entries{}, err
	}
	var out entries
	root := parse(source)
	for n := root.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Heading:
			if n.Level == 2 {
				out.groups = append(out.groups, group{Title: plain(n, source)})
			}
		case *ast.List:
			if len(out.groups) == 0 {
				continue
			}
			g := &out.groups[len(out.groups)-1]
			for item := n.FirstChild(); item != nil; item = item.NextSibling() {
				e, err := readEntry(item, source)
				if err != nil {
					return front, out, err
				}
				g.Pages = append(g.Pages, e)
			}
		}
	}
	return front, out, nil
}

func readEntry(item ast.Node, source []byte) (entry, error) {
	text := plain(item, source)
	link, ok := item.FirstChild().FirstChild().(*ast.Link)
	if !ok {
		return entry{}, fmt.Errorf("docs/%s: the item %q does not begin with a link", list, text)
	}
	e := entry{Title: plain(link, source), file: string(link.Destination)}
	e.Lead = strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(text, e.Title), ":"))
	if first, size := utf8.DecodeRuneInString(e.Lead); size > 0 {
		e.Lead = string(unicode.ToUpper(first)) + e.Lead[size:]
	}
	e.source = path.Join("docs", e.file)
	if e.Address = made[e.file]; e.Address == "" {
		e.Address = addressOf(e.file)
	}
	return e, nil
}
