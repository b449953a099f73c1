package campaign

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func translatedCampaign() *Campaign {
	return &Campaign{
		Slug: "song", Title: "That song",
		Questions: []Question{{ID: "mood", Label: "Mood?", Kind: Choice, Choices: []string{"Happy", "Sad"}}},
		Locales: map[string]Translation{
			"DE": {
				Title: " Das Lied ", Prompt: "Erzähl!",
				Questions: map[string]QuestionTranslation{
					"mood": {Label: "Stimmung?", Choices: map[string]string{"Happy": "Froh", "Bored": "Öde"}},
					"gone": {Label: "Nicht mehr gefragt"},
				},
			},
			"pt-br": {Prompt: "Conte!"},
		},
	}
}

func TestLocales_KeepWhatIsAsked(t *testing.T) {
	t.Parallel()
	c := translatedCampaign()
	require.NoError(t, c.normalize())
	require.Equal(t, map[string]Translation{
		"de": {
			Title: "Das Lied", Prompt: "Erzähl!", Questions: map[string]QuestionTranslation{
				"mood": {Label: "Stimmung?", Choices: map[string]string{"Happy": "Froh"}},
			},
		},
		"pt-BR": {Prompt: "Conte!"},
	}, c.Locales)
	for tag, want := range map[string]string{
		"de": "Das Lied", "de-AT": "Das Lied", "pt-BR": "That song", "fr": "That song", "": "That song",
	} {
		require.Equal(t, want, c.TitleIn(tag), tag)
	}
	answers, err := c.Answers(map[string]string{"mood": "Happy"})
	require.NoError(t, err)
	require.Equal(t, []Answer{{"mood", "Mood?", "Happy"}}, answers, "stored in the campaign's own words")
}

func TestLocales_Refuse(t *testing.T) {
	t.Parallel()
	for name, locales := range map[string]map[string]Translation{
		"no language": {"!": {}},
		"long title":  {"de": {Title: strings.Repeat("x", 201)}},
		"long label":  {"de": {Questions: map[string]QuestionTranslation{"mood": {Label: strings.Repeat("x", 201)}}}},
	} {
		c := translatedCampaign()
		c.Locales = locales
		require.Error(t, c.normalize(), name)
	}
}
