package docsite

import (
	"bytes"
	_ "embed"
	"html/template"
	"strings"
)

// Reference is what the page of the API shows, in reading order.
type Reference []Operations

// Operations are the operations for one kind of user.
type Operations struct {
	Title string
	All   []Operation
}

// Operation is a method of the API at a path.
type Operation struct {
	ID, Method, Path string
	Summary          string
	Description      string   // Markdown; may be empty
	Who              string   // who may call it
	Parameters       []Field  // of the path, the query and the headers
	Body             []Field  // of the request; none: it has no body
	BodyExample      string   // of the request, as JSON
	Answers          []Answer // where nothing went wrong
	Errors           []string // HTTP statuses
}

// Answer is what comes back.
type Answer struct {
	Status, Type string // HTTP status; media type, empty for none
	Fields       []Field
	Example      string // as JSON; empty for other media types
}

// Field is a parameter, or a field of a body by its path, such as items[].id.
type Field struct {
	Name, Kind  string
	Required    bool
	Description string
}

//go:embed reference.html
var referenceHTML string

var referenceTemplate = template.Must(template.New("reference").Funcs(template.FuncMap{
	"markdown": func(text string) (template.HTML, error) {
		var out bytes.Buffer
		err := markdown.Convert([]byte(text), &out)
		return template.HTML(out.String()), err //nolint:gosec // Markdown of the code, rendered without its HTML
	},
}).Parse(referenceHTML))

// page makes the page of an entry of the list.
func (r Reference) page(e entry) (page, error) {
	p := page{Title: e.Title, Lead: e.Lead, Address: e.Address, Source: e.source}
	var out bytes.Buffer
	if err := referenceTemplate.Execute(&out, map[string]any{"Page": p, "Groups": r}); err != nil {
		return p, err
	}
	p.Body.HTML = template.HTML(out.String()) //nolint:gosec // made by the template
	for _, g := range r {
		p.Body.Headings = append(p.Body.Headings, heading{"on-" + g.Title, g.Title, 2})
		for _, o := range g.All {
			p.Body.Headings = append(p.Body.Headings, heading{o.ID, o.Summary, 3})
			p.Body.sections = append(p.Body.sections, section{
				page: p.Title, heading: o.Summary, text: o.text(), address: p.Address + "#" + o.ID,
			})
		}
	}
	return p, nil
}

// text is what a search looks through.
func (o Operation) text() string {
	words := []string{o.Method, o.Path, o.ID, o.Description}
	for _, fields := range [][]Field{o.Parameters, o.Body} {
		for _, f := range fields {
			words = append(words, f.Name, f.Description)
		}
	}
	return strings.Join(words, " ")
}
