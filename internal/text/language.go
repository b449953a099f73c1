package text

import "golang.org/x/text/language"

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

// InLanguage is the text for a language tag: its own, else that of the
// language without its region; false where there is neither.
func InLanguage(byTag map[string]string, tag string) (string, bool) {
	if locale, ok := Language(tag); ok {
		tag = locale
	}
	if found, ok := byTag[tag]; ok {
		return found, true
	}
	found, ok := byTag[BaseLanguage(tag)]
	return found, ok
}
