// Package caption reads the subtitle files that people have and writes the
// one that browsers show. What comes out holds times and plain text only:
// styles, regions and markup of the original are left behind.
package caption

import (
	"cmp"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/storyreel/storyreel/internal/fault"
)

// MaxBytes bounds a file of captions: an hour of speech has some 60 kB.
const MaxBytes = 200 << 10

const maxCues = 5000

// Cue is a text with the time it is shown.
type Cue struct {
	From, To time.Duration
	Text     string // lines separated by \n; plain
}

// times matches the line that begins a cue, in WebVTT and, with its comma, in
// SubRip; hours may be absent, settings may follow.
var times = regexp.MustCompile(
	`^\s*(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})` +
		`\s*-->\s*(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})(?:\s|$)`)

// tags and codes are what either format may hold in a text: <b>, and SubRip's {\an8}.
var (
	tags  = regexp.MustCompile(`<[^<>]*>`)
	codes = regexp.MustCompile(`\{\\[^{}]*\}`)
)

// Parse reads WebVTT or SubRip, which differ in nothing that matters here: a
// line of times, then lines of text up to an empty one. All else is skipped.
// The error is a fault Invalid "caption.invalid".
func Parse(file string) ([]Cue, error) {
	bad := func(why string) error {
		return fault.New(fault.Invalid, "caption.invalid",
			"these are no captions that can be read: %s; send WebVTT or SubRip", why)
	}
	if len(file) > MaxBytes {
		return nil, bad(fmt.Sprintf("the file has over %d bytes", MaxBytes))
	}
	lines := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(file), "\n")
	var cues []Cue
	for i := 0; i < len(lines); i++ {
		m := times.FindStringSubmatch(lines[i])
		if m == nil {
			continue
		}
		c := Cue{From: moment(m[1:5]), To: moment(m[5:9])}
		var words []string
		for i++; i < len(lines) && strings.TrimSpace(lines[i]) != ""; i++ {
			if text := plain(lines[i]); text != "" {
				words = append(words, text)
			}
		}
		if c.Text = strings.Join(words, "\n"); c.Text != "" && c.To > c.From {
			cues = append(cues, c)
		}
	}
	if len(cues) == 0 || len(cues) > maxCues {
		return nil, bad(fmt.Sprintf("there are %d cues in it", len(cues)))
	}
	slices.SortStableFunc(cues, func(a, b Cue) int { return cmp.Compare(a.From, b.From) })
	return cues, nil
}

// moment reads hours, minutes, seconds and a decimal fraction of them.
func moment(part []string) time.Duration {
	n := func(s string) time.Duration {
		v, err := strconv.Atoi(s)
		if err != nil { // hours that are absent
			return 0
		}
		return time.Duration(v)
	}
	return n(part[0])*time.Hour + n(part[1])*time.Minute + n(part[2])*time.Second +
		n((part[3] + "00")[:3])*time.Millisecond
}

// plain drops markup and control characters; entities become what they stand for.
func plain(s string) string {
	s = html.UnescapeString(tags.ReplaceAllString(strings.ToValidUTF8(s, ""), ""))
	for was := ""; was != s; { // what is left when one is taken out may be another
		was, s = s, codes.ReplaceAllString(s, "")
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, s))
}

// VTT writes the cues as WebVTT.
func VTT(cues []Cue) string {
	var b strings.Builder
	b.WriteString("WEBVTT\n")
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	for _, c := range cues {
		fmt.Fprintf(&b, "\n%s --> %s\n%s\n", stamp(c.From), stamp(c.To), escape.Replace(c.Text))
	}
	return b.String()
}

func stamp(d time.Duration) string {
	ms := d.Milliseconds()
	return fmt.Sprintf("%02d:%02d:%02d.%03d", ms/3600000, ms/60000%60, ms/1000%60, ms%1000)
}
