package review

import (
	"context"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/story"
)

// MaxBulk is how many stories one bulk decision may name.
const MaxBulk = 100

// StoryVersion names a story in the version that a moderator has seen.
type StoryVersion struct {
	Story   string
	Version int64 // 0: the present one
}

// Outcome is the result of a bulk decision for one story.
type Outcome struct {
	Story *story.Story // nil where the decision was refused
	Err   error        // nil where it was recorded
}

// DecideAll records the same decision for each story and answers in the same
// order. A refusal of one, because a colleague was faster or the database is
// busy, does not affect the others.
func (s *Service) DecideAll(
	ctx context.Context, stories []StoryVersion, d Decision, by account.Actor,
) ([]Outcome, error) {
	if len(stories) == 0 || len(stories) > MaxBulk {
		return nil, fault.New(fault.Invalid, "decision.bulk", "a bulk decision names 1 to %d stories", MaxBulk)
	}
	if err := d.normalize(); err != nil {
		return nil, err
	}
	out := make([]Outcome, len(stories))
	for i, one := range stories {
		d.Version = one.Version
		st, err := s.Decide(ctx, one.Story, d, by)
		out[i] = Outcome{st, err}
	}
	return out, nil
}
