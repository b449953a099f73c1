package api

import (
	"context"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/review"
)

// outcomeView is what became of one story of a bulk decision.
type outcomeView struct {
	ID      string     `json:"id"`
	Story   *storyView `json:"story,omitempty" doc:"As it is now, where the decision was recorded."`
	Refused *Problem   `json:"refused,omitempty" doc:"Where it was not: a conflict says who was faster."`
}

type decideManyInput struct {
	Body struct {
		Stories []struct {
			ID      string `json:"id" maxLength:"36"`
			Version int64  `json:"version,omitempty" minimum:"0" doc:"As you saw it."`
		} `json:"stories" minItems:"1" maxItems:"100"`
		Action string `json:"action" enum:"approve,reject,hide,restore,escalate"`
		Reason string `json:"reason,omitempty" maxLength:"40" doc:"A code; required to reject or hide."`
		Note   string `json:"note,omitempty" maxLength:"2000" doc:"For colleagues only."`

		Unplayed bool   `json:"unplayed,omitempty" doc:"You decided before the videos were played or moved."`
		Message  string `json:"message,omitempty" maxLength:"500" doc:"To the contributors, shown and mailed with the reason; of reject and hide."`
	}
}

func (s *server) bulkRoutes() {
	handle(s, moderators, op("decide-many", "POST /v1/review/decisions", "review", "Decide many at once").
		about("The same decision for up to 100 stories, answered one by one: a conflict on one story does not "+
			"affect the others."), s.decideMany)
}

// decideMany records one decision for many stories; each succeeds or fails by itself.
func (s *server) decideMany(ctx context.Context, in *decideManyInput) (*items[outcomeView], error) {
	b := in.Body
	seen := make([]review.StoryVersion, len(b.Stories))
	for i, one := range b.Stories {
		seen[i] = review.StoryVersion{Story: one.ID, Version: one.Version}
	}
	outcomes, err := s.Review.DecideAll(ctx, seen,
		review.Decision{
			Action: review.Action(b.Action), Reason: review.Reason(b.Reason), Note: b.Note, Message: b.Message,
			Lead: callerOf(ctx).lead(), Unplayed: b.Unplayed,
		}, callerOf(ctx).actor(account.Moderator))
	if err != nil {
		return nil, err
	}
	out := make([]outcomeView, len(outcomes))
	for i, o := range outcomes {
		out[i].ID = seen[i].Story
		if o.Err != nil {
			out[i].Refused = problemOf(o.Err)
			continue
		}
		// the decision is recorded even if links to the review copy cannot be signed now
		if v, err := s.staffView(ctx, o.Story); err == nil {
			out[i].Story = &v
		}
	}
	return itemsOf(out), nil
}
