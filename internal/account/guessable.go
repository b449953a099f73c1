package account

import (
	_ "embed"
	"math/bits"
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// common.txt states its source and licence.
//
//go:embed common.txt
var commonText string

// maxPiece is the longest piece, in characters, that is looked for in a
// password. Only the first maxExamined characters of it are examined.
const (
	maxPiece    = 24
	maxExamined = 128
)

// Costs of the pieces of a password, in bits: an attacker needs about 2^cost
// guesses for each. A common password costs the logarithm of its rank.
// Repeating a piece, or the separator used last, is free.
const (
	charCost     = 5
	sequenceCost = 6 // also a year
	wordCost     = 2 // a word of the account
	minEffort    = 40
)

// commonRanks are the places of common passwords in the list, from 1, in lower
// case and as plain folds them.
var commonRanks = sync.OnceValue(func() map[string]int {
	ranks := map[string]int{}
	for line := range strings.Lines(commonText) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		rank := len(ranks) + 1
		for _, spelled := range []string{line, plain(line)} {
			if ranks[spelled] == 0 {
				ranks[spelled] = rank
			}
		}
	}
	return ranks
})

// qwerty names the Latin letters on the keys of Cyrillic ones. A word typed on
// the other layout is as common as the word: the list holds "gfhjkm", which is
// "пароль".
var qwerty = func() map[rune]rune {
	cyrillic, latin := []rune("йцукенгшщзхъфывапролджэячсмитьбюёіїє"), []rune("qwertyuiop[]asdfghjkl;'zxcvbnm,.`s]'")
	keys := map[rune]rune{}
	for i, c := range cyrillic {
		keys[c] = latin[i]
	}
	return keys
}()

// onLatinKeys replaces Cyrillic letters by the Latin ones on their keys.
func onLatinKeys(s string) string {
	return strings.Map(func(r rune) rune {
		if l, ok := qwerty[unicode.ToLower(r)]; ok {
			return l
		}
		return r
	}, norm.NFC.String(s))
}

// leet are characters that stand for letters.
var leet = strings.NewReplacer("4", "a", "@", "a", "8", "b", "3", "e", "6", "g", "1", "i", "!", "i", "0", "o", "$", "s",
	"5", "s", "7", "t", "+", "t", "2", "z")

// plain folds a text to lower case without accents and leet spelling.
func plain(s string) string { return leet.Replace(fold(s)) }

// fold is lower case, in compatibility form, without accents.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(s))
}

// sequences are runs of keys and of letters and digits; parts of them and of
// their reverse are cheap.
var sequences = []string{
	"abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm",
	"azertyuiop", "qsdfghjklm", "wxcvbn", "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "!@#$%^&*()", "!\"§$%&/()=",
}

// effort is the least cost of a password as a chain of guessable pieces: as it
// stands, without its separators, and as typed on a Latin keyboard.
func effort(password string, words []string) int {
	known := map[string]bool{}
	for _, w := range words {
		for _, part := range append(strings.FieldsFunc(fold(w), separates), fold(w)) {
			if len(part) >= 3 {
				known[part], known[plain(part)] = true, true
			}
		}
	}
	joined := strings.Join(strings.FieldsFunc(password, separates), "")
	extra := 0 // bits of the separator that was left out
	if joined != password {
		extra = charCost
	}
	return min(leastCost(fold(password), known), leastCost(fold(onLatinKeys(password)), known),
		extra+leastCost(fold(joined), known), extra+leastCost(fold(onLatinKeys(joined)), known))
}

// separates reports whether a character stands between words. A mark belongs
// to the letter before it.
func separates(r rune) bool { return !unicode.In(r, unicode.L, unicode.N, unicode.M) }

// leastCost is the cost of the cheapest chain of pieces that makes the text.
func leastCost(folded string, words map[string]bool) int {
	text := []rune(folded)
	text = text[:min(len(text), maxExamined)]
	least := make([]int, len(text)+1) // of the first i characters
	var separator rune                // the last one
	for i, r := range text {
		least[i+1] = least[i] + charCost
		if i > 0 && r == text[i-1] || r == separator {
			least[i+1] = least[i]
		}
		if separates(r) {
			separator = r
		}
		for from := max(0, i+1-maxPiece); from < i; from++ {
			piece := string(text[from : i+1])
			if n := i + 1 - from; from >= n && string(text[from-n:from]) == piece {
				least[i+1] = min(least[i+1], least[from])
			} else if cost, ok := pieceCost(piece, words); ok {
				least[i+1] = min(least[i+1], least[from]+cost)
			}
		}
	}
	return least[len(text)]
}

// pieceCost is what a piece of two or more characters costs that attackers try
// whole.
func pieceCost(piece string, words map[string]bool) (cost int, ok bool) {
	backward := []rune(piece)
	slices.Reverse(backward)
	whole := len(backward) * charCost
	least := whole
	for _, p := range []string{piece, string(backward)} {
		if slices.ContainsFunc(sequences, func(s string) bool { return strings.Contains(s, p) }) {
			least = min(least, sequenceCost)
		}
		for _, spelled := range []string{p, plain(p)} {
			if words[spelled] {
				least = min(least, wordCost)
			}
			if rank := commonRanks()[spelled]; rank > 0 && len(p) >= 4 {
				least = min(least, bits.Len(uint(rank)))
			}
		}
	}
	if len(piece) == 4 && (strings.HasPrefix(piece, "19") || strings.HasPrefix(piece, "20")) && digits(piece) {
		least = min(least, sequenceCost)
	}
	return least, least < whole
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }
