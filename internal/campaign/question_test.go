package campaign

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
)

func asked() *Campaign {
	return &Campaign{Slug: "song", Title: "Song", Questions: []Question{
		{ID: "who", Label: "Who was with you?", Kind: ShortText, Required: true},
		{ID: "mood", Label: "How did it feel?", Kind: Choice, Choices: []string{"light", "heavy"}},
		{ID: "live", Label: "Was it live?", Kind: YesNo},
		{ID: "more", Label: "Anything else?", Kind: LongText},
	}}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	c := asked()
	require.NoError(t, c.normalize())
	got, err := c.Answers(map[string]string{
		"more": "two\nlines", "who": "Ana\n Mu\u0308ller", "mood": "ＬＩＧＨＴ", "live": "\u200b",
	})
	require.NoError(t, err)
	require.Equal(t,
		[]Answer{
			{"who", "Who was with you?", "Ana Müller"}, {"mood", "How did it feel?", "light"},
			{"more", "Anything else?", "two\nlines"},
		}, got, "in the order asked")
	for name, bad := range map[string]struct {
		given map[string]string
		code  string
	}{
		"required":     {map[string]string{"mood": "light"}, "answer.required"},
		"no choice":    {map[string]string{"who": "Ana", "mood": "odd"}, "answer.invalid"},
		"maybe":        {map[string]string{"who": "Ana", "live": "maybe"}, "answer.invalid"},
		"too long":     {map[string]string{"who": strings.Repeat("ä", 501)}, "answer.invalid"},
		"not visible":  {map[string]string{"who": "\u200b\u3164"}, "answer.required"},
		"never asked":  {map[string]string{"who": "Ana", "age": "7"}, "answer.unknown"},
		"none but one": {nil, "answer.required"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.Answers(bad.given)
			require.True(t, fault.Is(err, bad.code), err)
		})
	}
	free := &Campaign{}
	got, err = free.Answers(nil)
	require.NoError(t, err)
	require.Empty(t, got)
}

func TestNormalize_RefusesBadQuestions(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(q *Question){
		"same id":         func(q *Question) { q.ID = "mood" },
		"bad id":          func(q *Question) { q.ID = "Who Else" },
		"no label":        func(q *Question) { q.Label = "" },
		"unknown kind":    func(q *Question) { q.Kind = "essay" },
		"one choice":      func(q *Question) { q.Kind, q.Choices = Choice, []string{"x"} },
		"choices of text": func(q *Question) { q.Choices = []string{"x", "y"} },
		"equal choices":   func(q *Question) { q.Kind, q.Choices = Choice, []string{"Caf\u00e9", "CAFE\u0301"} },
		"unseen choice":   func(q *Question) { q.Kind, q.Choices = Choice, []string{"x", "\u3164"} },
		"unseen label":    func(q *Question) { q.Label = "\u2800\u0301" },
		"empty choice":    func(q *Question) { q.Kind, q.Choices = Choice, []string{"x", ""} },
	} {
		t.Run(name, func(t *testing.T) {
			c := asked()
			change(&c.Questions[0])
			require.True(t, fault.Is(c.normalize(), "campaign.invalid"))
		})
	}
	many := asked()
	for range maxQuestions {
		many.Questions = append(many.Questions,
			Question{ID: "q" + strings.Repeat("x", len(many.Questions)), Label: "?", Kind: YesNo})
	}
	require.True(t, fault.Is(many.normalize(), "campaign.invalid"))
}
