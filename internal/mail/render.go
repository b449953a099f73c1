package mail

import (
	"bytes"
	_ "embed"
	"html/template"
	"regexp"
	"strings"

	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/text"
)

// Values are what stands in for placeholders, and the links around the text.
type Values struct {
	Name     string
	Title    string // of the story; of its song where it has none
	Campaign string
	Site     string // host of the pages
	Until    string // when an invitation ends
	Link     string // for {link}

	// Paragraphs about a rejection. One of a text that is such a placeholder alone is left out where it is empty.
	Reason, Message, Appeal string

	Private string // the story's private page; empty: not mentioned below the text
	Stop    string // page that stops mails; empty: none
}

// Message is a mail as it is handed to the mail server.
type Message struct {
	ID      string // Message-ID without brackets; the same each time a mail is tried
	To      string // an address alone
	Subject string
	Text    string
	HTML    string
	Stop    string // for List-Unsubscribe; empty: none
}

// span is a part of a paragraph.
type span struct {
	Text string
	Link string // the text leads there; empty: nowhere
	Line bool   // a new line follows
}

// paragraph is a paragraph of the HTML part.
type paragraph struct {
	Spans  []span
	Button bool // one link alone
}

// page is what the HTML part shows.
type page struct {
	Locale, Subject       string
	Paragraphs            []paragraph
	Why                   string
	PrivateLabel, Private string
	StopLabel, Stop       string
}

//go:embed texts/mail.html
var htmlSource string

// html/template escapes every value by where it stands.
var htmlPart = template.Must(template.New("mail").Parse(htmlSource))

// Render writes a mail of a kind in a locale of Locales.
func Render(k Kind, locale string, t Text, v Values) (Message, error) {
	l := languages[locale]
	fill := v.replacer("{link}")
	whole := v.replacer(v.Link)
	p := page{
		Locale: locale, Subject: fill.Replace(text.Line(t.Subject)), PrivateLabel: l.Private, Private: v.Private,
		StopLabel: l.Stop, Stop: v.Stop,
	}
	if k != Invitation && k != NoticeReceived && k != NoticeDecided {
		p.Why = fill.Replace(l.Why)
	}
	var plain []string
	for part := range strings.SplitSeq(t.Body, "\n\n") {
		if part = strings.TrimSpace(part); part == "" || part != "{link}" && fill.Replace(part) == "" {
			continue
		}
		plain = append(plain, whole.Replace(part))
		p.Paragraphs = append(p.Paragraphs, paragraphOf(part, fill, v.Link, l.Kinds[k].Button))
	}
	m := Message{Subject: p.Subject, Text: strings.Join(append(plain, "-- \n"+p.below()), "\n\n") + "\n", Stop: v.Stop}
	if p.below() == "" {
		m.Text = strings.Join(plain, "\n\n") + "\n"
	}
	var b bytes.Buffer
	err := htmlPart.Execute(&b, p)
	m.HTML = b.String()
	return m, err
}

// paragraphOf turns a paragraph of a template into one of HTML.
func paragraphOf(part string, fill *strings.Replacer, link, button string) paragraph {
	if part == "{link}" {
		return paragraph{Button: true, Spans: []span{{Text: button, Link: link}}}
	}
	var p paragraph
	for line := range strings.SplitSeq(part, "\n") {
		for i, words := range strings.Split(line, "{link}") {
			if i > 0 {
				p.Spans = append(p.Spans, span{Text: link, Link: link})
			}
			p.Spans = append(p.Spans, span{Text: fill.Replace(words)})
		}
		p.Spans[len(p.Spans)-1].Line = true
	}
	p.Spans[len(p.Spans)-1].Line = false
	return p
}

// below is what stands below the text in the plain part.
func (p page) below() string {
	var out []string
	if p.Private != "" {
		out = append(out, p.PrivateLabel+"\n"+p.Private)
	}
	if p.Why != "" {
		out = append(out, p.Why)
	}
	if p.Stop != "" {
		out = append(out, p.StopLabel+"\n"+p.Stop)
	}
	return strings.Join(out, "\n\n")
}

// replacer fills in all placeholders in one pass, so that what values hold is
// never read as a placeholder.
func (v Values) replacer(link string) *strings.Replacer {
	return strings.NewReplacer("{name}", inert(v.Name), "{title}", inert(v.Title), "{campaign}", text.Line(v.Campaign),
		"{site}", v.Site, "{until}", v.Until, "{link}", link, "{reason}", v.Reason, "{message}", v.Message,
		"{appeal}", v.Appeal)
}

// explain fills in why a story was rejected, and how to have that looked at
// again; with no rejection, only where the reason stands. The campaign has the
// sentences of its own reasons.
func (v *Values) explain(locale string, c *campaign.Campaign, rejection *story.Entry) {
	l := languages[locale]
	if v.Reason = l.Unread; rejection == nil {
		return
	}
	sentence, standard := l.Reasons[rejection.Reason]
	if !standard {
		sentence = c.ReasonDetail(rejection.Reason, locale)
	}
	v.Reason = strings.ReplaceAll(l.Decided, "{reason}", sentence)
	if rejection.Message != "" {
		v.Message = strings.ReplaceAll(l.Message, "{message}", inert(rejection.Message))
	}
	v.Appeal = l.Appeal
}

// linkish matches where programs that read mails begin to see an address.
var linkish = regexp.MustCompile(`([.:/@])([\pL\pN/])`)

// inert is what somebody wrote, on one line, with a word joiner after each
// character that could make it a link: whoever begins a story chooses its texts
// and the address they are sent to.
func inert(value string) string { return linkish.ReplaceAllString(text.Line(value), "$1\u2060$2") }
