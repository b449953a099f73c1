package arch

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/storyreel/storyreel/"

// libraries are the import paths of the short names in the table.
var libraries = map[string]string{
	"kong": "github.com/alecthomas/kong", "gin": "github.com/gin-gonic/gin", "huma": "github.com/danielgtaylor/huma/v2",
	"ffmpeg-go": "github.com/u2takey/ffmpeg-go", "bcrypt": "golang.org/x/crypto/bcrypt",
	"brotli": "github.com/andybalholm/brotli",
	"argon2": "golang.org/x/crypto/argon2",
	"bun":    "github.com/uptrace/bun", "goose": "github.com/pressly/goose/v3", "sqlite": "modernc.org/sqlite",
	"s3": "github.com/aws/aws-sdk-go-v2/service/s3", "asynq": "github.com/hibiken/asynq",
	"go-landlock": "github.com/landlock-lsm/go-landlock", "client_golang": "github.com/prometheus/client_golang",
	"versitygw": "github.com/versity/versitygw", "go-oidc": "github.com/coreos/go-oidc/v3/oidc",
	"xattr": "github.com/pkg/xattr", "ssrf": "code.dny.dev/ssrf",
	"goldmark": "github.com/yuin/goldmark",
	"excelize": "github.com/xuri/excelize/v2",
	"html":     "golang.org/x/net/html",
	"go-mail":  "github.com/wneessen/go-mail", "go-smtp": "github.com/emersion/go-smtp",
	"otel": "go.opentelemetry.io/otel", "toxiproxy": "github.com/Shopify/toxiproxy/v2",
}

// restricted are imports of the standard library that only some packages may
// use.
var restricted = map[string][]string{
	"os/exec": {
		"cmd/storyreel", "internal/sandbox", "internal/embedded", "internal/testkit", "internal/testkit/clips",
		"transcode/ffmpeg", "cmd/bench-transcode", "cmd/bench-service", "cmd/fault-run",
		"infra/check/licenses",
	},
	"database/sql": {"internal/store", "internal/testkit", "cmd/bench-service", "cmd/fault-run"},
	"math/rand":    {}, // math/rand/v2 instead
}

// peers are packages with what others are compared with: they use libraries as
// somebody else would, beside the sole user of each.
var peers = []string{"cmd/bench-service/peer"}

// row is a line of the package table.
type row struct {
	imports []string // paths below the module, or "everything"
	sole    []string // keys of libraries
}

// tableRows returns the cells of every row of the table in docs/architecture.md
// whose header starts with this cell.
func tableRows(t *testing.T, first string) [][]string {
	t.Helper()
	b, err := os.ReadFile(root + "/docs/architecture.md")
	require.NoError(t, err)
	var rows [][]string
	in := false
	for _, line := range strings.Split(string(b), "\n") {
		if !strings.HasPrefix(line, "|") {
			in = false
			continue
		}
		var cells []string
		for _, c := range strings.Split(strings.Trim(line, "|"), "|") {
			cells = append(cells, strings.TrimSpace(c))
		}
		if in && !strings.HasPrefix(cells[0], "---") {
			rows = append(rows, cells)
		}
		in = in || cells[0] == first
	}
	require.NotEmpty(t, rows, first)
	return rows
}

// list splits a cell at commas and removes backticks.
func list(cell string) []string {
	var out []string
	for _, s := range strings.Split(cell, ",") {
		if s = strings.Trim(s, " `"); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// packages returns the imports of every package. Imports of tests do not count.
func packages(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, s := range sources(t) {
		all[s.dir] = append(all[s.dir], "")
		if s.test {
			continue
		}
		for _, spec := range s.file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			require.NoError(t, err)
			all[s.dir] = append(all[s.dir], path)
		}
	}
	for pkg, paths := range all {
		slices.Sort(paths)
		all[pkg] = slices.Compact(paths)[1:] // without the empty path
	}
	return all
}

func TestImports_MatchTheTable(t *testing.T) {
	t.Parallel()
	table := map[string]row{}
	owner := map[string]string{} // import path of a library → its only package
	for _, cells := range tableRows(t, "package") {
		pkg := strings.Trim(cells[0], "`")
		table[pkg] = row{list(cells[2]), list(cells[3])}
		_, err := os.Stat(filepath.Join(root, pkg))
		require.NoError(t, err, "the table names a package that does not exist")
		for _, lib := range table[pkg].sole {
			require.Contains(t, libraries, lib)
			owner[libraries[lib]] = pkg
		}
	}
	for pkg, imported := range packages(t) {
		t.Run(pkg, func(t *testing.T) {
			t.Parallel()
			r, known := table[pkg]
			require.True(t, known, "docs/architecture.md has no row for package %s", pkg)
			checkImports(t, pkg, r, imported, owner)
		})
	}
}

// checkImports compares the imports of a package with its row.
func checkImports(t *testing.T, pkg string, r row, imported []string, owner map[string]string) {
	t.Helper()
	var own []string
	for _, imp := range imported {
		if path, ok := strings.CutPrefix(imp, module); ok {
			own = append(own, path)
		}
		for lib, sole := range owner {
			if (imp == lib || strings.HasPrefix(imp, lib+"/")) && !slices.Contains(peers, pkg) {
				require.Equal(t, sole, pkg, "only %s may import %s", sole, imp)
			}
		}
		if allowed, ok := restricted[imp]; ok {
			require.Contains(t, allowed, pkg, "%s is not for every package", imp)
		}
	}
	if slices.Equal(r.imports, []string{"everything"}) {
		return
	}
	for _, path := range own {
		require.Contains(t, r.imports, path, "%s imports %s, which its row does not allow", pkg, path)
	}
	for _, path := range r.imports {
		require.Contains(t, own, path, "the row of %s allows %s, which it does not import", pkg, path)
	}
}
