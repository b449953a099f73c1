package text

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Fold returns the form in which two texts are equal if a person takes them
// for the same: NFKC_Casefold of Unicode, single spaces. The dotted and the
// dotless i of Turkish are the i of everybody else, so that ISTANBUL,
// İstanbul and istanbul are equal whoever typed them.
func Fold(s string) string {
	line := Line(s)
	s = norm.NFD.String(line)
	for range 2 { // compatibility forms can be capitals: ℌ
		s = norm.NFKC.String(strings.ToLower(cases.Fold().String(s))) // Fold leaves capitals of Cherokee
	}
	s = strings.Map(func(r rune) rune {
		if r == zwnj || r == zwj || unicode.Is(unicode.Variation_Selector, r) || dropped(r) {
			return -1
		}
		return r
	}, s)
	if s = Line(turkish.Replace(s)); s == "" {
		return line // an accent that stands alone
	}
	return s
}

var turkish = strings.NewReplacer("i\u0307", "i", "ı", "i")
