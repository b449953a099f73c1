package site

import (
	"net/http"
	"path"
	"strings"

	"github.com/storyreel/storyreel/api/docsite"
	"github.com/storyreel/storyreel/internal/fault"
)

// rendered is the documentation, ready to be sent.
type rendered struct {
	*docsite.Docs
	files map[string]file // by path below docsite.Root
}

// loadDocs renders every page of the documentation.
func (s *Site) loadDocs() (rendered, error) {
	shell, err := s.file("docs.html")
	if err != nil {
		return rendered{}, err
	}
	d, err := docsite.Load(s.Docs, shell.raw, s.Reference())
	if err != nil {
		return rendered{}, err
	}
	out := rendered{d, map[string]file{}}
	for name, raw := range d.Files() {
		kind := name
		if path.Ext(name) == "" {
			kind += ".html"
		}
		out.files[name] = newFile(kind, raw)
	}
	return out, nil
}

// documentation serves the pages below docsite.Root.
func (s *Site) documentation(w http.ResponseWriter, r *http.Request) error {
	d, err := s.docs()
	if err != nil {
		return err
	}
	asked := strings.TrimPrefix(r.URL.Path, docsite.Root)
	// Links of the repository name files; old habits end in a slash.
	name := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(asked, "/"), ".md"), "/README")
	if name == "/search" {
		return s.search(w, r, d)
	}
	f, ok := d.files[name]
	if !ok {
		return fault.New(fault.NotFound, "not_found", "there is no such page; /docs lists all")
	}
	s.setHeaders(w.Header(), "'none'")
	if name != asked {
		http.Redirect(w, r, docsite.Root+name, http.StatusMovedPermanently)
		return nil
	}
	f.send(w, r, http.StatusOK)
	return nil
}

func (s *Site) search(w http.ResponseWriter, r *http.Request, d rendered) error {
	found, err := d.Search(r.URL.Query().Get("q"))
	if err != nil {
		return err
	}
	s.setHeaders(w.Header(), "'none'")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(found) // fails only when the caller hung up
	return nil
}
