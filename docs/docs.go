// Package docs embeds the documentation, so that every binary serves the pages
// of its own version.
package docs

import (
	"embed"
	"io/fs"
)

// Only pages and images: openapi.yaml is generated from the code, and served
// from it.
//
//go:embed *.md */*.md images
var files embed.FS

// Files returns the pages as Markdown, by their paths below this folder, and
// the images that they show. README.md is the list of all pages.
func Files() fs.FS { return files }
