//go:build !dev

// Package web embeds the build of the pages in the binary. Without a build, such
// as on a machine without Node, the service shows a page that says so.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var files embed.FS

// Pages returns the built files; before `make web` there are none.
func Pages() fs.FS {
	sub, err := fs.Sub(files, "dist")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return sub
}
