package account

import (
	_ "embed"
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

// Costs of the pieces of a password. An attacker needs about as many guesses
// for a word of the list as for two characters that follow no rule.
const (
	charCost  = 1
	pieceCost = 2 // a common password, a word of the account, a sequence, a year; repeating one is free
	minEffort = 8
)

// commonPasswords are in lower case, as plain folds them.
var commonPasswords = sync.OnceValue(func() map[string]bool {
	set := map[string]bool{}
	for line := range strings.Lines(commonText) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			set[line], set[plain(line)] = true, true
		}
	}
	return set
})

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

// effort is the least cost of a password as a chain of guessable pieces.
func effort(password string, words []string) int {
	text := []rune(fold(password))
	text = text[:min(len(text), maxExamined)]
	known := map[string]bool{}
	for _, w := range words {
		for _, part := range append(strings.FieldsFunc(fold(w), func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r)
		}), fold(w)) {
			if len(part) >= 3 {
				known[part], known[plain(part)] = true, true
			}
		}
	}
	least := make([]int, len(text)+1) // of the first i characters
	for i := range text {
		least[i+1] = least[i] + charCost
		if i > 0 && text[i] == text[i-1] {
			least[i+1] = least[i]
		}
		for from := max(0, i+1-maxPiece); from < i; from++ {
			piece := string(text[from : i+1])
			switch n := i + 1 - from; {
			case from >= n && string(text[from-n:from]) == piece:
				least[i+1] = min(least[i+1], least[from])
			case guessable(piece, known):
				least[i+1] = min(least[i+1], least[from]+pieceCost)
			}
		}
	}
	return least[len(text)]
}

// guessable reports whether a piece of two or more characters is one that
// attackers try whole.
func guessable(piece string, words map[string]bool) bool {
	backward := []rune(piece)
	slices.Reverse(backward)
	for _, p := range []string{piece, string(backward)} {
		if slices.ContainsFunc(sequences, func(s string) bool { return strings.Contains(s, p) }) {
			return true
		}
		for _, spelled := range []string{p, plain(p)} {
			if words[spelled] || len(p) >= 4 && commonPasswords()[spelled] {
				return true
			}
		}
	}
	return len(piece) == 4 && (strings.HasPrefix(piece, "19") || strings.HasPrefix(piece, "20")) && digits(piece)
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }
