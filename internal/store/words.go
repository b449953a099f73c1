package store

import (
	"strings"

	"github.com/storyreel/storyreel/internal/text"
)

// maxWords is how many terms of a search are looked for; a sentence of a
// language without spaces has one for each character.
const maxWords = 24

// beginning reports whether a term matches those that begin with it. A single
// letter, which begins a twentieth of all, matches only itself.
func beginning(term string) bool { return len(term) > 1 }

// postgresWords is a tsquery for stories that have all words.
func postgresWords(words []string) string {
	terms := make([]string, len(words))
	for i, w := range words {
		if terms[i] = w; beginning(w) {
			terms[i] += ":*"
		}
	}
	return strings.Join(terms, " & ")
}

// sqliteWords is an FTS5 query for stories that have all words.
func sqliteWords(words []string) string {
	terms := make([]string, len(words))
	for i, w := range words {
		if terms[i] = `"` + w + `"`; beginning(w) {
			terms[i] += " *"
		}
	}
	return strings.Join(terms, " AND ")
}

// matchExpr is sqliteWords in the index of published stories.
func matchExpr(campaignID string, words []string) string {
	return "scope : " + scope(campaignID) + " AND body : (" + sqliteWords(words) + ")"
}

const (
	maxEndings = 12  // of one term
	maxLookup  = 400 // endings of one text
)

// endings returns what lookups find the texts by: their terms, and the
// endings of each, so that a search for beginnings finds every part of a word.
func endings(texts ...string) string {
	var out []string
	for _, term := range text.Terms(strings.Join(texts, "\n")) {
		head, step := "", 1
		if rest, ok := strings.CutPrefix(term, "ð"); ok { // four digits for each code point
			head, step, term = "ð", 4, rest
		}
		for i := 0; i < len(term) && i < maxEndings*step && len(out) < maxLookup; i += step {
			out = append(out, head+term[i:])
		}
	}
	return strings.Join(out, " ")
}
