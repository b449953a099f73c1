package campaign

import (
	"regexp"
	"slices"

	"github.com/storyreel/storyreel/internal/text"
)

// MaxReasons is how many reasons a campaign has at most: as many as have a key
// on the moderators' page.
const MaxReasons = 11

// Reason is why a story is rejected or hidden, as a stable code with the
// sentence that its contributor is shown.
type Reason struct {
	Code    string            `json:"code"`              // lower-case letters, digits, underscores; 2…40 characters
	Detail  string            `json:"detail,omitempty"`  // 1…300 characters; empty for a standard code
	Locales map[string]string `json:"locales,omitempty"` // the sentence in other languages, by BCP 47 tag
}

// standardReasons are those of a campaign that sets none, in the order in which
// moderators meet them.
var standardReasons = []Reason{
	{Code: "off_topic", Detail: "The video does not answer the campaign's question."},
	{Code: "no_song", Detail: "We could not tell which song the story is about."},
	{Code: "quality", Detail: "We could not see or hear the story well enough."},
	{Code: "rights", Detail: "The video shows or plays something that others hold rights to."},
	{Code: "privacy", Detail: "The video shows people or details that should stay private."},
	{Code: "minor", Detail: "The video shows somebody who seems to be under age."},
	{Code: "offensive", Detail: "The video contains something hurtful or not safe for everyone."},
	{Code: "spam", Detail: "The video advertises something."},
	{Code: "duplicate", Detail: "We already have this story."},
	{Code: "withdrawal", Detail: "Somebody in the video asked for it to be taken down."},
	{Code: "other", Detail: "The video does not fit the campaign."},
}

// StandardReasons lists the reasons of a campaign that sets none, with their
// English sentences.
func StandardReasons() []Reason { return slices.Clone(standardReasons) }

func reasonIn(list []Reason, code string) (Reason, bool) {
	i := slices.IndexFunc(list, func(r Reason) bool { return r.Code == code })
	if i < 0 {
		return Reason{}, false
	}
	return list[i], true
}

// ReasonsInUse lists what the campaign's stories are rejected and hidden for, in
// order: its own reasons, else the standard ones.
func (c *Campaign) ReasonsInUse() []Reason {
	if len(c.Reasons) == 0 {
		return StandardReasons()
	}
	out := slices.Clone(c.Reasons)
	for i := range out {
		if r, standard := reasonIn(standardReasons, out[i].Code); standard {
			out[i] = r
		}
	}
	return out
}

// HasReason reports whether stories may be rejected or hidden for it now.
func (c *Campaign) HasReason(code string) bool {
	_, known := reasonIn(c.ReasonsInUse(), code)
	return known
}

// ReasonDetail is the sentence for a code that a decision recorded, in the
// contributor's language where the campaign has it. A code that is no longer
// in use and not a standard one has the sentence of "other".
func (c *Campaign) ReasonDetail(code, locale string) string {
	r, known := reasonIn(c.Reasons, code)
	if !known || r.Detail == "" {
		if r, known = reasonIn(standardReasons, code); !known {
			r, _ = reasonIn(standardReasons, "other")
		}
	}
	if detail, ok := text.InLanguage(r.Locales, locale); ok {
		return detail
	}
	return r.Detail
}

var reasonPattern = regexp.MustCompile(`^[a-z][a-z0-9_]{1,39}$`)

func (c *Campaign) cleanReasons() {
	for i := range c.Reasons {
		r := &c.Reasons[i]
		r.Detail = text.Line(r.Detail)
		locales := make(map[string]string, len(r.Locales))
		for tag, detail := range r.Locales {
			if locale, ok := text.Language(tag); ok {
				tag = locale
			}
			if detail = text.Line(detail); detail != "" {
				locales[tag] = detail
			}
		}
		r.Locales = locales
		if _, standard := reasonIn(standardReasons, r.Code); standard {
			r.Detail, r.Locales = "", nil
		}
	}
}

func (c *Campaign) checkReasons() error {
	if len(c.Reasons) > MaxReasons {
		return invalid("a campaign has at most %d reasons", MaxReasons)
	}
	seen := map[string]bool{}
	for _, r := range c.Reasons {
		_, standard := reasonIn(standardReasons, r.Code)
		switch {
		case !reasonPattern.MatchString(r.Code) || seen[r.Code]:
			return invalid("reason codes must be distinct and look like %q", "wrong_song")
		case !standard && (r.Detail == "" || text.Len(r.Detail) > 300):
			return invalid("the reason %s needs a sentence of 1 to 300 characters for the contributor", r.Code)
		case len(r.Locales) > 50:
			return invalid("a reason is written in at most 50 languages")
		}
		seen[r.Code] = true
		for tag, detail := range r.Locales {
			if _, ok := text.Language(tag); !ok || text.Len(detail) > 300 {
				return invalid("the languages of a reason are BCP 47 tags with sentences of at most 300 characters")
			}
		}
	}
	return nil
}
