package attempt

import (
	"context"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
)

// Fail ends an attempt that did not succeed. A permanent fault fails the story
// at once with its code; any other requeues the job after a growing pause,
// until MaxTries is reached. A Local one uses up no try, since it says nothing
// about the story: the job is requeued for another worker, or for this one
// after it has paused.
func (s *Service) Fail(ctx context.Context, j story.Job, cause error) (*story.Story, error) {
	return s.update(ctx, j, func(st *story.Story, now time.Time) (*story.Entry, error) {
		if fault.IsLocal(cause) && j.Kind != story.Remove {
			return deferJob(st, j, now.Add(s.opts.RetryPause), fault.CodeOf(cause), now)
		}
		st.Tries++
		failed := fault.Permanent(cause) || st.Tries >= s.opts.MaxTries
		if failed && j.Kind != story.Remove { // removal must succeed: no object may be left behind
			return fail(st, j, cause, now)
		}
		return deferJob(st, j, now.Add(s.pause(st.Tries)), fault.CodeOf(cause), now)
	})
}

// Requeue returns an unfinished job without using up a try, as a stopping
// worker does. It announces nothing, since the stopping worker itself might
// receive the announcement; the sweep announces the job.
func (s *Service) Requeue(ctx context.Context, j story.Job) error {
	_, err := s.stories.ChangeUnannounced(ctx, j.Story,
		s.requireAttempt(j, func(st *story.Story, now time.Time) (*story.Entry, error) {
			next := time.Time{}
			if j.Kind == story.Remove {
				next = st.NextRunAt
			}
			return deferJob(st, j, next, "worker.stopping", now)
		}))
	return err
}

// Accepted reports whether the story's row names the output under the prefix:
// its attempt was finished, even if its worker received an error, since the
// answer to the write that finished it can be lost.
func (s *Service) Accepted(ctx context.Context, j story.Job, prefix string) (bool, error) {
	st, err := s.stories.Get(ctx, j.Story)
	if err != nil {
		return false, err
	}
	named := func(a *media.Assets) bool { return a != nil && (a.Prefix == prefix || a.Before == prefix) }
	return prefix != "" && (named(st.Review) || named(st.Public)), nil
}

// Lost records that the attempt's worker is known to have ended, so that the
// story need not wait for its heartbeat to become stale. It costs a try, as a
// stale heartbeat does. Conflict "job.overtaken": the attempt holds the story no
// longer.
func (s *Service) Lost(ctx context.Context, j story.Job) error {
	var beat time.Time
	_, err := s.update(ctx, j, func(st *story.Story, now time.Time) (*story.Entry, error) {
		if beat = st.HeartbeatAt; beat.IsZero() {
			return nil, overtaken(j)
		}
		st.HeartbeatAt = now.Add(-s.stories.Lease())
		return nil, nil
	})
	if err != nil {
		return err
	}
	return s.store.CloseLost(ctx, j.Story, j.Attempt+1, beat)
}

// Release records that an overtaken attempt has stopped and cleaned up, so
// that the story's next job need not wait for its heartbeat to become stale.
func (s *Service) Release(ctx context.Context, j story.Job) error {
	_, err := s.stories.Change(ctx, j.Story, func(st *story.Story) (*story.Entry, error) {
		if st.Attempt != j.Attempt || st.HeartbeatAt.IsZero() {
			return nil, overtaken(j)
		}
		st.HeartbeatAt = time.Time{}
		return nil, nil
	})
	return err
}

// changesState reports whether the jobs of a kind have states of their own, and
// so lines in the history. The others are known by their attempts alone.
func changesState(k story.JobKind) bool { return k == story.Prepare || k == story.Publish }

func deferJob(
	st *story.Story, j story.Job, next time.Time, reason string, now time.Time,
) (*story.Entry, error) {
	if !changesState(j.Kind) {
		st.HeartbeatAt, st.NextRunAt, st.Progress = time.Time{}, next, 0
		return nil, nil
	}
	line, err := st.Apply(story.EventDeferred, account.TheSystem, now)
	if err != nil {
		return nil, err
	}
	line.Reason = reason
	st.HeartbeatAt, st.NextRunAt, st.Progress = time.Time{}, next, 0
	return line, nil
}

// fail applies the failed state; of a ladder, the story keeps its first set. The
// cause stays in the attempt's record.
func fail(st *story.Story, j story.Job, cause error, now time.Time) (*story.Entry, error) {
	if j.Kind == story.Ladder {
		return st.GiveUpLadder(failure(j, cause), now), nil
	}
	if st.State == story.Uploaded || st.State == story.Approved { // a lost worker's last try
		if _, err := st.Apply(story.EventStarted, account.TheSystem, now); err != nil {
			return nil, err
		}
	}
	line, err := st.Apply(story.EventFailed, account.TheSystem, now)
	if err != nil {
		return nil, err
	}
	why := failure(j, cause)
	st.GiveUpWork(why)
	line.Reason = why.Code
	return line, nil
}

// failure describes the cause. Without a public detail it gets a general one.
func failure(j story.Job, cause error) story.Failure {
	why := story.Failure{
		Code:   fault.CodeOf(cause),
		Detail: "something went wrong on our side; the team has been informed and can try again",
		Job:    j.Kind,
		Input:  OfInput(cause),
	}
	if f := fault.As(cause); f != nil {
		why.Detail = f.Detail
	}
	return why
}

// OfInput reports whether the file is the cause of an attempt's failure, so that
// its contributor can act on it.
func OfInput(cause error) bool {
	kind := fault.KindOf(cause)
	return kind == fault.Invalid || kind == fault.TooLarge
}

// maxPause bounds the pause between tries.
const maxPause = 10 * time.Minute

// pause is the wait before try n+1: RetryPause, doubling up to maxPause.
func (s *Service) pause(n int) time.Duration {
	return min(s.opts.RetryPause<<min(n-1, 6), maxPause)
}
