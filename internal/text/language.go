package text

import (
	"strings"

	"golang.org/x/text/language"
)

// Language writes a language tag as BCP 47 does, so that pt-br and pt-BR are
// one language; false for a tag that names none.
func Language(tag string) (string, bool) {
	t, err := language.Raw.Parse(tag)
	if err != nil || t == language.Und {
		return "", false
	}
	return t.String(), true
}

// BaseLanguage is a language without region and script: "pt" of "pt-BR"; empty
// for a tag that names none.
func BaseLanguage(tag string) string {
	t, err := language.Raw.Parse(tag)
	if err != nil || t == language.Und {
		return ""
	}
	base, _ := t.Base()
	return base.String()
}

// InLanguage is the text for a language tag, of texts by tags as Language
// writes them: its own, else that of the tag without its last part, and so on;
// false where there is none.
func InLanguage(byTag map[string]string, tag string) (string, bool) {
	if locale, ok := Language(tag); ok {
		tag = locale
	}
	for tag != "" {
		if found, ok := byTag[tag]; ok {
			return found, true
		}
		tag = tag[:max(strings.LastIndexByte(tag, '-'), 0)]
	}
	return "", false
}
