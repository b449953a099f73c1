package site

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"sync"

	"github.com/storyreel/storyreel/api/front"
	"github.com/storyreel/storyreel/internal/fault"
)

// file is one built file, ready to be sent.
type file struct {
	raw       []byte
	kind, tag string // media type; ETag without quotes
	// squeezed is the file in each encoding that makes it smaller; each is
	// made when first asked for and kept.
	squeezed map[string]func() []byte
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
	f := file{raw: raw, kind: kindOf(path.Ext(name)), tag: hex.EncodeToString(sum[:8])}
	if f.kind == "" {
		f.kind = "application/octet-stream"
	}
	if front.Compressible(f.kind) {
		f.squeezed = map[string]func() []byte{}
		for _, encoding := range []string{front.Brotli, front.Gzip} {
			f.squeezed[encoding] = sync.OnceValue(func() []byte { return front.Squeeze(encoding, raw) })
		}
	}
	return f
}

// kindOf knows two types that machines without a list of types do not.
func kindOf(ext string) string {
	switch ext {
	case ".webmanifest":
		return "application/manifest+json"
	case ".ico":
		return "image/vnd.microsoft.icon"
	default:
		return mime.TypeByExtension(ext)
	}
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

// send answers with the file. Its tag names its bytes, so each encoding has
// another one.
func (f file) send(w http.ResponseWriter, r *http.Request, status int) {
	h, body, tag := w.Header(), f.raw, f.tag
	if f.squeezed != nil {
		h.Add("Vary", "Accept-Encoding")
		if encoding := front.Encoding(r.Header); encoding != "" {
			if small := f.squeezed[encoding](); small != nil {
				h.Set("Content-Encoding", encoding)
				body, tag = small, f.tag+"-"+encoding
			}
		}
	}
	if status == http.StatusOK {
		h.Set("ETag", `"`+tag+`"`)
	}
	h.Set("Content-Type", f.kind)
	w.WriteHeader(status)
	_, _ = w.Write(body) // fails only when the caller hung up
}
