package arch

import (
	"encoding/json"
	"go/ast"
	"go/token"
	"maps"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// codeArguments are the functions that make an error, and which argument of
// theirs is the code.
var codeArguments = map[string]int{"fault.New": 1, "refusal.New": 0, "api.newProblem": 1}

// codeMaps are maps whose values are codes, and codeFields the types whose
// field Code is one.
var (
	codeMaps   = []string{"api.humaCodes"}
	codeFields = []string{"story.Failure", "client.Error", "fault.Error"}
)

// errorCodes collects every code that the Go code can fail with, each with a
// place where it does.
func errorCodes(t *testing.T) map[string]string {
	t.Helper()
	var parsed []*ast.File
	for _, s := range sources(t) {
		if !s.test {
			parsed = append(parsed, s.file)
		}
	}
	c := collector{t: t, consts: map[string]string{}, codes: map[string]string{}}
	for _, f := range parsed {
		c.constants(f)
	}
	for _, f := range parsed {
		c.pkg = f.Name.Name
		ast.Inspect(f, c.visit)
	}
	return c.codes
}

type collector struct {
	t      *testing.T
	pkg    string            // of the file that is visited
	consts map[string]string // package.Name → text
	codes  map[string]string // code → place
}

// constants records the text constants of a file.
func (c *collector) constants(f *ast.File) {
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, spec := range g.Specs {
			v := spec.(*ast.ValueSpec)
			for i, name := range v.Names {
				if i < len(v.Values) {
					if text, ok := c.text(v.Values[i]); ok {
						c.consts[f.Name.Name+"."+name.Name] = text
					}
				}
			}
		}
	}
}

// name is the full name of an identifier, as package.Name.
func (c *collector) name(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return c.pkg + "." + e.Name
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok {
			return x.Name + "." + e.Sel.Name
		}
	}
	return ""
}

// text is the value of a text literal or constant.
func (c *collector) text(e ast.Expr) (string, bool) {
	if l, ok := e.(*ast.BasicLit); ok && l.Kind == token.STRING {
		text, err := strconv.Unquote(l.Value)
		return text, err == nil
	}
	text, ok := c.consts[c.name(e)]
	return text, ok
}

// add records a code. It must be known here: a literal, a constant, the
// member of a code map, or the code of another error that is passed on.
func (c *collector) add(e ast.Expr) {
	place := fileSet.Position(e.Pos()).String()
	if code, ok := c.text(e); ok {
		c.codes[code] = place
		return
	}
	switch e := e.(type) {
	case *ast.SelectorExpr:
		if e.Sel.Name == "Code" {
			return
		}
	case *ast.IndexExpr:
		if slices.Contains(codeMaps, c.name(e.X)) {
			return
		}
	case *ast.CallExpr:
		switch c.name(e.Fun) {
		case "fault.CodeOf":
			return
		case "cmp.Or":
			for _, arg := range e.Args {
				c.add(arg)
			}
			return
		}
	}
	c.t.Errorf("%s: the code of an error must be a literal or a constant", place)
}

func (c *collector) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.FuncDecl: // the functions of codeArguments pass their own argument on
		_, forwards := codeArguments[c.pkg+"."+n.Name.Name]
		return !forwards
	case *ast.CallExpr:
		if i, ok := codeArguments[c.name(n.Fun)]; ok && i < len(n.Args) {
			c.add(n.Args[i])
		}
	case *ast.ValueSpec:
		if len(n.Values) == 1 && slices.Contains(codeMaps, c.name(n.Names[0])) {
			for _, element := range n.Values[0].(*ast.CompositeLit).Elts {
				c.add(element.(*ast.KeyValueExpr).Value)
			}
		}
	case *ast.CompositeLit:
		if !slices.Contains(codeFields, c.name(n.Type)) {
			return true
		}
		for _, element := range n.Elts {
			if kv, ok := element.(*ast.KeyValueExpr); ok && kv.Key.(*ast.Ident).Name == "Code" {
				c.add(kv.Value)
			}
		}
	}
	return true
}

// TestErrorCodes_AreDocumented compares the codes in the code with the page
// /docs/errors, to which the type of every problem leads.
func TestErrorCodes_AreDocumented(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../../web/src/home/errors.json")
	require.NoError(t, err)
	var listed []struct{ Code string }
	require.NoError(t, json.Unmarshal(b, &listed))
	documented := map[string]bool{}
	for _, e := range listed {
		documented[e.Code] = true
	}
	raised := errorCodes(t)
	for _, code := range slices.Sorted(maps.Keys(raised)) {
		if !documented[code] {
			t.Errorf("web/src/home/errors.json lacks %q of %s", code, raised[code])
		}
	}
	for _, e := range listed {
		if raised[e.Code] == "" {
			t.Errorf("web/src/home/errors.json lists %q, which nothing fails with", e.Code)
		}
	}
}
