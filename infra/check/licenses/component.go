package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// component is a module or package of others that the product contains.
type component struct {
	name, version string
	source        string // address of its source code
	dir           string // its files on this machine
	texts         []string
	mpl           bool // under the Mozilla Public License 2.0
}

// legal matches the files in which authors put licences and notices.
var legal = regexp.MustCompile(`(?i)^(un)?(licen[cs]e|copying|notice|copyright)([-._].*)?$`)

// mpl matches the title of the licence, not a mention of it in another one.
var mpl = regexp.MustCompile(`(?m)^\W*Mozilla Public License,? [Vv]ersion 2\.0`)

// read fills texts; a component without any is an error, since nobody may
// distribute it.
func (c *component) read() error {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() || !legal.MatchString(e.Name()) || strings.HasSuffix(e.Name(), ".go") {
			continue
		}
		b, err := os.ReadFile(filepath.Join(c.dir, e.Name()))
		if err != nil {
			return err
		}
		text := strings.TrimSpace(strings.ReplaceAll(string(b), "\r\n", "\n"))
		c.texts = append(c.texts, text)
		c.mpl = c.mpl || mpl.MatchString(firstLines(text))
	}
	if len(c.texts) == 0 {
		return fmt.Errorf("%s %s has no licence file in %s", c.name, c.version, c.dir)
	}
	return nil
}

// firstLines are where a licence has its title.
func firstLines(text string) string {
	lines := strings.SplitN(text, "\n", 6)
	return strings.Join(lines[:min(5, len(lines))], "\n")
}

const head = `Storyreel itself is under the Apache License 2.0 (file LICENSE). Its binary and its
pages contain the software listed here, unchanged, under the licences that follow.
This file is written by 'make licenses'.
`

const mplHead = `
## Source code under the Mozilla Public License 2.0

These components are distributed in executable form under the terms of the Mozilla
Public License 2.0, whose text follows below. Their source code form is available,
at no charge, at the addresses named here.

`

// write writes the list, the notice of source code and each text once.
func write(b *bytes.Buffer, all []component) {
	b.WriteString("# Third-party licences\n\n" + head + "\n## Components\n\n")
	number, order, users := map[string]int{}, []string{}, map[string][]string{}
	for _, c := range all {
		var refs []string
		for _, text := range c.texts {
			if number[text] == 0 {
				order = append(order, text)
				number[text] = len(order)
			}
			refs = append(refs, fmt.Sprintf("[%d]", number[text]))
			users[text] = append(users[text], c.name)
		}
		fmt.Fprintf(b, "%s %s %s\n", c.name, c.version, strings.Join(refs, " "))
	}
	b.WriteString(mplHead)
	for _, c := range all {
		if c.mpl {
			fmt.Fprintf(b, "%s %s: %s\n", c.name, c.version, c.source)
		}
	}
	b.WriteString("\n## Texts\n")
	for _, text := range order {
		fmt.Fprintf(b, "\n[%d] %s\n\n%s\n", number[text], strings.Join(users[text], ", "), text)
	}
}
