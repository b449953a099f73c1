package api

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
	"sync"

	"github.com/gin-gonic/gin"

	"github.com/storyreel/storyreel/web"
)

// pagePaths maps addresses to pages. A page learns what it is about from its
// address, so one file serves every campaign.
var pagePaths = map[string]string{
	"/":            "index.html",
	"/c/:campaign": "campaign.html",
	"/s/:id":       "status.html",
	"/review":      "review.html",
	"/board":       "board.html",
	"/admin":       "admin.html",
	"/sign-in":     "sign-in.html",
	"/docs":        "docs.html",
	"/docs/errors": "docs.html",
	"/demo":        "demo.html",
	"/embed.js":    "embed.js",
}

// pageFile is one built file, ready to be sent.
type pageFile struct {
	raw, gzipped []byte // gzipped is nil where it would not be smaller
	kind, tag    string
}

// pageFiles is read once: the files are part of the binary.
var pageFiles = sync.OnceValue(func() map[string]pageFile {
	all := map[string]pageFile{}
	files := web.Pages()
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(files, name)
		all[name] = newPageFile(name, raw)
		return err
	})
	if err != nil {
		panic(err) // an embedded file can always be read
	}
	return all
})

func newPageFile(name string, raw []byte) pageFile {
	sum := sha256.Sum256(raw)
	f := pageFile{raw: raw, kind: mime.TypeByExtension(path.Ext(name)), tag: hex.EncodeToString(sum[:8])}
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

func (s *server) pageRoutes(engine *gin.Engine) {
	for route, name := range pagePaths {
		engine.GET(route, func(c *gin.Context) { s.page(c, name) })
	}
	s.shareRoutes(engine)
	engine.GET("/assets/*name", func(c *gin.Context) {
		s.page(c, "assets/"+strings.TrimPrefix(path.Clean(c.Param("name")), "/"))
	})
}

// page serves an embedded file under a content policy that allows our own
// scripts only: nothing a contributor wrote can ever run.
func (s *server) page(c *gin.Context, name string) {
	f, ok := s.pageFile(c, name)
	if !ok {
		return
	}
	h := c.Writer.Header()
	s.pageHeaders(h)
	switch {
	case strings.HasPrefix(name, "assets/"):
		h.Set("Cache-Control", "public, max-age=31536000, immutable") // the name holds a hash of the content
		// brands' pages load the embed's parts; nothing in them is private
		h.Set("Access-Control-Allow-Origin", "*")
	case name == "embed.js":
		h.Set("Cache-Control", "public, max-age=300")
		h.Set("Access-Control-Allow-Origin", "*")
	}
	s.send(c, http.StatusOK, f)
}

// pageFile finds a built file, or answers why it cannot.
func (s *server) pageFile(c *gin.Context, name string) (pageFile, bool) {
	files := pageFiles()
	f, ok := files[name]
	if _, built := files["index.html"]; !ok && !built {
		s.write(c,
			newProblem(http.StatusServiceUnavailable, "pages.not_built",
				"this binary was built without its pages; run `make web` and build it again"))
	} else if !ok {
		s.write(c, newProblem(http.StatusNotFound, "not_found", "there is no such page"))
	}
	return f, ok
}

func (s *server) pageHeaders(h http.Header) {
	h.Set("Content-Security-Policy", s.pagePolicy("'none'"))
	h.Set("Permissions-Policy", "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()")
	h.Set("Cache-Control", "no-cache")
}

// pagePolicy is the pages' content policy. Media and uploads have origins of
// their own; nothing may turn text into markup; only `framers` may put the
// page into a frame.
func (s *server) pagePolicy(framers string) string {
	media := s.MediaOrigin
	if s.UploadOrigin != media {
		media = strings.TrimSpace(media + " " + s.UploadOrigin)
	}
	return "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob: " +
		media +
		"; media-src 'self' blob: " + media + "; connect-src 'self' " + media +
		"; worker-src 'self'; manifest-src 'self'" +
		"; base-uri 'none'; object-src 'none'; form-action 'self'; require-trusted-types-for 'script'; " +
		"trusted-types 'none'; frame-ancestors " + framers
}

// send answers with the file, or with nothing when the browser has it.
func (s *server) send(c *gin.Context, status int, f pageFile) {
	body, tag := f.raw, `"`+f.tag+`"`
	if f.gzipped != nil {
		c.Header("Vary", "Accept-Encoding")
		if strings.Contains(c.GetHeader("Accept-Encoding"), "gzip") {
			c.Header("Content-Encoding", "gzip")
			body, tag = f.gzipped, `"`+f.tag+`-gzip"`
		}
	}
	c.Header("ETag", tag)
	if c.GetHeader("If-None-Match") == tag {
		c.Status(http.StatusNotModified)
		return
	}
	c.Data(status, f.kind, body)
}
