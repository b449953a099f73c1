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
