// Package web holds the pages, embedded in the binary.
package web

import (
	"embed"
	"io/fs"
)

//go:embed pages
var files embed.FS

// Pages returns the files of the pages, at the root of the file system.
func Pages() fs.FS {
	sub, err := fs.Sub(files, "pages")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return sub
}
