package api

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// cells are texts of contributors, and what the export makes of them.
var cells = map[string]string{
	"": "", "Ann": "Ann", "Ann-Marie": "Ann-Marie", "a=b; c": "a=b; c", "3 - 2": "3 - 2", "Zoë, \"Z\"": "Zoë, \"Z\"",
	"=1+1": "'=1+1", "+49 30": "'+49 30", "-Bo": "'-Bo", "@Bowie": "'@Bowie",
	"Ann;=cmd|'/C calc'!A0;x": "Ann;'=cmd|'/C calc'!A0;x",
	"Ann;=1;=2":               "Ann;'=1;'=2",
	"Ann; =1":                 "Ann; '=1",
	"Ann;\"=1\"":              "Ann;\"'=1\"",
	"Ann;\" \"=1":             "Ann;\" \"'=1",
	"Ann\t=1":                 "Ann\t'=1",
	"Ann|+1":                  "Ann|'+1",
	"Ann\n=1":                 "Ann\n'=1",
	"Ann\r\n@SUM(1)":          "Ann\r\n'@SUM(1)",
	"Ann\u2028=1":             "Ann\u2028'=1",
	"  =1":                    "  '=1",
	"\u00a0=1":                "\u00a0'=1",
	"\u200b=1":                "\u200b'=1",
	"\ufeff=1":                "\ufeff'=1",
	"\x01=1":                  "\x01'=1",
	"\"=1":                    "\"'=1",
	"\ttabbed":                "'\ttabbed",
	"\rreturned":              "'\rreturned",
	"＝1":                      "'＝1",
	"Ann;＋1":                  "Ann;'＋1",
	"－1":                      "'－1",
	"＠SUM(1)":                 "'＠SUM(1)",
	"﹦1":                      "'﹦1",
	"−1":                      "'−1",
	"'=1":                     "'=1",
	"Who?: =1":                "Who?: =1",
	"==1":                     "'==1",
	";;=1":                    ";;'=1",
	"Ann,=1":                  "Ann,=1",
}

func TestDefuse(t *testing.T) {
	t.Parallel()
	for cell, want := range cells {
		t.Run(cell, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, want, defuse(cell))
			require.Equal(t, want, defuse(want), "a second time changes nothing")
		})
	}
}

// spreadsheet reads a file as spreadsheets do: quotes count at the beginning
// of a cell alone, and are only text elsewhere.
func spreadsheet(file, separator string) []string {
	var out []string
	cell, quoted, start := "", false, true
	for i := 0; i < len(file); i++ {
		c := file[i : i+1]
		switch {
		case quoted && c == "\"" && i+1 < len(file) && file[i+1] == '"':
			cell += c
			i++
		case quoted && c == "\"":
			quoted = false
		case quoted:
			cell += c
		case start && c == "\"":
			quoted, start = true, false
		case c == separator || c == "\n" || c == "\r":
			out = append(out, cell)
			cell, start = "", true
		default:
			cell += c
			start = start && c == " "
		}
	}
	return append(out, cell)
}

func TestDefuse_NoLocaleFindsAFormula(t *testing.T) {
	t.Parallel()
	for cell := range cells {
		t.Run(cell, func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			w := csv.NewWriter(&b)
			require.NoError(t, w.Write([]string{"slot", defuse(cell), defuse(cell), "end"}))
			w.Flush()
			for _, separator := range []string{",", ";", "\t", "|"} {
				for _, got := range spreadsheet(b.String(), separator) {
					got = strings.TrimLeft(got, " \u00a0\u200b\ufeff\x01\"")
					require.False(t, got != "" && strings.ContainsAny(string([]rune(got)[:1]), formulaStarts),
						"%q is a formula where the separator is %q", got, separator)
				}
			}
		})
	}
}
