package mail

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/text"
)

// Bounds of a campaign's own texts, in code points.
const (
	MaxSubject = 150
	MaxText    = 4000
)

// Settings are a campaign's mails by kind. A kind that is absent is sent with
// the built-in texts.
type Settings map[Kind]KindSettings

// KindSettings is what a campaign sets of one kind.
type KindSettings struct {
	Off   bool            `json:"off,omitempty"`
	Texts map[string]Text `json:"texts,omitempty"` // by locale of Locales; absent: the built-in one
}

// Text returns the text of a kind in a locale of Locales, the built-in one
// where the campaign has none.
func (s Settings) Text(k Kind, locale string) Text {
	if t, ok := s[k].Texts[locale]; ok {
		return t
	}
	return BuiltIn(k, locale)
}

// normalized checks s and returns it as it is stored, without what equals the
// built-in. Errors are Invalid "mail.invalid" and "mail.placeholder".
func (s Settings) normalized() (Settings, error) {
	out := Settings{}
	for _, k := range slices.Sorted(maps.Keys(s)) {
		if !slices.Contains(StoryKinds(), k) {
			return nil, invalid("there is no kind %q; kinds are %v", k, StoryKinds())
		}
		kept := KindSettings{Off: s[k].Off, Texts: map[string]Text{}}
		for _, locale := range slices.Sorted(maps.Keys(s[k].Texts)) {
			if !slices.Contains(Locales(), locale) {
				return nil, invalid("there are no texts in %q; languages are %v", locale, Locales())
			}
			t, err := s[k].Texts[locale].normalized(k)
			if err != nil {
				return nil, err
			}
			if t != BuiltIn(k, locale) {
				kept.Texts[locale] = t
			}
		}
		if kept.Off || len(kept.Texts) > 0 {
			out[k] = kept
		}
	}
	return out, nil
}

// Differences are the changes from before to after, by kind and locale, in words
// that hold none of the texts.
func Differences(before, after Settings) map[string]string {
	out := map[string]string{}
	state := map[bool]string{false: "on", true: "off"}
	for _, k := range StoryKinds() {
		if b, a := before[k].Off, after[k].Off; b != a {
			out[string(k)] = state[b] + " → " + state[a]
		}
		for _, locale := range Locales() {
			b, hadOwn := before[k].Texts[locale]
			a, hasOwn := after[k].Texts[locale]
			name := string(k) + "." + locale
			switch {
			case hasOwn && a != b:
				out[name] = "text changed"
			case hadOwn && !hasOwn:
				out[name] = "text as built in"
			}
		}
	}
	return out
}

func invalid(detail string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, "mail.invalid", detail, args...)
}

// normalized is the text without characters that cannot be seen, or an error:
// Invalid "mail.invalid" for an empty or long one, Invalid "mail.placeholder" for
// one that names a placeholder that the kind does not have.
func (t Text) normalized(k Kind) (Text, error) {
	t = Text{Subject: text.Line(t.Subject), Body: text.Block(t.Body)}
	switch {
	case t.Subject == "" || t.Body == "":
		return t, invalid("a mail needs a subject and a text")
	case text.Len(t.Subject) > MaxSubject:
		return t, invalid("a subject has at most %d characters", MaxSubject)
	case text.Len(t.Body) > MaxText:
		return t, invalid("a text has at most %d characters", MaxText)
	}
	for _, m := range placeholder.FindAllStringSubmatch(t.Subject+"\n"+t.Body, -1) {
		if !slices.Contains(Placeholders(k), m[1]) {
			return t, fault.New(fault.Invalid, "mail.placeholder", "this mail has no placeholder {%s}; it has {%s}",
				m[1], strings.Join(Placeholders(k), "}, {")).With("placeholder", m[1])
		}
	}
	if strings.Contains(t.Subject, "{link}") {
		return t, invalid("a subject cannot hold {link}")
	}
	return t, nil
}

// placeholder matches a placeholder, known or not.
var placeholder = regexp.MustCompile(`\{([\pL\pN_.-]{1,40})\}`)

// Placeholders lists the names that texts of a kind can hold in braces. The
// fields of an erased story are gone.
func Placeholders(k Kind) []string {
	switch k {
	case Withdrawn:
		return []string{"campaign"}
	case Invitation:
		return []string{"name", "site", "until", "link"}
	case NoticeReceived, NoticeDecided:
		return []string{"campaign", "message", "link"}
	case Replace:
		return []string{"name", "title", "campaign", "link", "reason", "message", "appeal"}
	case Received, Stalled, Approved, Published:
	}
	return []string{"name", "title", "campaign", "link"}
}
