package story

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
)

// jobs is where work is announced. Announcing again is harmless, and a lost
// announcement is made again by the sweep.
type jobs interface {
	Enqueue(ctx context.Context, j Job) error
}

// Options tune a Service.
type Options struct {
	Lease time.Duration // a worker whose heartbeat is older counts as lost; 60 s when zero
}

// Service reads and changes stored stories.
type Service struct {
	store Store
	jobs  jobs
	now   func() time.Time
	lease time.Duration
	log   *slog.Logger
}

// NewService wires a Service; now is the clock.
func NewService(store Store, j jobs, now func() time.Time, opts Options, log *slog.Logger) *Service {
	if opts.Lease == 0 {
		opts.Lease = time.Minute
	}
	return &Service{store: store, jobs: j, now: now, lease: opts.Lease, log: log}
}

// Lease returns how old a heartbeat may be before its worker counts as lost.
func (s *Service) Lease() time.Duration { return s.lease }

// Get returns a story; NotFound "story.unknown".
func (s *Service) Get(ctx context.Context, id string) (*Story, error) { return s.store.Story(ctx, id) }

// History returns the history of a story, oldest line first.
func (s *Service) History(ctx context.Context, id string) ([]*Entry, error) {
	return s.store.History(ctx, id)
}

// StatesOf returns the state of each known story.
func (s *Service) StatesOf(ctx context.Context, ids []string) (map[string]State, error) {
	return s.store.StatesOf(ctx, ids)
}

// ErrUnchanged is returned by a function given to Change to write nothing;
// Change then returns the story as stored.
var ErrUnchanged = errors.New("story: nothing to change")

// Change is the one way a stored story changes: it reads the story, passes it
// to change, and writes it back guarded by its version; on a conflict it
// starts again from the read. A change of the public fields of an approved
// story is a Conflict "story.moderated". After the commit it announces the work
// that the new state calls for.
func (s *Service) Change(ctx context.Context, id string, change func(*Story) (*Entry, error)) (*Story, error) {
	st, written, err := s.change(ctx, id, change)
	if written {
		s.announce(ctx, st)
	}
	return st, err
}

// ChangeUnannounced is Change without the announcement; the sweep makes it.
func (s *Service) ChangeUnannounced(
	ctx context.Context, id string, change func(*Story) (*Entry, error),
) (*Story, error) {
	st, _, err := s.change(ctx, id, change)
	return st, err
}

// maxConflicts is how many lost races make a change fail.
const maxConflicts = 10

func (s *Service) change(
	ctx context.Context, id string, change func(*Story) (*Entry, error),
) (st *Story, written bool, err error) {
	for n := 1; ; n++ {
		st, err := s.store.Story(ctx, id)
		if err != nil {
			return nil, false, err
		}
		moderated, approved := st.moderated(), st.PublicFields()
		line, err := change(st)
		if errors.Is(err, ErrUnchanged) {
			return st, false, nil
		}
		if err == nil {
			err = checkModerated(moderated, approved, st)
		}
		if err != nil {
			return nil, false, err
		}
		err = s.store.SaveStory(ctx, st, line)
		if fault.Is(err, "story.stale") && n < maxConflicts {
			continue
		}
		if err != nil {
			return nil, false, err
		}
		return st, true, nil
	}
}

// announce enqueues the story's due work. An error is only logged: the sweep
// finds the same work in the row.
func (s *Service) announce(ctx context.Context, st *Story) {
	now := s.now()
	j, due := st.Work(now, now.Add(-s.lease))
	if !due || j.Kind == Ladder { // ladders are announced by how much they are wanted
		return
	}
	if err := s.jobs.Enqueue(context.WithoutCancel(ctx), j); err != nil {
		s.log.Warn("work not announced; the sweep will", "story", st.ID, "job", j.String(), "err", err)
	}
}

// Withdraw takes a story off the feed with the commit; a remove job erases
// the rest. Withdrawing again changes nothing.
func (s *Service) Withdraw(ctx context.Context, id string, by account.Actor) (*Story, error) {
	return s.Change(ctx, id, func(st *Story) (*Entry, error) {
		if st.State == Withdrawn || st.State == Erased {
			return nil, ErrUnchanged
		}
		line, err := st.Leave(EventWithdrawn, by, s.now())
		if err == nil {
			st.Release.WithdrawnAt = line.At
		}
		return line, err
	})
}

// Retry starts failed work again, as an operator asks.
func (s *Service) Retry(ctx context.Context, id string, by account.Actor) (*Story, error) {
	return s.Change(ctx, id, func(st *Story) (*Entry, error) { return st.Retry(by, s.now()) })
}

// Retry applies the retry of the job that failed.
func (s *Story) Retry(by account.Actor, now time.Time) (*Entry, error) {
	if s.State == Published && s.Public != nil && s.Public.GivenUp && by.Role == account.Admin {
		s.Public.GivenUp = false
		s.ClearWork()
		return s.Remark(EventLadderRetried, by, now), nil
	}
	event := EventPrepareRetried
	if s.Failure != nil && s.Failure.Job == Publish {
		event = EventPublishRetried
	}
	line, err := s.Apply(event, by, now)
	if err == nil {
		s.RenewWork()
	}
	return line, err
}
