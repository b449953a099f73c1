package review

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/story"
)

// ReportMax is the longest time that a report or a sample looks back. The
// minute is for the time that a request takes to get here.
const (
	ReportMax   = 31 * 24 * time.Hour
	reportGrace = time.Minute
)

// IsDecision reports whether a report counts the history line: an approval, a
// rejection or an escalation by a moderator or an administrator.
func IsDecision(line *story.Entry) bool {
	switch line.Event {
	case story.EventApproved, story.EventRejected, story.EventEscalated:
		return line.Actor.Role == account.Moderator || line.Actor.Role == account.Admin
	default:
		return false
	}
}

// Overturns returns the event of the decisions that this one overturns, where
// somebody else made them.
func Overturns(e story.Event) (story.Event, bool) {
	switch e {
	case story.EventHidden:
		return story.EventApproved, true
	case story.EventRestored:
		return story.EventRejected, true
	default:
		return "", false
	}
}

// ModeratorStats counts one moderator's decisions.
type ModeratorStats struct {
	Moderator  account.Actor
	Approved   int64
	Rejected   int64
	Escalated  int64
	Overturned int64 // approvals later hidden and rejections later restored, by anybody else
	Unplayed   int64 // of all, made before the video was played or moved to another time
	Hours      int64 // of the clock in which the moderator decided anything
}

// Decided is how many stories the moderator approved or rejected.
func (s ModeratorStats) Decided() int64 { return s.Approved + s.Rejected }

// Claimant is a moderator who holds stories now.
type Claimant struct {
	Name    string
	Holding int64     // stories
	Until   time.Time // when the last of the claims ends unless renewed
}

// Report returns the decisions since the beginning of the moment's hour by
// moderator, most first.
func (s *Service) Report(ctx context.Context, f Filter, since time.Time) ([]ModeratorStats, error) {
	if s.now().Sub(since) > ReportMax+reportGrace {
		return nil, fault.New(fault.Invalid, "report.invalid", "a report looks back at most 31 days")
	}
	return s.store.ReviewReport(ctx, f, since)
}

// Claimants lists who holds stories of the queue now.
func (s *Service) Claimants(ctx context.Context, f Filter) ([]Claimant, error) {
	return s.store.Claimants(ctx, f, s.now())
}

// sampleAmong is how many of the newest decisions a sample is drawn from.
const sampleAmong = 5000

// Sample draws n stories, for a second review, from those that others decided
// since the moment. The same seed draws the same stories from the same ones.
func (s *Service) Sample(ctx context.Context, f Filter, by account.Actor, since time.Time, n int,
	seed uint64) ([]*story.Story, error) {
	if s.now().Sub(since) > ReportMax+reportGrace {
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
