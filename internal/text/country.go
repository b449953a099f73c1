package text

import (
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// CountryNames returns the names of a country, by its ISO 3166-1 alpha-2 code,
// in English, in German and in the language that most people there speak; none
// for a code that names no country.
func CountryNames(code string) []string {
	region, err := language.ParseRegion(code)
	if err != nil || !region.IsCountry() {
		return nil
	}
	own, err := language.Compose(language.Und, region)
	if err != nil {
		return nil
	}
	spoken, _ := own.Base()
	var out []string
	for _, l := range []language.Tag{language.English, language.German, language.Make(spoken.String())} {
		if names := display.Regions(l); names != nil {
			out = append(out, names.Name(region))
		}
	}
	return out
}
