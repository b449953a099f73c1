package api

import (
	"bytes"
	"encoding/csv"
	"strings"
	"unicode"
)

// Spreadsheets split a CSV file at the separator of their locale: comma,
// semicolon or tab, or what a person chose. Quotes protect a cell only where
// the separator is a comma, as elsewhere they do not stand at its beginning.
// Therefore a cell may begin at the beginning of ours and after each of these.
const cellBreaks = ";\t|\n\r\v\f\u0085\u2028\u2029"

// formulaStarts make a cell a formula, in the full-width and small forms that
// East Asian versions of spreadsheets accept, too.
const formulaStarts = "=+-@＝＋－＠﹦﹢﹣﹫−"

// csvFile writes rows as CSV, without formulas.
func csvFile(rows [][]string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	for _, row := range rows {
		for i, cell := range row {
			row[i] = defuse(cell)
		}
		_ = w.Write(row) // a bytes.Buffer takes everything
	}
	w.Flush()
	return b.Bytes()
}

// defuse returns a text such that no spreadsheet of any locale makes a formula
// of it or of a part: before each character that would start one, ignoring
// spaces, quotes and characters that cannot be seen, stands an apostrophe. So
// it does before a tab or carriage return at the beginning.
func defuse(cell string) string {
	var b strings.Builder
	begins := true // a cell may begin here
	if strings.HasPrefix(cell, "\t") || strings.HasPrefix(cell, "\r") {
		b.WriteByte('\'')
	}
	for _, r := range cell {
		switch {
		case strings.ContainsRune(cellBreaks, r):
			begins = true
		case begins && strings.ContainsRune(formulaStarts, r):
			b.WriteByte('\'')
			begins = false
		case begins && (unicode.IsSpace(r) || r == '"' || !unicode.IsPrint(r)):
		default:
			begins = false
		}
		b.WriteRune(r)
	}
	return b.String()
}
