package docsite

import (
	"bytes"
	_ "embed"
	"html/template"
)

//go:embed page.html
var pageHTML string

var pageTemplate = template.Must(template.New("page").Parse(pageHTML))

// view is what the template shows.
type view struct {
	Title    string
	Page     page
	Groups   []group
	Contents bool // the page has enough headings for a list of them
	Front    bool
	Source   string // address of the page's file

	Previous, Next *page

	Searched bool
	Query    string
	Results  []result
	Hidden   bool // from search engines
}

// minHeadings is the number of headings from which a page lists them.
const minHeadings = 3

// write renders the page at the index into the shell.
func (d *Docs) write(pages []page, i int) ([]byte, error) {
	p := pages[i]
	v := view{
		Title: p.Title + " · Storyreel", Page: p, Groups: d.groups, Front: i == 0,
		Contents: i > 0 && len(p.Body.Headings) >= minHeadings, Source: inRepository(p.Source, ""),
	}
	if i > 0 {
		v.Previous = &pages[i-1]
	}
	if i+1 < len(pages) {
		v.Next = &pages[i+1]
	}
	return d.shell.fill(v)
}

// Search returns the page with what was found. The query may be any text;
// what is beyond its first words is ignored.
func (d *Docs) Search(query string) ([]byte, error) {
	v := view{
		Title: "Search · Storyreel", Groups: d.groups, Searched: true, Query: query, Results: d.find(query),
		Hidden: true, Page: page{Title: "Search", Lead: "Search in the documentation", Address: Root + "/search"},
	}
	return d.shell.fill(v)
}

func (s shell) fill(v view) ([]byte, error) {
	var out bytes.Buffer
	out.Write(s.head)
	if err := pageTemplate.ExecuteTemplate(&out, "head", v); err != nil {
		return nil, err
	}
	out.Write(s.rest)
	if err := pageTemplate.ExecuteTemplate(&out, "body", v); err != nil {
		return nil, err
	}
	out.Write(s.end)
	return out.Bytes(), nil
}
