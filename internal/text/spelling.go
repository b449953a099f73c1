package text

import (
	"strconv"
	"strings"
	"unicode"
)

// Bounds of the words that are looked for as they are spelled nearly alike, in
// letters: shorter ones are near to too many others.
const (
	minSpelled = 4
	maxSpelled = 24
	longWord   = 8 // from here on, two mistakes are allowed
)

// Letters returns the code points that a term spells.
func Letters(term string) []rune {
	digits, spelled := strings.CutPrefix(term, "ð")
	if !spelled {
		return []rune(term)
	}
	var out []rune
	for ; len(digits) >= 4; digits = digits[4:] {
		n, err := strconv.ParseInt(digits[:4], 36, 32)
		if err != nil {
			return nil
		}
		out = append(out, rune(n))
	}
	return out
}

// Spellings returns the keys by which a term is found that is spelled nearly
// alike: its letters, and these with each one left out. A term of few or very
// many letters, with digits or in a script without words has none.
func Spellings(term string) []string {
	letters := Letters(term)
	if len(letters) < minSpelled || len(letters) > maxSpelled {
		return nil
	}
	for _, r := range letters {
		if unicode.IsDigit(r) || unicode.In(r, dense...) {
			return nil
		}
	}
	return without(letters, 1)
}

// Misspellings returns the keys of the terms that somebody may have meant who
// typed this one. In long words they find most of the terms with two mistakes.
func Misspellings(term string) []string {
	keys := Spellings(term)
	if letters := Letters(term); len(keys) > 0 && len(letters) >= longWord {
		return without(letters, 2)
	}
	return keys
}

// without returns the letters as text, and with up to n of them left out, each
// once.
func without(letters []rune, n int) []string {
	out := []string{string(letters)}
	seen := map[string]bool{out[0]: true}
	for last := out; n > 0; n-- {
		var next []string
		for _, word := range last {
			runes := []rune(word)
			for i := range runes {
				shorter := string(runes[:i]) + string(runes[i+1:])
				if !seen[shorter] {
					seen[shorter], next = true, append(next, shorter)
				}
			}
		}
		out, last = append(out, next...), next
	}
	return out
}

// Near reports in how many letters two terms differ, counting letters that
// changed places as one, and whether they are near enough to be meant for each
// other: one mistake, two in long words.
func Near(typed, term string) (distance int, ok bool) {
	a, b := Letters(typed), Letters(term)
	distance = mistakes(a, b)
	allowed := 1
	if len(a) >= longWord {
		allowed = 2
	}
	return distance, distance <= allowed
}

// mistakes is the distance of Damerau and Levenshtein in which no part is
// changed twice.
func mistakes(a, b []rune) int {
	var before []int
	last := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range a {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
