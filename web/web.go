//go:build !dev

// Package web holds the pages: their sources, and their build embedded in the
// binary. A clone builds without Node; its pages then say what is missing.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var files embed.FS

// Pages returns the built files, at the root of the file system. Before
// `make web` it holds none of them.
func Pages() fs.FS {
	sub, err := fs.Sub(files, "dist")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return sub
}
