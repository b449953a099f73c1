package text

import (
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxTerm is how many code points of a word are indexed and looked for.
const maxTerm = 40

// dense are the scripts that are written without spaces between words, or
// (Korean) with endings joined to them. Their runs are cut into pairs of
// characters, so that a word is found inside a sentence without a dictionary.
var dense = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo, unicode.Thai, unicode.Lao,
	unicode.Khmer, unicode.Myanmar,
}

// Terms returns the terms by which s is found, in its order, repeated ones
// too. Each is made of a-z, 0-9 and ð only, so that no engine splits or
// changes it.
func Terms(s string) []string {
	var out []string
	eachRun(s, func(run []rune, isDense bool) {
		if !isDense {
			out = append(out, term(run))
			return
		}
		for i := range run { // the last one alone, for those who look for it alone
			out = append(out, term(run[i:min(i+2, len(run))]))
		}
	})
	return out
}

// Query returns the terms that a text must have to match the search s: each
// the beginning of one of its Terms. There are at most limit; a search without
// letters and digits has none.
func Query(s string, limit int) []string {
	var out []string
	eachRun(s, func(run []rune, isDense bool) {
		if !isDense || len(run) == 1 {
			out = append(out, term(run))
			return
		}
		for i := range len(run) - 1 {
			out = append(out, term(run[i:i+2]))
		}
	})
	return out[:min(len(out), limit)]
}

// eachRun calls f with each word of letters, marks and digits, and with each
// run of dense scripts. Accents and vowel points are left out; marks that are
// letters of their script are kept.
func eachRun(s string, f func(run []rune, isDense bool)) {
	var run []rune
	runDense := false
	end := func() {
		if len(run) > 0 {
			f(run, runDense)
			run = nil
		}
	}
	for _, r := range plain(s) {
		if !unicode.In(r, unicode.L, unicode.N, unicode.M) {
			end()
			continue
		}
		isDense := unicode.In(r, dense...) || r == 'ー' // the long vowel of kana has no script of its own
		if isDense != runDense && !(unicode.IsMark(r) && len(run) > 0) {
			end()
			runDense = isDense
		}
		run = append(run, r)
	}
	end()
}

// plain folds s and takes accents and vowel points off its letters.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		kana := r == '\u3099' || r == '\u309a' // make another letter: は, ば, ぱ
		if unicode.Is(unicode.Mn, r) && !kana && unicode.In(r, unicode.Inherited, unicode.Hebrew, unicode.Arabic) {
			return -1
		}
		return r
	}, norm.NFD.String(Fold(s)))
	return undecomposed.Replace(norm.NFC.String(s))
}

// undecomposed are Latin letters that people type without their stroke, and
// which Unicode does not decompose.
var undecomposed = strings.NewReplacer(
	"ł", "l", "ø", "o", "đ", "d", "ð", "d", "ħ", "h", "æ", "ae", "œ", "oe", "þ", "th")

// term spells a word in ASCII: itself, or ð and four base-36 digits for each
// code point, so that the beginning of a word begins its spelling.
func term(run []rune) string {
	run = run[:min(len(run), maxTerm)]
	word := string(run)
	if strings.IndexFunc(word, func(r rune) bool { return r > unicode.MaxASCII }) < 0 {
		return word
	}
	var b strings.Builder
	b.WriteString("ð")
	for _, r := range run {
		digits := strconv.FormatInt(int64(r), 36)
		b.WriteString("0000"[len(digits):])
		b.WriteString(digits)
	}
	return b.String()
}
