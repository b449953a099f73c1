package story

import (
	"context"
	"slices"
	"time"
)

// Step is one passage of the funnel: how many stories have come at least as
// far, and the median time since the step before.
type Step struct {
	Name    string // created, uploaded, prepared, reviewed, published, selected
	Reached int64
	Median  time.Duration // 0: the first step, or none of the newest stories has passed
	Sample  int           // stories that the median is of
}

// Funnel tells how a campaign's stories fare: how many stand in each state,
// and how long each passage takes.
type Funnel struct {
	States map[State]int64
	Steps  []Step
}

// funnelSample is how many of the newest stories medians are taken of.
const funnelSample = 1000

// way is the passages that states tell of, each with the states that lie at
// or beyond its end.
var way = []struct {
	name   string
	from   State
	to     []State
	beyond []State
}{
	{
		"uploaded", AwaitingUpload, []State{Uploaded},
		[]State{Uploaded, Preparing, InReview, Approved, Publishing, Published, Hidden, Rejected, Failed},
	},
	{"prepared", Uploaded, []State{InReview}, []State{InReview, Approved, Publishing, Published, Hidden, Rejected}},
	{"reviewed", InReview, []State{Approved, Rejected}, []State{Approved, Publishing, Published, Hidden, Rejected}},
	{"published", Approved, []State{Published}, []State{Published, Hidden}},
}

// Funnel reports on a campaign. Withdrawn stories count as created, and
// nowhere else but in States.
func (s *Service) Funnel(ctx context.Context, campaign string) (*Funnel, error) {
	counts, err := s.store.CountStates(ctx, campaign)
	if err != nil {
		return nil, err
	}
	created := Step{Name: "created"}
	for _, n := range counts {
		created.Reached += n
	}
	f := &Funnel{States: counts, Steps: []Step{created}}
	for _, w := range way {
		took, err := s.store.Passages(ctx, campaign, w.from, w.to, funnelSample)
		if err != nil {
			return nil, err
		}
		var reached int64
		for _, state := range w.beyond {
			reached += counts[state]
		}
		f.Steps = append(f.Steps, step(w.name, reached, took))
	}
	took, err := s.store.Selections(ctx, campaign)
	f.Steps = append(f.Steps, step("selected", int64(len(took)), took))
	return f, err
}

func step(name string, reached int64, took []time.Duration) Step {
	s := Step{Name: name, Reached: reached, Sample: len(took)}
	if len(took) > 0 {
		slices.Sort(took)
		s.Median = took[len(took)/2]
	}
	return s
}
