package api

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"

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
	"/sign-in":     "sign-in.html",
	"/docs":        "docs.html",
	"/docs/errors": "docs.html",
}

func (s *server) pageRoutes(engine *gin.Engine) {
	files := web.Pages()
	for route, name := range pagePaths {
		engine.GET(route, func(c *gin.Context) { s.page(c, files, name) })
	}
	engine.GET("/assets/*name", func(c *gin.Context) {
		s.page(c, files, "assets/"+strings.TrimPrefix(path.Clean(c.Param("name")), "/"))
	})
}

// page serves an embedded file under a content policy that allows our own
// scripts only: nothing a contributor wrote can ever run.
func (s *server) page(c *gin.Context, files fs.FS, name string) {
	b, err := fs.ReadFile(files, name)
	if err != nil {
		s.write(c, newProblem(http.StatusNotFound, "not_found", "there is no such page"))
		return
	}
	sum := sha256.Sum256(b)
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	media := strings.TrimSpace(s.MediaOrigin + " " + s.UploadOrigin)
	c.Header("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob: "+media+
		"; media-src blob: "+media+"; connect-src 'self' "+media+"; worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'")
	c.Header("ETag", tag)
	c.Header("Cache-Control", "no-cache")
	if c.GetHeader("If-None-Match") == tag {
		c.Status(http.StatusNotModified)
		return
	}
	kind := mime.TypeByExtension(path.Ext(name))
	if kind == "" {
		kind = "application/octet-stream"
	}
	c.Data(http.StatusOK, kind, b)
}
