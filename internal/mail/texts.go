package mail

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
)

//go:embed texts
var textFiles embed.FS

// Locales lists the languages of the built-in texts. The first stands in for
// every other.
func Locales() []string { return []string{"en", "de"} }

// LocaleOf returns the locale of Locales in which somebody with the BCP 47 tag
// is written to.
func LocaleOf(tag string) string {
	base, _, _ := strings.Cut(strings.ToLower(tag), "-")
	for _, l := range Locales() {
		if l == base {
			return l
		}
	}
	return Locales()[0]
}

// Text is the subject and the text of a kind in one language: plain text with
// placeholders such as {name}, paragraphs separated by an empty line. A
// paragraph that is {link} alone becomes a button in HTML.
type Text struct {
	Subject string `json:"subject"`
	Body    string `json:"text"`
}

// language is everything that is built in for a locale.
type language struct {
	Kinds map[Kind]struct {
		Subject string   `json:"subject"`
		Text    []string `json:"text"` // paragraphs
		Button  string   `json:"button"`
	} `json:"kinds"`
	// Reasons are the sentences of the codes with which moderators reject.
	Reasons map[string]string `json:"reasons"`
	Decided string            `json:"decided"` // by a person, for this reason; {reason}
	Unread  string            `json:"unread"`  // where a reason stands that has no sentence here
	Message string            `json:"message"` // what the moderator wrote; {message}
	Appeal  string            `json:"appeal"`  // how to ask for a second look

	// Outcomes are the sentences about what became of a report.
	Outcomes map[string]string `json:"outcomes"`

	Why     string `json:"why"`     // one gets this mail; {campaign}
	Private string `json:"private"` // leads to the private page
	Stop    string `json:"stop"`    // leads to the page that stops mails
	Sample  Values `json:"sample"`  // of a preview

	SampleMessage string `json:"sample_message"` // of a moderator, in a preview
}

// languages holds the built-in texts by locale. They are part of the binary, so
// that a mistake in them is one of the build.
var languages = readLanguages()

func readLanguages() map[string]language {
	all := map[string]language{}
	for _, locale := range Locales() {
		raw, err := textFiles.ReadFile("texts/" + locale + ".json")
		var l language
		if err == nil {
			err = json.Unmarshal(raw, &l)
		}
		if err != nil {
			panic(fmt.Sprintf("mail: built-in texts of %s: %v", locale, err))
		}
		all[locale] = l
	}
	return all
}

// BuiltIn returns the text of a kind in a locale of Locales that holds unless
// the campaign has its own.
func BuiltIn(k Kind, locale string) Text {
	t := languages[locale].Kinds[k]
	return Text{Subject: t.Subject, Body: strings.Join(t.Text, "\n\n")}
}

// Reasons returns the sentences, in a locale of Locales, of the codes with which
// moderators reject stories.
func Reasons(locale string) map[string]string { return maps.Clone(languages[locale].Reasons) }
