package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/review"
	"github.com/storyreel/storyreel/internal/story"
)

// alikeView is a story that shows what another shows.
type alikeView struct {
	Story      storyView `json:"story"`
	SameFile   bool      `json:"same_file" doc:"Byte for byte."`
	Similarity float64   `json:"similarity" doc:"Share of pictures in common, 0.5 to 1."`
}

// relatedView is what a moderator should know besides the story itself.
type relatedView struct {
	Alike      []alikeView `json:"alike" doc:"Likely duplicates, most similar first."`
	SamePerson []storyView `json:"same_person" doc:"Other stories sent with the same e-mail address, newest first."`
}

// shareView is one moderator's part in a report.
type shareView struct {
	Name       string `json:"name"`
	Approved   int64  `json:"approved"`
	Rejected   int64  `json:"rejected"`
	Escalated  int64  `json:"escalated"`
	Overturned int64  `json:"overturned" doc:"Approvals later hidden, rejections later restored, by somebody else."`
}

// reportView tells how reviewing goes.
type reportView struct {
	Since      time.Time   `json:"since"`
	Decided    int64       `json:"decided"`
	PerHour    float64     `json:"per_hour"`
	Overturned int64       `json:"overturned"`
	Moderators []shareView `json:"moderators"`
}

// outcomeView is what became of one story of a bulk decision.
type outcomeView struct {
	ID      string     `json:"id"`
	Story   *storyView `json:"story,omitempty" doc:"As it is now, where the decision was recorded."`
	Refused *Problem   `json:"refused,omitempty" doc:"Where it was not: a conflict says who was faster."`
}

// LookBack is how far a report or a sample looks back.
type LookBack struct {
	Campaign string `query:"campaign" maxLength:"64" doc:"Slug; empty: all campaigns."`
	Hours    int    `query:"hours" minimum:"1" maximum:"744" default:"24"`
}

func (l LookBack) since() time.Time { return time.Now().UTC().Add(-time.Duration(l.Hours) * time.Hour) }

func (s *server) relatedRoutes() {
	tags := []string{"review"}
	handle(s, huma.Operation{
		OperationID: "get-related", Method: http.MethodGet, Path: "/v1/stories/{id}/related", Tags: tags,
		Summary: "Find likely duplicates", Description: "And other stories of the same contributor.",
		Errors: []int{http.StatusNotFound},
	}, moderators, s.related)
	handle(s, huma.Operation{
		OperationID: "decide-many", Method: http.MethodPost, Path: "/v1/review/decisions", Tags: tags,
		Summary: "Decide many at once",
		Description: "The same decision for up to 100 stories, answered one by one: a colleague who was faster with " +
			"one hinders none of the others.",
	}, moderators, s.decideMany)
	handle(s, huma.Operation{
		OperationID: "review-report", Method: http.MethodGet, Path: "/v1/review/report", Tags: tags,
		Summary:     "See how reviewing goes",
		Description: "Decisions by moderator, their pace, and how many were overturned.",
		Errors:      []int{http.StatusNotFound},
	}, moderators, s.report)
	handle(s, huma.Operation{
		OperationID: "review-sample", Method: http.MethodGet, Path: "/v1/review/sample", Tags: tags,
		Summary:     "Draw decided stories for a second look",
		Description: "Decided by others; the same seed draws the same.", Errors: []int{http.StatusNotFound},
	}, moderators, func(ctx context.Context, in *struct {
		LookBack
		Count int    `query:"count" minimum:"1" maximum:"50" default:"5"`
		Seed  uint64 `query:"seed"`
	}) (*struct{ Body StoryList }, error) {
		f, err := s.queueFilter(ctx, QueueFilter{Campaign: in.Campaign})
		if err != nil {
			return nil, err
		}
		drawn, err := s.Review.Sample(ctx, f, callerOf(ctx).actor(account.Moderator), in.since(), in.Count, in.Seed)
		if err != nil {
			return nil, err
		}
		views, err := s.staffViews(ctx, drawn)
		return &struct{ Body StoryList }{StoryList{Items: views}}, err
	})
}

func (s *server) related(ctx context.Context, in *StoryPath) (*struct{ Body relatedView }, error) {
	r, err := s.Review.Related(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	stories := make([]*story.Story, len(r.Alike))
	for i, a := range r.Alike {
		stories[i] = a.Story
	}
	views, err := s.staffViews(ctx, stories)
	if err != nil {
		return nil, err
	}
	v := relatedView{Alike: make([]alikeView, len(r.Alike))}
	for i, a := range r.Alike {
		v.Alike[i] = alikeView{views[i], a.SameFile, a.Similarity}
	}
	v.SamePerson, err = s.staffViews(ctx, r.SamePerson)
	return &struct{ Body relatedView }{v}, err
}

func (s *server) decideMany(ctx context.Context, in *struct {
	Body struct {
		Stories []struct {
			ID      string `json:"id" maxLength:"36"`
			Version int64  `json:"version,omitempty" minimum:"0" doc:"As you saw it."`
		} `json:"stories" minItems:"1" maxItems:"100"`
		Action string `json:"action" enum:"approve,reject,hide,restore,escalate"`
		Reason string `json:"reason,omitempty" maxLength:"40" doc:"A code; required to reject or hide."`
		Note   string `json:"note,omitempty" maxLength:"2000" doc:"For colleagues only."`
	}
}) (*items[outcomeView], error) {
	b := in.Body
	seen := make([]review.Seen, len(b.Stories))
	for i, one := range b.Stories {
		seen[i] = review.Seen{Story: one.ID, Version: one.Version}
	}
	outcomes, err := s.Review.DecideAll(ctx, seen,
		review.Decision{Action: review.Action(b.Action), Reason: review.Reason(b.Reason), Note: b.Note},
		callerOf(ctx).actor(account.Moderator))
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
		// Recorded is recorded, also where links to its film can't be had now.
		if v, err := s.staffView(ctx, o.Story, callerOf(ctx).principal.ID); err == nil {
			out[i].Story = &v
		}
	}
	return itemsOf(out), nil
}

func (s *server) report(ctx context.Context, in *LookBack) (*struct{ Body reportView }, error) {
	f, err := s.queueFilter(ctx, QueueFilter{Campaign: in.Campaign})
	if err != nil {
		return nil, err
	}
	v := reportView{Since: in.since(), Moderators: []shareView{}}
	shares, err := s.Review.Report(ctx, f, v.Since)
	if err != nil {
		return nil, err
	}
	for _, sh := range shares {
		v.Decided += sh.Decided()
		v.Overturned += sh.Overturned
		v.Moderators = append(v.Moderators,
			shareView{sh.Moderator.Name, sh.Approved, sh.Rejected, sh.Escalated, sh.Overturned})
	}
	v.PerHour = float64(v.Decided) / float64(in.Hours)
	return &struct{ Body reportView }{v}, nil
}
