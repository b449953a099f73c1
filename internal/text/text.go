// Package text holds the rules for what people write: which characters are
// stored, how texts are compared, and the terms by which they are found.
package text

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// MaxMarks is how many combining marks one base character keeps. Pointed and
// cantillated Hebrew has five, Tibetan stacks six.
const MaxMarks = 6

// Len counts code points, as the maxLength of JSON Schema does.
func Len(s string) int { return utf8.RuneCountInString(s) }

// Line returns s as it is stored where one line is asked for: cleaned as by
// Block, with every run of white space and line breaks as one space. It is
// empty if nothing of s can be seen.
func Line(s string) string { return strings.Join(strings.Fields(clean(s)), " ") }

// Block returns s as it is stored where several lines are allowed: in
// normalization form C, without characters that are invisible or change the
// direction of others, marks that have no base character or more than
// MaxMarks neighbors, and more than one empty line in a row. It is empty if
// nothing of s can be seen.
func Block(s string) string {
	var lines []string
	for line := range strings.Lines(clean(s)) {
		line = strings.TrimRightFunc(line, unicode.IsSpace)
		if line != "" || len(lines) > 0 && lines[len(lines)-1] != "" {
			lines = append(lines, line)
		}
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// Clean reports whether every line of s is stored as it stands.
func Clean(s string) bool { return s == Block(s) }

// clean drops what Block drops, and turns separators of lines into line feeds.
func clean(s string) string {
	in := []rune(norm.NFC.String(strings.ToValidUTF8(lineBreaks.Replace(s), "")))
	c := cleaner{out: make([]rune, 0, len(in))}
	for i := 0; i < len(in); i++ {
		if tags := flagTags(in[i:]); tags > 0 {
			c.visible(in[i])
			c.out = append(c.out, in[i+1:i+1+tags]...)
			i += tags
			continue
		}
		c.add(in[i])
	}
	return norm.NFC.String(string(c.out))
}

var lineBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n", "\u0085", "\n", "\u2028", "\n",
	"\u2029", "\n", "\t", " ", "\u2800", " ") // a braille cell without dots is a space

// cleaner copies runes that are kept.
type cleaner struct {
	out    []rune
	base   rune // last character that marks can stand on; 0: none
	marks  int  // of base
	joiner rune // seen after base, kept if the next rune takes it; 0: none
}

const (
	zwnj = '\u200c'
	zwj  = '\u200d'
)

func (c *cleaner) add(r rune) {
	switch {
	case r == zwnj || r == zwj:
		if c.base != 0 && c.joiner == 0 {
			c.joiner = r
		}
	case unicode.Is(unicode.Variation_Selector, r):
		if c.base != 0 && c.out[len(c.out)-1] == c.base && takesVariant(c.base, r) {
			c.out = append(c.out, r)
		}
	case r == '\n' || unicode.Is(unicode.Z, r) && r != '\u2028' && r != '\u2029':
		c.out, c.base, c.joiner = append(c.out, r), 0, 0
	case dropped(r):
	case unicode.IsMark(r):
		if c.base != 0 && c.marks < MaxMarks {
			c.out = append(c.out, r)
			c.marks++
		}
	default:
		c.visible(r)
	}
}

// visible appends a character that is seen, and before it a joiner that both
// neighbors take.
func (c *cleaner) visible(r rune) {
	if c.joiner != 0 && (shapes(c.base) && shapes(r) || c.joiner == zwj && emojiPart(c.base) && emojiPart(r)) {
		c.out = append(c.out, c.joiner)
	}
	c.out, c.base, c.marks, c.joiner = append(c.out, r), r, 0, 0
}

// dropped reports whether r is never stored: controls, Default_Ignorable_Code_Point
// of Unicode, annotations, replacement characters, blanks that pass for letters,
// private use and noncharacters, which mean what a font makes of them.
func dropped(r rune) bool {
	switch {
	case unicode.Is(unicode.Prepended_Concatenation_Mark, r), r >= 0x13430 && r <= 0x13440: // seen
		return false
	case r >= 0xfff0 && r <= 0xffff, r >= 0xfdd0 && r <= 0xfdef, r&0xfffe == 0xfffe:
		return true
	case r == 0x1d159, r == 0x13441, r == 0x13442: // null notehead, blanks of hieroglyphs
		return true
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Other_Default_Ignorable_Code_Point,
		unicode.Noncharacter_Code_Point)
}

// unjoined are the scripts in which a joiner changes nothing that is seen.
var unjoined = []*unicode.RangeTable{
	unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Armenian, unicode.Georgian, unicode.Hebrew, unicode.Han,
	unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo, unicode.Thai, unicode.Lao, unicode.Common,
	unicode.Inherited,
}

// shapes reports whether r is of a script whose letters change with joiners.
func shapes(r rune) bool { return unicode.IsLetter(r) && !unicode.In(r, unjoined...) }

// emojiPart reports whether r can be a part of an emoji.
func emojiPart(r rune) bool { return unicode.In(r, unicode.So, unicode.Sk) && r > 0xff }

// takesVariant reports whether the variation selector v is used after base:
// emoji and text style of symbols, forms of ideographs and of Mongolian.
func takesVariant(base, v rune) bool {
	switch {
	case v == 0xfe0e || v == 0xfe0f:
		return unicode.In(base, unicode.So, unicode.Sm) || strings.ContainsRune("#*0123456789‼⁉〰〽", base)
	case v < 0xfe00:
		return unicode.Is(unicode.Mongolian, base)
	}
	return unicode.Is(unicode.Han, base)
}

// regions are the flags that emoji spell with tag characters.
var regions = []string{"gbeng", "gbsct", "gbwls"}

// flagTags returns how many tag characters after the first rune make it such a flag.
func flagTags(s []rune) int {
	if s[0] != '\U0001f3f4' {
		return 0
	}
	for _, region := range regions {
		tags := []rune(region)
		for i := range tags {
			tags[i] += 0xe0000
		}
		if tags = append(tags, 0xe007f); len(s) > len(tags) && slices.Equal(s[1:1+len(tags)], tags) {
			return len(tags)
		}
	}
	return 0
}
