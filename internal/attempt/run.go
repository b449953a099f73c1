package attempt

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
)

// activeStates are those in which a worker may hold the job.
func activeStates(k story.JobKind) []story.State {
	switch k {
	case story.Prepare:
		return []story.State{story.Preparing}
	case story.Publish:
		return []story.State{story.Publishing}
	case story.Ladder:
		return []story.State{story.Published}
	case story.Remove:
		return []story.State{story.Published, story.Hidden, story.Rejected, story.Failed, story.Withdrawn}
	}
	return nil
}

// overtaken is the error of an attempt whose story has moved on without it.
func overtaken(j story.Job) error {
	return fault.New(fault.Conflict, "job.overtaken", "attempt %d no longer holds the story", j.Attempt)
}

// Start takes the job for this process: it raises the story's Attempt, which
// fences off every earlier attempt. It fails with Conflict "job.overtaken" when
// the story no longer calls for exactly this attempt, which need not be reported.
// An earlier attempt whose worker was lost gets the outcome lost.
func (s *Service) Start(ctx context.Context, j story.Job) (*story.Story, error) {
	var beat time.Time // of a lost worker
	st, err := s.start(ctx, j, &beat)
	if err == nil && !beat.IsZero() {
		err = s.store.CloseLost(ctx, j.Story, j.Attempt, beat)
	}
	return st, err
}

func (s *Service) start(ctx context.Context, j story.Job, beat *time.Time) (*story.Story, error) {
	return s.stories.Change(ctx, j.Story, func(st *story.Story) (*story.Entry, error) {
		now := s.now()
		if due, ok := st.Work(now, now.Add(-s.stories.Lease())); !ok || due != j {
			return nil, overtaken(j)
		}
		*beat = st.HeartbeatAt
		lost := !beat.IsZero()
		st.Attempt, st.HeartbeatAt, st.Progress = j.Attempt, now, 0
		if lost {
			st.Tries++
		}
		if j.Kind == story.Remove {
			return nil, nil
		}
		if st.Tries >= s.opts.MaxTries {
			return fail(st, j,
				fault.New(fault.Unavailable, "worker.lost",
					"our machines gave up on this file several times; the team has been informed"), now)
		}
		st.NextRunAt = time.Time{}
		if j.Kind == story.Ladder { // a published story stays what it is
			return nil, nil
		}
		line, err := st.Apply(story.EventStarted, account.TheSystem, now)
		if err == nil {
			line.Note = "attempt " + strconv.Itoa(j.Attempt)
		}
		return line, err
	})
}

// Peek returns the story of a job that has not been started; errors as Start.
func (s *Service) Peek(ctx context.Context, j story.Job) (*story.Story, error) {
	st, err := s.stories.Get(ctx, j.Story)
	if err != nil {
		return nil, err
	}
	if st.Attempt >= j.Attempt {
		return nil, overtaken(j)
	}
	return st, nil
}

// Beat records that the attempt is alive, and its progress (0…1). Conflict
// "job.overtaken" means: stop, remove the attempt's output, report nothing.
func (s *Service) Beat(ctx context.Context, j story.Job, progress float64) error {
	return s.store.Beat(ctx, j.Story, j.Attempt, activeStates(j.Kind), s.now(), progress)
}

// Pin records where the source is kept, out of reach of presigned writes, and
// binds the release to its bytes.
func (s *Service) Pin(ctx context.Context, j story.Job, src story.Source) error {
	_, err := s.update(ctx, j, func(st *story.Story, _ time.Time) (*story.Entry, error) {
		st.Source = &src
		st.Release.SourceSHA256 = src.SHA256
		return nil, nil
	})
	return err
}

// Discarded records that the objects of replaced files are gone.
func (s *Service) Discarded(ctx context.Context, j story.Job) error {
	_, err := s.update(ctx, j, func(st *story.Story, _ time.Time) (*story.Entry, error) {
		st.Upload.Discards = nil
		return nil, nil
	})
	return err
}

// Prepared ends a prepare job: the story waits for a moderator.
func (s *Service) Prepared(
	ctx context.Context, j story.Job, m media.Media, f media.Findings, review media.Assets,
) (*story.Story, error) {
	return s.update(ctx, j, func(st *story.Story, now time.Time) (*story.Entry, error) {
		st.Media, st.Findings, st.Review = &m, &f, &review
		st.ClearWork()
		return st.Apply(story.EventPrepared, account.TheSystem, now)
	})
}

// Published ends a publish job: the set is public from this moment. Where
// another story was published at the same microsecond, the next free one is
// recorded.
func (s *Service) Published(ctx context.Context, j story.Job, public media.Assets) (*story.Story, error) {
	for later := time.Duration(0); ; later += time.Microsecond {
		st, err := s.update(ctx, j, func(st *story.Story, now time.Time) (*story.Entry, error) {
			st.Public, st.PublishedAt = &public, now.Add(later)
			st.ClearWork()
			return st.Apply(story.EventPublished, account.TheSystem, now)
		})
		if !errors.Is(err, story.ErrTimeTaken) {
			return st, err
		}
	}
}

// Refined ends a ladder job: the ladder is public from this moment, instead of
// the first set, which stays for a while for players that read it.
func (s *Service) Refined(ctx context.Context, j story.Job, ladder media.Assets) (*story.Story, error) {
	return s.update(ctx, j, func(st *story.Story, now time.Time) (*story.Entry, error) {
		if st.Public == nil || !st.Public.First {
			return nil, overtaken(j)
		}
		return st.Refine(ladder, now), nil
	})
}

// Removed ends a remove job that cleared the prefixes. A withdrawn story becomes
// its tombstone, unless a legal hold keeps it: every personal field is removed
// from its row and from the rows about it. A story that meanwhile calls for the
// removal of anything else, as one that was hidden or withdrawn does, gets
// another remove job.
func (s *Service) Removed(ctx context.Context, j story.Job, prefixes []string) error {
	st, err := s.stories.Get(ctx, j.Story)
	if err != nil {
		return err
	}
	if !st.IsErasable(prefixes) {
		_, err := s.update(ctx, j, func(st *story.Story, now time.Time) (*story.Entry, error) {
			if st.IsErasable(prefixes) || !st.IsCleared(prefixes) {
				st.HeartbeatAt, st.NextRunAt = time.Time{}, time.Time{} // the next job is due at once
				return nil, nil
			}
			return st.ClearRemoved(now), nil
		})
		return err
	}
	if st.Attempt != j.Attempt {
		return overtaken(j)
	}
	line, err := st.Apply(story.EventErased, account.TheSystem, s.now())
	if err != nil {
		return err
	}
	st.ClearWork()
	st.ClearPersonal()
	return s.store.EraseStory(ctx, st, line)
}

// update changes the story only while this attempt still holds it.
func (s *Service) update(
	ctx context.Context, j story.Job, change func(*story.Story, time.Time) (*story.Entry, error),
) (*story.Story, error) {
	return s.stories.Change(ctx, j.Story, s.requireAttempt(j, change))
}

// requireAttempt guards a change: it is refused once the attempt has been overtaken.
func (s *Service) requireAttempt(
	j story.Job, change func(*story.Story, time.Time) (*story.Entry, error),
) func(*story.Story) (*story.Entry, error) {
	return func(st *story.Story) (*story.Entry, error) {
		if st.Attempt != j.Attempt || !slices.Contains(activeStates(j.Kind), st.State) {
			return nil, overtaken(j)
		}
		return change(st, s.now())
	}
}
