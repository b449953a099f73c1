package campaign

import (
	"maps"
	"slices"

	"github.com/storyreel/storyreel/internal/text"
)

// Translation is what a campaign says in another language than its own. Empty
// texts fall back to the campaign's.
type Translation struct {
	Title     string                         `json:"title,omitempty"`
	Prompt    string                         `json:"prompt,omitempty"`
	Thanks    string                         `json:"thanks,omitempty"`    // of the theme
	Questions map[string]QuestionTranslation `json:"questions,omitempty"` // by question id
}

// QuestionTranslation is a question in another language. Answers are stored by
// the campaign's own choices, whatever language they were chosen in.
type QuestionTranslation struct {
	Label   string            `json:"label,omitempty"`
	Hint    string            `json:"hint,omitempty"`
	Choices map[string]string `json:"choices,omitempty"` // by the campaign's own choice
}

// maxLocales keeps a campaign's answer small, which every visitor loads.
const maxLocales = 30

// TitleIn returns the title in the language of the BCP 47 tag, else the
// campaign's own.
func (c *Campaign) TitleIn(tag string) string {
	return c.in(tag, c.Title, func(t Translation) string { return t.Title })
}

// PromptIn is TitleIn for the prompt.
func (c *Campaign) PromptIn(tag string) string {
	return c.in(tag, c.Prompt, func(t Translation) string { return t.Prompt })
}

func (c *Campaign) in(tag, own string, of func(Translation) string) string {
	written := map[string]string{}
	for locale, t := range c.Locales {
		if of(t) != "" {
			written[locale] = of(t)
		}
	}
	if found, ok := text.InLanguage(written, tag); ok {
		return found
	}
	return own
}

// checkLocales cleans the translations, drops what is empty or about questions
// and choices that are not asked, and reports the first mistake.
func (c *Campaign) checkLocales() error {
	if len(c.Locales) > maxLocales {
		return invalid("a campaign has at most %d languages", maxLocales)
	}
	out := map[string]Translation{}
	for _, name := range slices.Sorted(maps.Keys(c.Locales)) {
		locale, ok := text.Language(name)
		if !ok {
			return invalid("locales must be languages such as de or pt-BR, not %q", name)
		}
		t := c.Locales[name]
		clean := Translation{Title: text.Line(t.Title), Prompt: text.Block(t.Prompt), Thanks: text.Block(t.Thanks)}
		if text.Len(clean.Title) > 200 || text.Len(clean.Prompt) > 2000 {
			return invalid("in %s, the title has at most 200 and the prompt at most 2000 characters", locale)
		}
		if text.Len(clean.Thanks) > maxThanks {
			return invalid("in %s, the thanks have at most %d characters", locale, maxThanks)
		}
		for _, q := range c.Questions {
			translated, err := q.translated(t.Questions[q.ID])
			if err != nil {
				return err
			}
			if translated.Label == "" && translated.Hint == "" && len(translated.Choices) == 0 {
				continue
			}
			if clean.Questions == nil {
				clean.Questions = map[string]QuestionTranslation{}
			}
			clean.Questions[q.ID] = translated
		}
		out[locale] = clean
	}
	c.Locales = out
	return nil
}

// translated returns the translation as it is stored.
func (q Question) translated(t QuestionTranslation) (QuestionTranslation, error) {
	clean := QuestionTranslation{Label: text.Line(t.Label), Hint: text.Line(t.Hint)}
	for _, choice := range q.Choices {
		label := text.Line(t.Choices[choice])
		if label == "" {
			continue
		}
		if text.Len(label) > 200 {
			return clean, invalid("a choice has at most 200 characters")
		}
		if clean.Choices == nil {
			clean.Choices = map[string]string{}
		}
		clean.Choices[choice] = label
	}
	if text.Len(clean.Label) > 200 || text.Len(clean.Hint) > 500 {
		return clean, invalid("a question's label has at most 200 characters, its hint 500")
	}
	return clean, nil
}
