//go:build dev

package web

import (
	"io/fs"
	"os"
)

// Pages returns the unbuilt pages of the working directory, which must be the
// repository's root: the dev server in front completes them (`make dev`).
func Pages() fs.FS { return os.DirFS("web/pages") }
