package arch

import (
	"encoding/json"
	"go/ast"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/config"
)

// limitRow is a row of the table of limits in docs/security.md.
type limitRow struct{ limit, where, answer, setting, test string }

func limitRows(t *testing.T) []limitRow {
	t.Helper()
	b, err := os.ReadFile("../../docs/security.md")
	require.NoError(t, err)
	_, section, found := strings.Cut(string(b), "\n## Limits\n")
	require.True(t, found, "docs/security.md has no section Limits")
	section, _, _ = strings.Cut(section, "\n## ")
	var rows []limitRow
	for line := range strings.SplitSeq(section, "\n") {
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|---") || strings.HasPrefix(line, "| limit |") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		require.Len(t, cells, 5, line)
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, limitRow{cells[0], cells[1], cells[2], cells[3], cells[4]})
	}
	require.NotEmpty(t, rows)
	return rows
}

var (
	quoted = regexp.MustCompile("`([^`]+)`")
	// limiting are names of settings that bound what somebody may use.
	limiting = regexp.MustCompile(`_PER_|MAX|LIMIT|STREAMS|WORKERS|CONNECTIONS|TRIES`)
	// coded is a status with the code of a problem.
	coded = regexp.MustCompile("([1-5][0-9]{2}) `([^`]+)`")
)

func names(cell string) []string {
	var out []string
	for _, m := range quoted.FindAllStringSubmatch(cell, -1) {
		out = append(out, m[1])
	}
	return out
}

// TestLimits_AreShownByTests: a limit in the table that no test shows, or a
// test that is gone, fails.
func TestLimits_AreShownByTests(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{}
	for _, s := range sources(t) {
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && s.test && f.Recv == nil {
				tests[f.Name.Name] = true
			}
		}
	}
	for _, row := range limitRows(t) {
		require.NotEmpty(t, names(row.test), "%s: no test", row.limit)
		for _, name := range names(row.test) {
			require.True(t, tests[name], "%s: there is no test %s", row.limit, name)
		}
		require.NotEmpty(t, row.where, row.limit)
		require.NotEmpty(t, row.answer, row.limit)
	}
}

// TestLimits_AnswerWithDocumentedCodes compares status and code with the list
// of error codes.
func TestLimits_AnswerWithDocumentedCodes(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../../web/src/home/errors.json")
	require.NoError(t, err)
	var listed []struct {
		Code   string
		Status []int
	}
	require.NoError(t, json.Unmarshal(b, &listed))
	statuses := map[string][]int{}
	for _, e := range listed {
		statuses[e.Code] = e.Status
	}
	for _, row := range limitRows(t) {
		for _, m := range coded.FindAllStringSubmatch(row.answer, -1) {
			status, err := strconv.Atoi(m[1])
			require.NoError(t, err)
			require.Contains(t, statuses[m[2]], status, "%s answers %s", row.limit, m[0])
		}
	}
}

// TestLimits_HaveARow: every setting that limits something and every rule that
// is counted in Redis is in the table, and the table names no other setting.
func TestLimits_HaveARow(t *testing.T) {
	t.Parallel()
	var settings, rules []string
	for _, row := range limitRows(t) {
		settings = append(settings, names(row.setting)...)
		rules = append(rules, names(row.where)...)
	}
	known := map[string]bool{}
	for _, v := range config.Settings() {
		known[v.Name] = true
		if limiting.MatchString(v.Name) {
			require.Contains(t, settings, v.Name, "docs/security.md has no row for the setting")
		}
	}
	for _, name := range settings {
		require.True(t, known[name], "there is no setting %s", name)
	}
	counted := ruleNames(t)
	require.NotEmpty(t, counted)
	for _, name := range counted {
		require.Contains(t, rules, name, "docs/security.md has no row for the rule")
	}
}

// ruleNames are the names of all limit.Rule values in the code.
func ruleNames(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			literal, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			if kind, ok := literal.Type.(*ast.SelectorExpr); !ok || kind.Sel.Name != "Rule" {
				return true
			}
			for _, e := range literal.Elts {
				kv, ok := e.(*ast.KeyValueExpr)
				if !ok || kv.Key.(*ast.Ident).Name != "Name" {
					continue
				}
				text, ok := kv.Value.(*ast.BasicLit)
				require.True(t, ok && text.Kind == token.STRING, "%s: the name of a rule must be a literal", s.path)
				name, err := strconv.Unquote(text.Value)
				require.NoError(t, err)
				out = append(out, name)
			}
			return true
		})
	}
	slices.Sort(out)
	return slices.Compact(out)
}
