// Package funnel counts how far the stories of a campaign have come and how
// long each step took.
package funnel

import (
	"context"
	"slices"
	"time"

	"github.com/storyreel/storyreel/internal/story"
)

// Step is one step of the funnel: how many stories have come at least as far,
// and the median time since the step before.
type Step struct {
	Name    string // created, uploaded, prepared, reviewed, published, selected
	Reached int64
	Median  time.Duration // 0: the first step, or none of the newest stories has passed
	Sample  int           // stories that the median is of
}

// Report is the funnel of one campaign.
type Report struct {
	States map[story.State]int64 // stories in each state
	Steps  []Step
}

// Store is where the times and counts come from.
type Store interface {
	// CountStates counts the campaign's stories by state.
	CountStates(ctx context.Context, campaign string) (map[story.State]int64, error)
	// Entries returns, for each of the newest stories of the campaign, when it
	// first entered each state.
	Entries(ctx context.Context, campaign string, limit int) ([]map[story.State]time.Time, error)
	// SelectionTimes returns, for each story that fills an ad slot, the time
	// from its first publication to the choice.
	SelectionTimes(ctx context.Context, campaign string) ([]time.Duration, error)
}

// Service reports on campaigns.
type Service struct{ store Store }

// NewService returns a Service over the store.
func NewService(store Store) *Service { return &Service{store: store} }

// sampleSize is how many of the newest stories medians are taken of.
const sampleSize = 1000

// steps are the steps between states, each with the states that lie at or
// beyond its end.
var steps = []struct {
	name   string
	from   story.State
	to     []story.State
	beyond []story.State
}{
	{
		"uploaded", story.AwaitingUpload, []story.State{story.Uploaded},
		[]story.State{
			story.Uploaded, story.Preparing, story.InReview, story.Approved, story.Publishing, story.Published,
			story.Hidden, story.Rejected, story.Failed,
		},
	},
	{
		"prepared", story.Uploaded, []story.State{story.InReview},
		[]story.State{
			story.InReview, story.Approved, story.Publishing, story.Published, story.Hidden, story.Rejected,
		},
	},
	{
		"reviewed", story.InReview, []story.State{story.Approved, story.Rejected},
		[]story.State{story.Approved, story.Publishing, story.Published, story.Hidden, story.Rejected},
	},
	{
		"published", story.Approved, []story.State{story.Published},
		[]story.State{story.Published, story.Hidden},
	},
}

// Report reports on a campaign, by id. Withdrawn stories count as created,
// and otherwise only in States.
func (s *Service) Report(ctx context.Context, campaign string) (*Report, error) {
	counts, err := s.store.CountStates(ctx, campaign)
	if err != nil {
		return nil, err
	}
	created := Step{Name: "created"}
	for _, n := range counts {
		created.Reached += n
	}
	r := &Report{States: counts, Steps: []Step{created}}
	entries, err := s.store.Entries(ctx, campaign, sampleSize)
	if err != nil {
		return nil, err
	}
	for _, w := range steps {
		times := passages(entries, w.from, w.to)
		var reached int64
		for _, state := range w.beyond {
			reached += counts[state]
		}
		r.Steps = append(r.Steps, step(w.name, reached, times))
	}
	times, err := s.store.SelectionTimes(ctx, campaign)
	r.Steps = append(r.Steps, step("selected", int64(len(times)), times))
	return r, err
}

// passages are the times from first entering the one state to first entering
// any of the others.
func passages(entries []map[story.State]time.Time, from story.State, to []story.State) []time.Duration {
	var out []time.Duration
	for _, at := range entries {
		begun, ok := at[from]
		if !ok {
			continue
		}
		var ended time.Time
		for _, state := range to {
			if t, ok := at[state]; ok && (ended.IsZero() || t.Before(ended)) {
				ended = t
			}
		}
		if !ended.IsZero() {
			out = append(out, ended.Sub(begun))
		}
	}
	return out
}

func step(name string, reached int64, times []time.Duration) Step {
	s := Step{Name: name, Reached: reached, Sample: len(times)}
	if len(times) > 0 {
		slices.Sort(times)
		s.Median = times[len(times)/2]
	}
	return s
}
