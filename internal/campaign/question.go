package campaign

import (
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/text"
)

// QuestionKind is how a question is answered.
type QuestionKind string

// The kinds, and how long an answer may be.
const (
	ShortText QuestionKind = "text"      // one line, 500 characters
	LongText  QuestionKind = "long_text" // 4000 characters
	Choice    QuestionKind = "choice"    // one of Choices
	YesNo     QuestionKind = "yes_no"    // "yes" or "no"
)

// maxQuestions keeps the contributor's form short enough to be finished.
const maxQuestions = 20

// Question is something a campaign asks besides the video.
type Question struct {
	ID       string       `json:"id"` // like a slug, distinct in the campaign
	Label    string       `json:"label"`
	Hint     string       `json:"hint,omitempty"`
	Kind     QuestionKind `json:"kind"`
	Required bool         `json:"required"`
	Choices  []string     `json:"choices,omitempty"` // of a Choice, 2…50
}

// Closed reports whether the question has a fixed set of answers: those of a
// choice, or yes and no.
func (q Question) Closed() bool { return q.Kind == Choice || q.Kind == YesNo }

// answer returns what is stored for an answer as it was sent, and whether it
// is one of the question's kind. A choice is stored as the campaign writes it.
func (q Question) answer(sent string) (string, bool) {
	line := text.Line(sent)
	switch q.Kind {
	case ShortText:
		return line, text.Len(line) <= 500
	case LongText:
		block := text.Block(sent)
		return block, text.Len(block) <= 4000
	case YesNo:
		return line, line == "" || line == "yes" || line == "no"
	case Choice:
		for _, choice := range q.Choices {
			if text.Fold(choice) == text.Fold(line) {
				return choice, true
			}
		}
		return line, line == ""
	}
	return line, false
}

// Answer is a contributor's answer to a question. It carries the label, as the
// question may be reworded later.
type Answer struct {
	ID    string `json:"id"`
	Label string `json:"label"`
	Value string `json:"value"`
}

// Answers checks what a contributor sent, by question id, against the
// campaign's questions. Empty texts count as not answered.
func (c *Campaign) Answers(given map[string]string) ([]Answer, error) {
	var out []Answer
	known := 0
	for _, q := range c.Questions {
		sent, there := given[q.ID]
		if there {
			known++
		}
		answer, fits := q.answer(sent)
		switch {
		case answer == "" && q.Required:
			return nil, fault.New(fault.Invalid, "answer.required", "please answer: %s", q.Label).With("question", q.ID)
		case answer == "":
		case !fits:
			return nil,
				fault.New(fault.Invalid, "answer.invalid", "this is not an answer that fits: %s", q.Label).
					With("question", q.ID)
		default:
			out = append(out, Answer{q.ID, q.Label, answer})
		}
	}
	if known < len(given) {
		return nil,
			fault.New(fault.Invalid, "answer.unknown",
				"an answer was sent to a question that this campaign does not ask; read the campaign again")
	}
	return out, nil
}

func (c *Campaign) checkQuestions() error {
	if len(c.Questions) > maxQuestions {
		return invalid("a campaign asks at most %d questions", maxQuestions)
	}
	seen := map[string]bool{}
	for _, q := range c.Questions {
		switch {
		case !slugPattern.MatchString(q.ID) || seen[q.ID]:
			return invalid("question ids must be distinct and look like %q", "why-this-song")
		case q.Label == "" || text.Len(q.Label) > 200 || text.Len(q.Hint) > 500:
			return invalid("a question needs a label of 1 to 200 characters and a hint of at most 500")
		case q.Kind == Choice && (len(q.Choices) < 2 || len(q.Choices) > 50):
			return invalid("a choice needs 2 to 50 choices")
		case q.Kind != Choice && len(q.Choices) > 0:
			return invalid("only a choice has choices")
		case q.Kind != ShortText && q.Kind != LongText && q.Kind != Choice && q.Kind != YesNo:
			return invalid("a question's kind is text, long_text, choice or yes_no")
		}
		seen[q.ID] = true
		choices := map[string]bool{}
		for _, choice := range q.Choices {
			if choice == "" || text.Len(choice) > 200 || choices[text.Fold(choice)] {
				return invalid("choices must be distinct and have 1 to 200 characters")
			}
			choices[text.Fold(choice)] = true
		}
	}
	return nil
}
