package arch

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/story"
)

const module = "github.com/storyreel/storyreel/"

// libraries are the import paths behind the short names of the table.
var libraries = map[string]string{
	"kong": "github.com/alecthomas/kong", "gin": "github.com/gin-gonic/gin", "huma": "github.com/danielgtaylor/huma/v2",
	"ffmpeg-go": "github.com/u2takey/ffmpeg-go",
	"bcrypt":    "golang.org/x/crypto/bcrypt", "bun": "github.com/uptrace/bun", "goose": "github.com/pressly/goose/v3",
	"sqlite": "modernc.org/sqlite",
	"s3":     "github.com/aws/aws-sdk-go-v2/service/s3", "asynq": "github.com/hibiken/asynq",
	"go-landlock": "github.com/landlock-lsm/go-landlock", "client_golang": "github.com/prometheus/client_golang",
	"versitygw": "github.com/versity/versitygw",
}

// programs are the packages that may start other programs.
var programs = []string{
	"cmd/storyreel", "internal/sandbox", "internal/embedded", "internal/testkit", "internal/testkit/clips",
	"transcode/ffmpeg",
	"cmd/bench-transcode",
}

// row is a line of the package table.
type row struct {
	imports []string
	sole    []string
}

// tableRows returns the cells of every row of the table whose header starts
// with the given cell.
func tableRows(t *testing.T, first string) [][]string {
	t.Helper()
	b, err := os.ReadFile("../../docs/architecture.md")
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

func list(cell string) []string {
	var out []string
	for _, s := range strings.Split(cell, ",") {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// imports asks the go tool who imports what; test files do not count.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", module+"...").Output()
	require.NoError(t, err)
	all := map[string][]string{}
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p struct {
			ImportPath string
			Imports    []string
		}
		require.NoError(t, dec.Decode(&p))
		all[strings.TrimPrefix(p.ImportPath, module)] = p.Imports
	}
	return all
}

func TestImports_AreThoseOfTheTable(t *testing.T) {
	t.Parallel()
	table := map[string]row{}
	for _, cells := range tableRows(t, "package") {
		table[strings.Trim(cells[0], "`")] = row{list(cells[2]), list(cells[3])}
	}
	all := imports(t)
	owner := map[string]string{}
	for pkg, r := range table {
		_, err := os.Stat(filepath.Join("../..", pkg))
		require.NoError(t, err, "the table names a package that is not there")
		for _, lib := range r.sole {
			require.Contains(t, libraries, lib)
			owner[libraries[lib]] = pkg
		}
	}
	for pkg, imported := range all {
		if pkg == "transcode/mediatest" {
			continue // tests only
		}
		r, known := table[pkg]
		require.True(t, known, "package %s is not in docs/architecture.md: say what it is for", pkg)
		for _, imp := range imported {
			if ours, ok := strings.CutPrefix(imp, module); ok {
				allowed := slices.Contains(r.imports, "everything") || slices.Contains(r.imports, path.Base(ours))
				require.True(t, allowed, "%s imports %s, which its row does not allow", pkg, ours)
			}
			for lib, sole := range owner {
				if imp == lib || strings.HasPrefix(imp, lib+"/") {
					require.Equal(t, sole, pkg, "%s is %s's alone", imp, sole)
				}
			}
			if imp == "os/exec" {
				require.Contains(t, programs, pkg, "starting programs is not for every package")
			}
			require.NotContains(t, []string{"math/rand"}, imp)
		}
	}
}

func TestTransitions_AreThoseOfTheDocument(t *testing.T) {
	t.Parallel()
	var want [][]string
	for _, tr := range story.Transitions() {
		var by []string
		for _, r := range tr.By {
			by = append(by, string(r))
		}
		want = append(want, []string{string(tr.From), string(tr.Event), string(tr.To), strings.Join(by, ", ")})
	}
	require.Equal(t, want, tableRows(t, "from"))
}

// TestTransitions_KeepThePromises checks what the machine as a whole must
// guarantee, whatever way a story takes.
func TestTransitions_KeepThePromises(t *testing.T) {
	t.Parallel()
	next := map[story.State][]story.Transition{}
	for _, tr := range story.Transitions() {
		for _, other := range next[tr.From] {
			require.NotEqual(t, other.Event, tr.Event, "%s: %s leads to two states", tr.From, tr.Event)
		}
		next[tr.From] = append(next[tr.From], tr)
	}
	reach := func(avoid story.Event) map[story.State]bool {
		seen := map[story.State]bool{story.AwaitingUpload: true}
		for todo := []story.State{story.AwaitingUpload}; len(todo) > 0; todo = todo[1:] {
			for _, tr := range next[todo[0]] {
				if tr.Event != avoid && tr.Event != story.EventPublishRetried && !seen[tr.To] {
					seen[tr.To] = true
					todo = append(todo, tr.To)
				}
			}
		}
		return seen
	}
	all := reach("")
	for _, s := range story.States() {
		require.True(t, all[s], "%s cannot be reached", s)
	}
	unapproved := reach(story.EventApproved)
	for _, s := range []story.State{story.Approved, story.Publishing, story.Published, story.Hidden} {
		require.False(t, unapproved[s], "%s can be reached without an approval", s)
	}
	for _, s := range story.States() {
		if s == story.Withdrawn || s == story.Erased {
			continue
		}
		withdrawable := slices.ContainsFunc(next[s], func(tr story.Transition) bool { return tr.To == story.Withdrawn })
		require.True(t, withdrawable, "%s cannot be withdrawn", s)
	}
	require.Empty(t, next[story.Erased])
}

// TestFiles_StayShort keeps files within what one can hold in mind.
func TestFiles_StayShort(t *testing.T) {
	t.Parallel()
	generated := regexp.MustCompile(`^// Code generated`)
	err := filepath.WalkDir("../..", func(name string, d fs.DirEntry, err error) error {
		if err != nil || (d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git" || d.Name() == "data")) {
			return errorOrSkip(err)
		}
		if filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		b, err := os.ReadFile(name)
		if err == nil && !generated.Match(b) && strings.Count(string(b), "\n") > 420 {
			t.Errorf("%s has %d lines; is it still one thing?", name, strings.Count(string(b), "\n"))
		}
		return err
	})
	require.NoError(t, err)
}

func errorOrSkip(err error) error {
	if err != nil {
		return err
	}
	return fs.SkipDir
}
