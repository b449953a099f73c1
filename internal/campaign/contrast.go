package campaign

import (
	"fmt"
	"math"
	"strconv"
)

// color is in sRGB, 0…255 for red, green and blue.
type color [3]uint8

// What accents have to be seen against: --paper of the pages, in both themes.
var (
	lightPaper = color{0xf8, 0xf7, 0xf1}
	darkPaper  = color{0x15, 0x14, 0x10}
)

// markContrast is what WCAG 2.2 asks of parts that are no text (1.4.11). Text
// on an accent needs 4.5, which black or white has on every color: where they
// are equally far, both have 4.58.
const markContrast = 3

// parseColor reads #rrggbb in lower case.
func parseColor(s string) (color, bool) {
	if len(s) != 7 || s[0] != '#' {
		return color{}, false
	}
	n, err := strconv.ParseUint(s[1:], 16, 24)
	c := color{uint8(n >> 16), uint8(n >> 8), uint8(n)} //nolint:gosec // one byte each
	return c, err == nil && c.String() == s
}

// String returns #rrggbb.
func (c color) String() string { return fmt.Sprintf("#%02x%02x%02x", c[0], c[1], c[2]) }

// luminance is the relative luminance of WCAG 2.2, 0…1.
func (c color) luminance() float64 {
	var linear [3]float64
	for i, v := range c {
		x := float64(v) / 255
		if x <= 0.04045 {
			linear[i] = x / 12.92
		} else {
			linear[i] = math.Pow((x+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*linear[0] + 0.7152*linear[1] + 0.0722*linear[2]
}

// contrast is the contrast ratio of WCAG 2.2, 1…21.
func contrast(a, b color) float64 {
	x, y := a.luminance(), b.luminance()
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// text is black or white, whichever is better read on c.
func (c color) text() color {
	black, white := color{}, color{255, 255, 255}
	if contrast(c, black) >= contrast(c, white) {
		return black
	}
	return white
}

// lightened is c with as many percent of white as it needs to be seen on the
// dark paper.
func (c color) lightened(paper color) color {
	mixed := c
	for white := 1; white <= 100 && contrast(mixed, paper) < markContrast; white++ {
		for i, v := range c {
			mixed[i] = v + uint8((255-int(v))*white/100) //nolint:gosec // at most 255
		}
	}
	return mixed
}

// ratioText has two decimals, cut and not rounded, so that what is refused
// never reads as enough.
func ratioText(ratio float64) string {
	return strconv.FormatFloat(math.Floor(ratio*100)/100, 'f', 2, 64)
}
