// Package attempt runs the work of stories as numbered attempts: a worker
// starts one, keeps it alive with heartbeats, and finishes, fails, requeues or
// releases it. The attempt's number fences off every earlier attempt.
package attempt

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/storyreel/storyreel/internal/story"
)

// Record is the record of one attempt at a job.
type Record struct {
	Story     string
	Attempt   int
	Kind      story.JobKind
	Worker    string
	StartedAt time.Time
	EndedAt   time.Time // zero: under way; of a lost one its last heartbeat
	Outcome   Outcome   // empty while under way
	Code      string    // of the failure
	Error     string    // for operators only
	Input     bool      // the failure is a refusal of the file, not of our making; not stored
	CPU       time.Duration
	MaxRSS    int64 // bytes
	BytesIn   int64
	BytesOut  int64
	Sandbox   string // full, partial, none
}

// Outcome is how an attempt ended.
type Outcome string

// The outcomes.
const (
	Done      Outcome = "done"
	Failed    Outcome = "failed"      // the story failed
	Deferred  Outcome = "deferred"    // failed, and will be retried
	Overtaken Outcome = "overtaken"   // the story had moved on
	Requeued  Outcome = "handed_back" // stopped, and will be retried at once
	Lost      Outcome = "lost"        // sent no heartbeat any more, and another one followed
)

// Store is where attempts are kept.
type Store interface {
	// Beat sets heartbeat and progress where attempt and one of the states
	// still hold; Conflict "job.overtaken" otherwise. It raises no version.
	Beat(ctx context.Context, id string, attempt int, states []story.State, at time.Time, progress float64) error
	// Due returns jobs that the states call for (see story.Story.Work) and that
	// were not dispatched yet, and marks them dispatched now.
	Due(ctx context.Context, now, stale time.Time, limit int) ([]story.Job, error)
	// DueAgain is Due for jobs of the kinds that were dispatched, last at the
	// moment before, those dispatched longest ago first.
	DueAgain(ctx context.Context, kinds []story.JobKind, now, stale, before time.Time, limit int) ([]story.Job, error)
	// DueLadders is Due for ladders, which Due leaves out, the most wanted first:
	// of stories that are selected, shortlisted, or being watched, then of those
	// with a heavy first set and of all others, newest first. Those that were
	// dispatched after the moment announced are left out.
	DueLadders(ctx context.Context, q LadderQuery, limit int) ([]story.Job, error)
	// Owed counts by kind the jobs that are due or under way.
	Owed(ctx context.Context, now time.Time) (map[story.JobKind]int, error)
	// EraseStory is story.Store's SaveStory that also deletes all other rows
	// about the story but its tokens, history and attempts, and clears the
	// notes and errors of those.
	EraseStory(ctx context.Context, s *story.Story, line *story.Entry) error
	// RecordAttempt inserts or replaces the record of one attempt.
	RecordAttempt(ctx context.Context, r *Record) error
	// CloseLost sets the outcome lost of every attempt of the story before the
	// numbered one that has none, with its last heartbeat as its end.
	CloseLost(ctx context.Context, id string, before int, beat time.Time) error
	// Repeated returns those of the stories of which a job took more attempts than
	// one, or has one that is not recorded as done, in no order.
	Repeated(ctx context.Context, ids []string) ([]string, error)
	// Failures returns the failures that the query selects, after the position
	// and up to its Until, oldest first, of stories that are failed now.
	Failures(ctx context.Context, q FailureQuery, after Position, limit int) ([]Failure, error)
	// Attempts returns the attempts of a story, oldest first.
	Attempts(ctx context.Context, id string) ([]*Record, error)
	// Troubled returns failed stories and those whose work has used up tries,
	// newest first.
	Troubled(ctx context.Context, limit int) ([]*story.Story, error)
}

// LadderQuery selects ladders that are due.
type LadderQuery struct {
	Now       time.Time
	Stale     time.Time // a heartbeat not after this counts as a lost worker
	Announced time.Time // what was dispatched since is not dispatched again
	Watched   bool      // as in Options
}

// queue is where work is announced.
type queue interface {
	Enqueue(ctx context.Context, j story.Job) error
	// Held is how many announcements of the kind wait to be taken, and how many
	// are under way.
	Held(ctx context.Context, kind story.JobKind) (waiting, running int, err error)
}

// Options tune a Service. Zero values take the defaults given per field.
type Options struct {
	MaxTries   int           // tries before the story fails; 5
	RetryPause time.Duration // wait before the second try, doubling; 10 s
	// Watched leaves first sets without a ladder unless they are heavy, or their
	// stories selected, shortlisted or watched.
	Watched bool
}

// Service runs attempts.
type Service struct {
	store   Store
	stories *story.Service
	queue   queue
	now     func() time.Time
	opts    Options
	again   time.Time // when announcements were last compared with the queue; Dispatch's own
}

// NewService wires a Service; now is the clock.
func NewService(store Store, stories *story.Service, q queue, now func() time.Time, opts Options) *Service {
	if opts.MaxTries == 0 {
		opts.MaxTries = 5
	}
	if opts.RetryPause == 0 {
		opts.RetryPause = 10 * time.Second
	}
	return &Service{store: store, stories: stories, queue: q, now: now, opts: opts}
}

// List returns the attempts at a story's work, oldest first.
func (s *Service) List(ctx context.Context, id string) ([]*Record, error) {
	return s.store.Attempts(ctx, id)
}

// Repeated returns those of the stories of which a job took more attempts than
// one, or has one that is not recorded as done, in no order: objects of more
// than one attempt may be there.
func (s *Service) Repeated(ctx context.Context, ids []string) ([]string, error) {
	return s.store.Repeated(ctx, ids)
}

// Save stores the record of one attempt, replacing an earlier one of the same
// attempt.
func (s *Service) Save(ctx context.Context, r *Record) error {
	return s.store.RecordAttempt(ctx, r)
}

// Troubled returns failed stories and those whose work has used up tries,
// newest first.
func (s *Service) Troubled(ctx context.Context, limit int) ([]*story.Story, error) {
	return s.store.Troubled(ctx, limit)
}

const (
	dispatchBatch = 1000 // jobs that one statement marks
	announcers    = 16   // announcements at a time
)

// Dispatch announces every job that is due and was not announced yet, and
// those announced longer than redispatch ago whose kind has more jobs due than
// the queue holds: some were lost. It announces at most limit jobs and returns
// how many. Of ladders it announces a few at a time, beyond the limit. It is not
// safe for concurrent use.
func (s *Service) Dispatch(ctx context.Context, redispatch time.Duration, limit int) (int, error) {
	now := s.now()
	stale := now.Add(-s.stories.Lease())
	if err := s.dispatchLadders(ctx, LadderQuery{
		Now: now, Stale: stale, Announced: now.Add(-redispatch), Watched: s.opts.Watched,
	}); err != nil {
		return 0, err
	}
	n, err := s.announce(ctx, limit, func(limit int) ([]story.Job, error) {
		return s.store.Due(ctx, now, stale, limit)
	})
	if err != nil || n >= limit || now.Sub(s.again) < redispatch/4 {
		return n, err
	}
	kinds, err := s.lost(ctx, now)
	if err != nil {
		return n, err
	}
	if len(kinds) == 0 {
		s.again = now
		return n, nil
	}
	m, err := s.announce(ctx, limit-n, func(limit int) ([]story.Job, error) {
		return s.store.DueAgain(ctx, kinds, now, stale, now.Add(-redispatch), limit)
	})
	if err == nil && n+m < limit {
		s.again = now
	}
	return n + m, err
}

// laddersAhead is how many ladders wait in the queue, which is first in, first
// out. With more, one that has become urgent would wait for all of them.
const laddersAhead = 16

// dispatchLadders announces ladders until the queue has enough of them: twice as
// many as are under way, so that workers do not run out of them until the next
// look, and those who scale workers by the queue's length see that more are
// needed.
func (s *Service) dispatchLadders(ctx context.Context, q LadderQuery) error {
	waiting, running, err := s.queue.Held(ctx, story.Ladder)
	if err != nil {
		return err
	}
	room := min(max(laddersAhead, 2*running)-waiting, dispatchBatch)
	if room <= 0 {
		return nil
	}
	_, err = s.announce(ctx, room, func(limit int) ([]story.Job, error) { return s.store.DueLadders(ctx, q, limit) })
	return err
}

// lost returns the kinds of which more jobs are due or under way than the
// queue holds.
func (s *Service) lost(ctx context.Context, now time.Time) ([]story.JobKind, error) {
	owed, err := s.store.Owed(ctx, now)
	if err != nil {
		return nil, err
	}
	var kinds []story.JobKind
	for _, kind := range story.JobKinds() {
		if owed[kind] == 0 {
			continue
		}
		waiting, running, err := s.queue.Held(ctx, kind)
		if err != nil {
			return nil, err
		}
		if waiting+running < owed[kind] {
			kinds = append(kinds, kind)
		}
	}
	return kinds, nil
}

// announce announces at most limit jobs, batch by batch.
func (s *Service) announce(ctx context.Context, limit int, next func(limit int) ([]story.Job, error)) (int, error) {
	n := 0
	for n < limit {
		size := min(dispatchBatch, limit-n)
		due, err := next(size)
		if err != nil {
			return n, err
		}
		g, ctx := errgroup.WithContext(ctx)
		g.SetLimit(announcers)
		for _, j := range due {
			g.Go(func() error { return s.queue.Enqueue(ctx, j) })
		}
		if err := g.Wait(); err != nil {
			return n, err
		}
		if n += len(due); len(due) < size {
			break
		}
	}
	return n, nil
}
