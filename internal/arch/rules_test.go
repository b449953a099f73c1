package arch

import (
	"go/ast"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Limits that keep the code easy to read and to review.
const (
	maxFileLines     = 400
	maxFunctionLines = 60
	maxColumns       = 120
	tabColumns       = 4
)

// dataFiles are tables with one long line per entry; their lines may be long.
var dataFiles = []string{
	"internal/testkit/clips/classes.go", // recipes of test clips
	"internal/testkit/clips/hostile.go", // recipes of test clips
}

// structTag matches lines with a struct tag, which Go cannot wrap.
var structTag = regexp.MustCompile("`[a-z]+:\"")

func TestFiles_AreShort(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if n := strings.Count(s.text, "\n"); n > maxFileLines && !s.generated {
			t.Errorf("%s has %d lines; the limit is %d", s.path, n, maxFileLines)
		}
	}
}

func TestLines_AreNarrow(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if s.generated || slices.Contains(dataFiles, s.path) {
			continue
		}
		for i, text := range strings.Split(s.text, "\n") {
			n := len([]rune(text)) + (tabColumns-1)*strings.Count(text, "\t")
			if n > maxColumns && !structTag.MatchString(text) {
				t.Errorf("%s:%d has %d columns; the limit is %d", s.path, i+1, n, maxColumns)
			}
		}
	}
}

func TestFunctions_AreShort(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n.(type) {
			case *ast.FuncDecl, *ast.FuncLit:
			default:
				return true
			}
			if lines := line(n.End()) - line(n.Pos()) + 1; lines > maxFunctionLines && !s.generated {
				t.Errorf("%s:%d: the function has %d lines; the limit is %d", s.path, line(n.Pos()), lines,
					maxFunctionLines)
			}
			return true
		})
	}
}

// TestSQL_IsInStore keeps hand-written SQL in one package. That no other
// package imports bun or database/sql is checked with the imports.
func TestSQL_IsInStore(t *testing.T) {
	t.Parallel()
	found := false
	for _, s := range sources(t) {
		ast.Inspect(s.file, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && id.Name == "NewRaw" {
				found = true
				if s.dir != "internal/store" {
					t.Errorf("%s:%d: SQL belongs into internal/store", s.path, line(id.Pos()))
				}
			}
			return true
		})
	}
	if !found {
		t.Error("internal/store has no NewRaw: this test checks nothing")
	}
}

// bannedWords are words with a standard term in this field: video, frame or
// image, audio, color, and verbs for what code does.
var bannedWords = []string{
	"film", "films", "picture", "pictures", "sound", "sounds", "telephone", "telephones", "colour", "colours",
	"coloured", "catalogue", "told", "tell", "tells", "said", "say", "says", "heard", "lacks", "reckon",
}

// allowedIdentifiers are identifiers that hold a banned word, each with the
// reason. An entry that is not needed fails the test.
var allowedIdentifiers = map[string]string{}

// bannedInComments are banned words without another meaning in comments.
var bannedInComments = regexp.MustCompile(`(?i)\b(films?|pictures?|sounds?|colou?red|colours?|catalogue|told)\b`)

// identifierWord matches the words of an identifier: maxFileLines has max, File
// and Lines.
var identifierWord = regexp.MustCompile(`[A-Z]+[a-z]*|[a-z]+`)

func TestWords_AreOfThisField(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, s := range sources(t) {
		ast.Inspect(s.file, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if !ok {
				return true
			}
			for _, word := range identifierWord.FindAllString(id.Name, -1) {
				if !slices.Contains(bannedWords, strings.ToLower(word)) {
					continue
				}
				if allowedIdentifiers[id.Name] == "" {
					t.Errorf("%s:%d: %s: use the field's term for %q", s.path, line(id.Pos()), id.Name, word)
				}
				used[id.Name] = true
			}
			return true
		})
		for _, group := range s.file.Comments {
			for _, c := range group.List {
				if word := bannedInComments.FindString(c.Text); word != "" {
					t.Errorf("%s:%d: use the field's term for %q", s.path, line(c.Pos()), word)
				}
			}
		}
	}
	for name := range allowedIdentifiers {
		if !used[name] {
			t.Errorf("allowedIdentifiers has %s, which no file uses", name)
		}
	}
}

// linterMark is the only form in which a linter may be silenced: its name, then
// a reason.
var linterMark = regexp.MustCompile(`^//nolint:[a-z]+(,[a-z]+)* // \S`)

func TestNolint_NamesLinterAndReason(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		for _, group := range s.file.Comments {
			for _, c := range group.List {
				if strings.HasPrefix(c.Text, "//nolint") && !linterMark.MatchString(c.Text) {
					t.Errorf("%s:%d: want //nolint:linter // reason", s.path, line(c.Pos()))
				}
			}
		}
	}
}
