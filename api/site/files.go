package site

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/storyreel/storyreel/internal/fault"
)

// file is one built file, ready to be sent.
type file struct {
	raw, gzipped []byte // gzipped is nil where it would not be smaller
	kind, tag    string // media type; ETag without quotes
}

// load reads every file.
func load(files fs.FS) (map[string]file, error) {
	all := map[string]file{}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(files, name)
		all[name] = newFile(name, raw)
		return err
	})
	return all, err
}

func newFile(name string, raw []byte) file {
	sum := sha256.Sum256(raw)
	f := file{raw: raw, kind: mime.TypeByExtension(path.Ext(name)), tag: hex.EncodeToString(sum[:8])}
	if f.kind == "" {
		f.kind = "application/octet-stream"
	}
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		panic(err) // the level is a constant that gzip knows
	}
	_, _ = z.Write(raw) // a bytes.Buffer takes everything
	_ = z.Close()
	if b.Len() < len(raw)*9/10 {
		f.gzipped = b.Bytes()
	}
	return f
}

// file finds a built file: NotFound "not_found", or Unavailable
// "pages.not_built" for a binary without pages.
func (s *Site) file(name string) (file, error) {
	files, err := s.files()
	if err != nil {
		return file{}, err
	}
	f, ok := files[name]
	if ok {
		return f, nil
	}
	if _, built := files["index.html"]; !built {
		return f, fault.New(fault.Unavailable, "pages.not_built",
			"this binary was built without its pages; run `make web` and build it again")
	}
	return f, fault.New(fault.NotFound, "not_found", "there is no such page")
}

// send answers with the file, or with 304 when the browser has it.
func (f file) send(w http.ResponseWriter, r *http.Request, status int) {
	h, body, tag := w.Header(), f.raw, `"`+f.tag+`"`
	if f.gzipped != nil {
		h.Set("Vary", "Accept-Encoding")
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			body, tag = f.gzipped, `"`+f.tag+`-gzip"`
		}
	}
	h.Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", f.kind)
	w.WriteHeader(status)
	_, _ = w.Write(body) // fails only when the caller hung up
}
