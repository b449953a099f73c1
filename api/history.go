package api

import (
	"context"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/story"
)

type entryView struct {
	At     time.Time     `json:"at"`
	Actor  account.Actor `json:"actor"`
	Event  string        `json:"event"`
	From   string        `json:"from,omitempty"`
	To     string        `json:"to"`
	Reason string        `json:"reason,omitempty"`
	Note   string        `json:"note,omitempty"`

	Unplayed bool                `json:"unplayed,omitempty" doc:"Decided before the video was played or moved."`
	Message  string              `json:"message,omitempty" doc:"Of a moderator to the contributor, or of the contributor to the moderators."`
	Changes  []story.FieldChange `json:"changes,omitempty" doc:"What the contributor changed."`
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

type historyView struct {
	Items    []entryView   `json:"items"`
	Attempts []attemptView `json:"attempts"`
}

func (s *server) historyRoutes() {
	handle(s, staff, op("get-history", "GET /v1/stories/{id}/history", "review", "Read a story's history").
		about("Every change of state, append-only, and every try made at its work.").fails(notFound), s.getHistory)
}

// getHistory answers with all that happened to a story, oldest first.
func (s *server) getHistory(ctx context.Context, in *StoryPath) (*body[historyView], error) {
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
	v := historyView{make([]entryView, len(lines)), make([]attemptView, len(tries))}
	for i, l := range lines {
		v.Items[i] = entryView{
			l.At, l.Actor, string(l.Event), string(l.From), string(l.To), l.Reason, l.Note, l.Unplayed, l.Message,
			l.Changes,
		}
	}
	for i, t := range tries {
		v.Attempts[i] = attemptOf(t)
	}
	return bodyOf(v), nil
}

func attemptOf(t *attempt.Record) attemptView {
	return attemptView{
		t.Attempt, string(t.Kind), t.Worker, t.StartedAt, timePtr(t.EndedAt), string(t.Outcome), t.Code,
		t.CPU.Seconds(), t.MaxRSS, t.BytesIn, t.BytesOut, t.Sandbox,
	}
}
