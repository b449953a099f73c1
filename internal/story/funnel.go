package story

import (
	"context"
	"slices"
	"time"
)

// Step is one passage of the funnel: how many stories have come at least as
// far as To, and the median time from From to To.
type Step struct {
	From, To State
	Reached  int64
	Median   time.Duration // 0: none of the newest stories has passed
	Sample   int           // stories that the median is of
}

// Funnel tells how a campaign's stories fare: how many stand in each state,
// and how long each passage takes.
type Funnel struct {
	States map[State]int64
	Steps  []Step
}

// funnelSample is how many of the newest stories medians are taken of.
const funnelSample = 1000

// way is the passages of a story that nothing goes wrong with, each with the
// states that lie at or beyond its end.
var way = []struct {
	from, to State
	beyond   []State
}{
	{AwaitingUpload, Uploaded, []State{Uploaded, Preparing, InReview, Approved, Publishing, Published, Hidden, Rejected, Failed}},
	{Uploaded, InReview, []State{InReview, Approved, Publishing, Published, Hidden, Rejected}},
	{InReview, Approved, []State{Approved, Publishing, Published, Hidden}},
	{Approved, Published, []State{Published, Hidden}},
}

// Funnel reports on a campaign. Withdrawn stories count nowhere but in States.
func (s *Service) Funnel(ctx context.Context, campaign string) (*Funnel, error) {
	counts, err := s.store.CountStates(ctx, campaign)
	if err != nil {
		return nil, err
	}
	f := &Funnel{States: counts}
	for _, w := range way {
		step := Step{From: w.from, To: w.to}
		for _, state := range w.beyond {
			step.Reached += counts[state]
		}
		took, err := s.store.Passages(ctx, campaign, w.from, w.to, funnelSample)
		if err != nil {
			return nil, err
		}
		if step.Sample = len(took); len(took) > 0 {
			slices.Sort(took)
			step.Median = took[len(took)/2]
		}
		f.Steps = append(f.Steps, step)
	}
	return f, nil
}
