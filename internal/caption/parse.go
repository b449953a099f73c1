// Package caption keeps the captions of stories. It reads WebVTT and SubRip
// and writes WebVTT that holds times and plain text only, without styles,
// regions and markup of the original.
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

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/text"
)

// MaxBytes bounds a file of captions: an hour of speech has some 60 kB.
const MaxBytes = 200 << 10

const maxCues = 5000

// Cue is a text and the time it is shown.
type Cue struct {
	From, To time.Duration
	Text     string // lines separated by \n; plain
}

// times matches the first line of a cue in WebVTT and, with a comma, in
// SubRip; hours may be absent, settings may follow.
var times = regexp.MustCompile(
	`^\s*(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})` +
		`\s*-->\s*(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})(?:\s|$)`)

// tags and codes match markup in the text of either format: <b>, and SubRip's {\an8}.
var (
	tags  = regexp.MustCompile(`<[^<>]*>`)
	codes = regexp.MustCompile(`\{\\[^{}]*\}`)
)

// Parse reads WebVTT or SubRip. Both write a line of times, then lines of text
// up to an empty one; everything else is skipped. The error is a fault Invalid
// "caption.invalid".
func Parse(file string) ([]Cue, error) {
	bad := func(why string) error {
		return fault.New(fault.Invalid, "caption.invalid",
			"these captions cannot be read: %s; send WebVTT or SubRip", why)
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
		c := Cue{From: parseTime(m[1:5]), To: parseTime(m[5:9])}
		var cue []string
		for i++; i < len(lines) && strings.TrimSpace(lines[i]) != ""; i++ {
			if line := cueText(lines[i]); line != "" {
				cue = append(cue, line)
			}
		}
		if c.Text = strings.Join(cue, "\n"); c.Text != "" && c.To > c.From {
			cues = append(cues, c)
		}
	}
	if len(cues) == 0 || len(cues) > maxCues {
		return nil, bad(fmt.Sprintf("the file has %d cues", len(cues)))
	}
	slices.SortStableFunc(cues, func(a, b Cue) int { return cmp.Compare(a.From, b.From) })
	return cues, nil
}

// parseTime reads hours, minutes, seconds and their decimal fraction.
func parseTime(part []string) time.Duration {
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

// cueText drops markup, resolves entities, and cleans the line.
func cueText(s string) string {
	s = html.UnescapeString(tags.ReplaceAllString(strings.ToValidUTF8(s, ""), ""))
	for was := ""; was != s; { // removing one code can form another
		was, s = s, codes.ReplaceAllString(s, "")
	}
	return text.Line(s)
}

// VTT writes the cues as WebVTT.
func VTT(cues []Cue) string {
	var b strings.Builder
	b.WriteString("WEBVTT\n")
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	for _, c := range cues {
		fmt.Fprintf(&b, "\n%s --> %s\n%s\n", formatTime(c.From), formatTime(c.To), escape.Replace(c.Text))
	}
	return b.String()
}

func formatTime(d time.Duration) string {
	ms := d.Milliseconds()
	return fmt.Sprintf("%02d:%02d:%02d.%03d", ms/3600000, ms/60000%60, ms/1000%60, ms%1000)
}
