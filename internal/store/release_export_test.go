package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/uptrace/bun"
)

// recordTo is the variable that names the folder for the statements of a
// release: `make record-statements` sets it.
const recordTo = "STORYREEL_TEST_RECORD"

// Separator is between the statements of a release's file.
const Separator = "\n;\n"

// recorded are the forms of statements that are in the file already.
var recorded = struct {
	sync.Mutex
	forms map[string]bool
}{forms: map[string]bool{}}

// RecordStatements adds what this database executes from now on to the file of
// its dialect, if asked to: one statement of each form.
func (s *Store) RecordStatements() {
	dir := os.Getenv(recordTo)
	if dir == "" {
		return
	}
	k := &keeper{filepath.Join(dir, s.Dialect()+".sql")}
	s.w, s.r, s.staff = s.w.WithQueryHook(k), s.r.WithQueryHook(k), s.staff.WithQueryHook(k)
}

// keeper keeps statements that read or write rows.
type keeper struct{ file string }

func (k *keeper) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

func (k *keeper) AfterQuery(_ context.Context, e *bun.QueryEvent) {
	verb, _ := statement(e.Query)
	if e.Err != nil || !slices.Contains([]string{"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"}, verb) {
		return
	}
	recorded.Lock()
	defer recorded.Unlock()
	form := k.file + formOf(e.Query)
	if recorded.forms[form] {
		return
	}
	recorded.forms[form] = true
	f, err := os.OpenFile(k.file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.WriteString(strings.TrimSpace(e.Query) + Separator)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		panic(err)
	}
}

var (
	literal = regexp.MustCompile(`'(?:[^']|'')*'|\b\d+\b|\b(TRUE|FALSE)\b`)
	list    = regexp.MustCompile(`\?(, ?\?)+`)
	rows    = regexp.MustCompile(`\(\?\)(, ?\(\?\))+`)
	space   = regexp.MustCompile(`\s+`)
)

// formOf is a statement without its values.
func formOf(query string) string {
	form := list.ReplaceAllString(literal.ReplaceAllString(space.ReplaceAllString(query, " "), "?"), "?")
	return rows.ReplaceAllString(form, "(?)")
}
