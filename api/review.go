package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/review"
	"github.com/storyreel/storyreel/internal/story"
)

// StoryList is a page of stories.
type StoryList struct {
	Items []storyView `json:"items"`
	Next  string      `json:"next,omitempty" doc:"Cursor of the next page; absent at the end."`
}

type queueView struct {
	StoryList
	Waiting    int64           `json:"waiting"`
	Claimed    int64           `json:"claimed"`
	Escalated  int64           `json:"escalated"`
	Oldest     *time.Time      `json:"oldest,omitempty" doc:"When the oldest waiting story was begun."`
	Colleagues []colleagueView `json:"colleagues" doc:"Who holds stories now, you included."`
}

// colleagueView is a moderator who holds stories.
type colleagueView struct {
	Name    string    `json:"name"`
	Holding int64     `json:"holding"`
	Until   time.Time `json:"until" doc:"When the claims end unless renewed."`
}

type entryView struct {
	At     time.Time     `json:"at"`
	Actor  account.Actor `json:"actor"`
	Event  string        `json:"event"`
	From   string        `json:"from,omitempty"`
	To     string        `json:"to"`
	Reason string        `json:"reason,omitempty"`
	Note   string        `json:"note,omitempty"`
}

type attemptView struct {
	Attempt    int        `json:"attempt"`
	Kind       string     `json:"kind"`
	Worker     string     `json:"worker"`
	StartedAt  time.Time  `json:"started_at"`
	EndedAt    *time.Time `json:"ended_at,omitempty"`
	Outcome    string     `json:"outcome,omitempty"`
	Code       string     `json:"code,omitempty"`
	CPUSeconds float64    `json:"cpu_seconds"`
	MaxRSS     int64      `json:"max_rss" doc:"Bytes of the largest process."`
	BytesIn    int64      `json:"bytes_in"`
	BytesOut   int64      `json:"bytes_out"`
	Sandbox    string     `json:"sandbox"`
}

type reasonView struct {
	Code   string `json:"code"`
	Detail string `json:"detail" doc:"What the contributor is told."`
}

// decisionBody is a moderator's act.
type decisionBody struct {
	Action  string `json:"action" enum:"approve,reject,hide,restore,escalate"`
	Reason  string `json:"reason,omitempty" maxLength:"40" doc:"A code; required to reject or hide."`
	Note    string `json:"note,omitempty" maxLength:"2000" doc:"For colleagues only."`
	Version int64  `json:"version,omitempty" minimum:"0" doc:"The story's version as you saw it."`
}

// QueueFilter narrows the review queue.
type QueueFilter struct {
	Campaign  string `query:"campaign" maxLength:"64" doc:"Slug; empty: all campaigns."`
	Escalated bool   `query:"escalated" doc:"Only stories escalated to leads."`
}

func (s *server) queueFilter(ctx context.Context, q QueueFilter) (review.Filter, error) {
	f := review.Filter{Escalated: q.Escalated}
	if q.Campaign == "" {
		return f, nil
	}
	c, err := s.Campaigns.Get(ctx, q.Campaign)
	if err == nil {
		f.Campaign = c.ID
	}
	return f, err
}

func (s *server) reviewRoutes() {
	tags := []string{"review"}
	handle(s, huma.Operation{
		OperationID: "list-review-queue", Method: http.MethodGet, Path: "/v1/review/queue", Tags: tags,
		Summary:     "See the queue",
		Description: "Stories waiting for a decision, oldest first, and how the queue stands.",
	}, moderators, s.reviewQueue)
	handle(s, huma.Operation{
		OperationID: "lookup-stories", Method: http.MethodGet, Path: "/v1/campaigns/{campaign}/stories", Tags: tags,
		Summary:     "Look stories up",
		Description: "In any state, lately changed first: what was decided, hidden, failed.",
		Errors:      []int{http.StatusNotFound},
	}, moderators, s.lookup)
	handle(s, huma.Operation{
		OperationID: "claim-stories", Method: http.MethodPost, Path: "/v1/review/claims", Tags: tags,
		Summary: "Claim the next stories",
		Description: "Renews what you hold and leases more of the oldest free stories until you hold `count`. " +
			"Nobody else is given them for ten minutes.",
	}, moderators, func(ctx context.Context, in *struct {
		Body struct {
			Count     int      `json:"count,omitempty" minimum:"1" maximum:"20" default:"3"`
			Campaign  string   `json:"campaign,omitempty" maxLength:"64"`
			Escalated bool     `json:"escalated,omitempty"`
			Skip      []string `json:"skip,omitempty" maxItems:"200" doc:"Stories you do not want again."`
		}
	}) (*struct{ Body StoryList }, error) {
		f, err := s.queueFilter(ctx, QueueFilter{in.Body.Campaign, in.Body.Escalated})
		if err != nil {
			return nil, err
		}
		held, err := s.Review.Claim(ctx, f, callerOf(ctx).actor(account.Moderator), in.Body.Count, in.Body.Skip)
		if err != nil {
			return nil, err
		}
		items, err := s.staffViews(ctx, held)
		return &struct{ Body StoryList }{StoryList{Items: items}}, err
	})
	handle(s, huma.Operation{
		OperationID: "release-claim", Method: http.MethodDelete, Path: "/v1/review/claims/{id}", Tags: tags,
		DefaultStatus: http.StatusNoContent,
		Summary:       "Give a claim back",
	}, moderators, func(ctx context.Context, in *StoryPath) (*struct{}, error) {
		return nil, s.Review.Release(ctx, in.ID, callerOf(ctx).actor(account.Moderator))
	})
	handle(s, huma.Operation{
		OperationID: "decide", Method: http.MethodPost, Path: "/v1/stories/{id}/decisions", Tags: tags,
		Summary:     "Decide",
		Description: "A conflict says who decided what, and when. The same decision again is one decision.",
		Errors:      []int{http.StatusNotFound, http.StatusConflict},
	}, moderators, func(ctx context.Context, in *struct {
		StoryPath
		Body decisionBody
	}) (*storyOutput, error) {
		b := in.Body
		st, err := s.Review.Decide(ctx, in.ID,
			review.Decision{
				Action: review.Action(b.Action), Reason: review.Reason(b.Reason), Note: b.Note, Version: b.Version,
			}, callerOf(ctx).actor(account.Moderator))
		if err != nil {
			return nil, err
		}
		v, err := s.staffView(ctx, st, callerOf(ctx).principal.ID)
		return &storyOutput{v}, err
	})
	handle(s, huma.Operation{
		OperationID: "list-reasons", Method: http.MethodGet, Path: "/v1/review/reasons", Tags: tags,
		Summary: "List reason codes",
	}, moderators, func(context.Context, *struct{}) (*struct {
		Body struct {
			Items []reasonView `json:"items"`
		}
	}, error) {
		out := &struct {
			Body struct {
				Items []reasonView `json:"items"`
			}
		}{}
		for _, code := range review.ReasonCodes() {
			out.Body.Items = append(out.Body.Items, reasonView{string(code), review.Reasons()[code]})
		}
		return out, nil
	})
	handle(s, huma.Operation{
		OperationID: "get-history", Method: http.MethodGet, Path: "/v1/stories/{id}/history", Tags: tags,
		Summary:     "Read a story's history",
		Description: "Every change of state, append-only, and every try made at its work.",
		Errors:      []int{http.StatusNotFound},
	}, staff, s.history)
}

func (s *server) reviewQueue(ctx context.Context, in *struct {
	QueueFilter
	Cursor string `query:"cursor" maxLength:"300"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"24"`
}) (*struct{ Body queueView }, error) {
	f, err := s.queueFilter(ctx, in.QueueFilter)
	if err != nil {
		return nil, err
	}
	after, err := openCursor[string](in.Cursor)
	if err != nil {
		return nil, err
	}
	from := ""
	if after != nil {
		from = *after
	}
	rows, err := s.Review.Queue(ctx, f, from, in.Limit+1)
	if err != nil {
		return nil, err
	}
	stats, err := s.Review.Stats(ctx, f)
	if err != nil {
		return nil, err
	}
	colleagues, err := s.Review.Colleagues(ctx, f)
	if err != nil {
		return nil, err
	}
	out := &struct{ Body queueView }{
		queueView{
			Waiting: stats.Waiting, Claimed: stats.Claimed, Escalated: stats.Escalated, Oldest: timePtr(stats.Oldest),
			Colleagues: make([]colleagueView, len(colleagues)),
		},
	}
	for i, c := range colleagues {
		out.Body.Colleagues[i] = colleagueView(c)
	}
	if len(rows) > in.Limit {
		rows = rows[:in.Limit]
		out.Body.Next = sealCursor(&rows[in.Limit-1].ID)
	}
	out.Body.Items, err = s.staffViews(ctx, rows)
	return out, err
}

func (s *server) lookup(ctx context.Context, in *struct {
	CampaignPath
	State   []string `query:"state" maxItems:"13" enum:"awaiting_upload,uploaded,preparing,in_review,approved,publishing,published,hidden,rejected,failed,expired,withdrawn,erased" doc:"States, separated by commas; empty: all."`
	Text    string   `query:"q" maxLength:"200" doc:"Part of the song, the artist or the name, or a whole id."`
	Warning string   `query:"warning" maxLength:"40" doc:"One that the findings carry: silent, black, …"`
	Cursor  string   `query:"cursor" maxLength:"300"`
	Limit   int      `query:"limit" minimum:"1" maximum:"100" default:"24"`
}) (*struct{ Body StoryList }, error) {
	after, err := openCursor[review.Cursor](in.Cursor)
	if err != nil {
		return nil, err
	}
	c, err := s.Campaigns.Get(ctx, in.Campaign)
	if err != nil {
		return nil, err
	}
	l := review.Lookup{Campaign: c.ID, Text: in.Text, Warning: in.Warning}
	for _, st := range in.State {
		l.States = append(l.States, story.State(st))
	}
	rows, next, err := s.Review.Lookup(ctx, l, after, in.Limit)
	if err != nil {
		return nil, err
	}
	items, err := s.staffViews(ctx, rows)
	return &struct{ Body StoryList }{StoryList{Items: items, Next: sealCursor(next)}}, err
}

func (s *server) history(ctx context.Context, in *StoryPath) (*struct {
	Body struct {
		Items    []entryView   `json:"items"`
		Attempts []attemptView `json:"attempts"`
	}
}, error) {
	if _, err := s.Stories.Get(ctx, in.ID); err != nil {
		return nil, err
	}
	lines, err := s.Stories.History(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	tries, err := s.Attempts.List(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &struct {
		Body struct {
			Items    []entryView   `json:"items"`
			Attempts []attemptView `json:"attempts"`
		}
	}{}
	out.Body.Items, out.Body.Attempts = make([]entryView, len(lines)), make([]attemptView, len(tries))
	for i, l := range lines {
		out.Body.Items[i] = entryView{l.At, l.Actor, string(l.Event), string(l.From), string(l.To), l.Reason, l.Note}
	}
	for i, t := range tries {
		out.Body.Attempts[i] = attemptOf(t)
	}
	return out, nil
}

func attemptOf(t *attempt.Record) attemptView {
	return attemptView{
		t.Attempt, string(t.Kind), t.Worker, t.StartedAt, timePtr(t.EndedAt), string(t.Outcome), t.Code, t.CPU.Seconds(),
		t.MaxRSS, t.BytesIn, t.BytesOut, t.Sandbox,
	}
}
