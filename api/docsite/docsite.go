// Package docsite turns the Markdown of the documentation into pages: their
// navigation, contents, links and a search. It serves nothing itself.
package docsite

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// Root is the address of the front page; all others are below it.
const Root = "/docs"

// repository is where links to files lead that are not pages.
const repository = "https://github.com/storyreel/storyreel"

// made are pages that are no Markdown, by the file that their link in README.md
// names, relative to the folder of the documentation: the reference is made
// from the code, the list of errors is written by a script of ours.
var made = map[string]string{
	referenceFile:                 Root + "/api/reference",
	"../web/src/home/errors.json": Root + "/errors",
}

const referenceFile = "openapi.yaml"

// Docs is the documentation, ready to be served. It does not change.
type Docs struct {
	shell    shell
	groups   []group
	files    map[string][]byte
	sections []section
}

// page is one page of the documentation.
type page struct {
	Title, Lead, Address string
	Source               string // path in the repository
	Part                 string // what a script of ours adds, such as "errors"; empty: nothing
	Body                 body
}

// Load reads every page. The shell is the built page that the documentation is
// put into. An error names the file that is wrong: a page that README.md does
// not list, or one without a title.
func Load(files fs.FS, built []byte, reference Reference) (*Docs, error) {
	d := &Docs{files: map[string][]byte{}}
	var err error
	if d.shell, err = cutShell(built); err != nil {
		return nil, err
	}
	front, entries, err := readList(files)
	if err != nil {
		return nil, err
	}
	d.groups = entries.groups
	pages := []page{front}
	for _, e := range entries.all() {
		p := page{Title: e.Title, Lead: e.Lead, Address: e.Address, Source: e.source, Part: path.Base(e.Address)}
		switch {
		case e.file == referenceFile:
			p, err = reference.page(e)
		case made[e.file] == "":
			p, err = readPage(files, e.file)
		}
		if err != nil {
			return nil, err
		}
		pages = append(pages, p)
	}
	for i, p := range pages {
		if d.files[strings.TrimPrefix(p.Address, Root)], err = d.write(pages, i); err != nil {
			return nil, err
		}
		if i > 0 { // the front page repeats the others
			d.sections = append(d.sections, p.sections()...)
		}
	}
	return d, d.loadImages(files)
}

// loadImages adds all that is no Markdown.
func (d *Docs) loadImages(files fs.FS) error {
	return fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if path.Ext(name) == ".md" {
			if _, listed := d.files[strings.TrimPrefix(addressOf(name), Root)]; !listed {
				return fmt.Errorf("docs/README.md does not list %s", name)
			}
			return nil
		}
		d.files["/"+name], err = fs.ReadFile(files, name)
		return err
	})
}

// Files returns what is served, by its path below Root: the front page is "",
// another page such as "/operate/backup", an image "/images/feed.png". Pages
// are HTML.
func (d *Docs) Files() map[string][]byte { return d.files }

// addressOf is the address of a Markdown file. README.md stands for its folder.
func addressOf(file string) string {
	if path.Base(file) == list {
		file = path.Dir(file)
	}
	return strings.TrimSuffix(path.Join(Root, strings.TrimSuffix(file, ".md")), "/")
}

// shell is a built page, cut where a page of the documentation goes in.
type shell struct{ head, rest, end []byte }

func cutShell(built []byte) (shell, error) {
	const title = "<title>Documentation</title>"
	head, rest, found := bytes.Cut(built, []byte(title))
	rest, end, ends := bytes.Cut(rest, []byte("</body>"))
	if !found || !ends {
		return shell{}, fmt.Errorf("the page of the documentation lacks %s or </body>", title)
	}
	return shell{head, rest, append([]byte("</body>"), end...)}, nil
}
