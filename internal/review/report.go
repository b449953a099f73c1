package review

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/story"
)

// ReportMax is the longest time that a report or a sample looks back.
const ReportMax = 31 * 24 * time.Hour

// Share is one moderator's part in a report.
type Share struct {
	Moderator  account.Actor
	Approved   int64
	Rejected   int64
	Escalated  int64
	Overturned int64 // approvals later hidden and rejections later restored, by anybody else
}

// Decided is how many stories the moderator settled.
func (s Share) Decided() int64 { return s.Approved + s.Rejected }

// Colleague is a moderator who holds stories now.
type Colleague struct {
	Name    string
	Holding int64
	Until   time.Time // when the last of the claims ends unless renewed
}

// Report returns who decided how much since the moment.
func (s *Service) Report(ctx context.Context, f Filter, since time.Time) ([]Share, error) {
	if s.now().Sub(since) > ReportMax {
		return nil, fault.New(fault.Invalid, "report.invalid", "a report looks back at most 31 days")
	}
	return s.store.ReviewReport(ctx, f, since)
}

// Colleagues lists who holds stories of the queue now.
func (s *Service) Colleagues(ctx context.Context, f Filter) ([]Colleague, error) {
	return s.store.Claimants(ctx, f, s.now())
}

// sampleAmong bounds the decisions that a sample is drawn from: the newest.
const sampleAmong = 5000

// Sample draws n stories, for a second look, among those that others decided
// since the moment. The same seed draws the same stories of the same ones.
func (s *Service) Sample(ctx context.Context, f Filter, by account.Actor, since time.Time, n int,
	seed uint64) ([]*story.Story, error) {
	if s.now().Sub(since) > ReportMax {
		return nil, fault.New(fault.Invalid, "report.invalid", "a sample looks back at most 31 days")
	}
	ids, err := s.store.DecidedBy(ctx, f, by.ID, since, sampleAmong)
	if err != nil {
		return nil, err
	}
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	out := make([]*story.Story, 0, n)
	for _, id := range ids[:min(n, len(ids))] {
		st, err := s.stories.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		out = append(out, st)
	}
	return out, nil
}

// MaxBulk is how many stories one bulk decision may name.
const MaxBulk = 100

// Seen is a story as a moderator saw it in a list.
type Seen struct {
	Story   string
	Version int64 // 0: whatever it is now
}

// Outcome is what became of one story of a bulk decision.
type Outcome struct {
	Story *story.Story // nil where the decision was refused
	Err   error        // nil where it was recorded
}

// DecideAll records the same decision for each story and answers in the same
// order. One that is refused, because a colleague was faster or the database
// is busy, hinders none of the others.
func (s *Service) DecideAll(ctx context.Context, seen []Seen, d Decision, by account.Actor) ([]Outcome, error) {
	if len(seen) == 0 || len(seen) > MaxBulk {
		return nil, fault.New(fault.Invalid, "decision.bulk", "a bulk decision names 1 to %d stories", MaxBulk)
	}
	if err := d.check(); err != nil {
		return nil, err
	}
	out := make([]Outcome, len(seen))
	for i, one := range seen {
		d.Version = one.Version
		st, err := s.Decide(ctx, one.Story, d, by)
		out[i] = Outcome{st, err}
	}
	return out, nil
}
