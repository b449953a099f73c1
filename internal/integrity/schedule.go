package integrity

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// Leases decide which of several processes makes the audits.
type Leases interface {
	// Lead takes or renews the lease for the holder, and reports whether it has it.
	Lead(ctx context.Context, name, holder string, now, until time.Time) (bool, error)
	// Resign ends the holder's lease, so that another can lead at once.
	Resign(ctx context.Context, name, holder string) error
}

// Plan says when a Scheduler makes audits.
type Plan struct {
	Leases Leases
	Holder string        // this process; unique
	Every  time.Duration // from the end of an audit to the next
	First  time.Duration // from the start to the first look at whether one is due
	// Again is the pause between two looks, and after an audit that failed. The
	// lease is renewed as often, and ends three times as long after a process that
	// is gone.
	Again  time.Duration
	Audit  func(ctx context.Context) (*Report, error)
	Failed func(err error) // called with what kept an audit from its end
	Now    func() time.Time
}

// Scheduler makes audits in one of several processes.
type Scheduler struct {
	Plan
	report atomic.Pointer[Report]
	until  time.Time // when the lease ends that this process had last
}

// NewScheduler returns a scheduler that makes no audit before Run.
func NewScheduler(p Plan) *Scheduler { return &Scheduler{Plan: p} }

const (
	scheduleLease = "audit"
	resignTimeout = 2 * time.Second
)

var errTakenOver = errors.New("another process makes the audits now")

// Report returns what the last audit of this process found; nil before the first
// and once another process makes the audits, since what was found is then for
// that one to say.
func (s *Scheduler) Report() *Report { return s.report.Load() }

// Run makes audits whenever this process leads, until ctx ends.
func (s *Scheduler) Run(ctx context.Context) {
	defer s.resign(ctx)
	var due time.Time // the next, while this process leads
	for wait := s.First; ; wait = s.Again {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		lead, err := s.lead(ctx)
		switch {
		case err != nil:
		case !lead:
			due = time.Time{}
		case !time.Now().Before(due):
			if err = s.once(ctx); err == nil {
				due = time.Now().Add(s.Every)
			} else {
				s.resign(ctx) // another may be able to
			}
		}
		if err != nil && ctx.Err() == nil {
			s.Failed(err)
		}
	}
}

// lead takes or renews the lease, and drops the report once it is lost.
func (s *Scheduler) lead(ctx context.Context) (bool, error) {
	now := s.Now()
	until := now.Add(3 * s.Again)
	lead, err := s.Leases.Lead(ctx, scheduleLease, s.Holder, now, until)
	switch {
	case lead:
		s.until = until
	case err == nil || now.After(s.until):
		s.report.Store(nil)
	}
	return lead, err
}

// once makes an audit, and renews the lease meanwhile.
func (s *Scheduler) once(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	var renewal sync.WaitGroup
	renewal.Go(func() {
		tick := time.NewTicker(s.Again)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if lead, err := s.lead(ctx); err == nil && !lead {
				cancel(errTakenOver)
			}
		}
	})
	r, err := s.Audit(ctx)
	cancel(nil)
	renewal.Wait()
	if errors.Is(context.Cause(ctx), errTakenOver) {
		return errTakenOver
	}
	if err == nil {
		s.report.Store(r)
	}
	return err
}

// resign ends the lease if this process has it. Where that fails, it runs out.
func (s *Scheduler) resign(ctx context.Context) {
	if s.until.IsZero() {
		return
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), resignTimeout)
	defer cancel()
	if err := s.Leases.Resign(end, scheduleLease, s.Holder); err != nil && ctx.Err() == nil {
		s.Failed(err)
	}
}
