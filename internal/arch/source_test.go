package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// root is the repository's root, relative to this package.
const root = "../.."

// source is a Go file of the module. Files are read for all build tags and
// systems.
type source struct {
	path      string // relative to the root, with slashes
	dir       string // of path: the package, as in the table; "." for the root
	text      string
	file      *ast.File
	test      bool
	generated bool
}

// skippedDirs hold no Go code of the module.
var skippedDirs = []string{"node_modules", ".git", "data", "bin", "dist", "testdata"}

var fileSet = token.NewFileSet()

var readSources = sync.OnceValues(func() ([]source, error) {
	var all []source
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains(skippedDirs, d.Name()):
			return fs.SkipDir
		case filepath.Ext(name) != ".go":
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(fileSet, name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		path := filepath.ToSlash(rel)
		all = append(all, source{
			path: path, dir: filepath.ToSlash(filepath.Dir(rel)), text: string(text), file: file,
			test: strings.HasSuffix(path, "_test.go"), generated: ast.IsGenerated(file),
		})
		return err
	})
	return all, err
})

// sources returns every Go file of the module.
func sources(t *testing.T) []source {
	t.Helper()
	all, err := readSources()
	require.NoError(t, err)
	require.NotEmpty(t, all)
	return all
}

// line returns the line of a position.
func line(pos token.Pos) int { return fileSet.Position(pos).Line }
