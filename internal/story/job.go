package story

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
)

// JobKind is the kind of work a state calls for.
type JobKind string

// The kinds.
const (
	Prepare JobKind = "prepare" // source → review copy
	Publish JobKind = "publish" // source → public ladder
	Remove  JobKind = "remove"  // public objects, or everything of a withdrawn story
)

// JobKinds lists every kind.
func JobKinds() []JobKind { return []JobKind{Prepare, Publish, Remove} }

// Job names one try at one piece of work. Attempt is the number that try
// will have: the story's Attempt plus one.
type Job struct {
	Kind    JobKind
	Story   string
	Attempt int
}

// String returns kind:story:attempt, which is unique for ever.
func (j Job) String() string { return fmt.Sprintf("%s:%s:%d", j.Kind, j.Story, j.Attempt) }

// ParseJob reads what String wrote.
func ParseJob(s string) (Job, error) {
	f := strings.Split(s, ":")
	if len(f) == 3 && slices.Contains(JobKinds(), JobKind(f[0])) {
		if n, err := strconv.Atoi(f[2]); err == nil && n > 0 && f[1] != "" {
			return Job{JobKind(f[0]), f[1], n}, nil
		}
	}
	return Job{}, fault.New(fault.Invalid, "job.malformed", "%q does not name a job", s)
}

// activeStates are those in which a worker may hold the job.
func activeStates(k JobKind) []State {
	switch k {
	case Prepare:
		return []State{Preparing}
	case Publish:
		return []State{Publishing}
	case Remove:
		return []State{Hidden, Rejected, Failed, Withdrawn}
	}
	return nil
}

// WorkKind returns the kind of work the story's state names, due or not, and
// empty when the story waits for a person or for nothing.
func (s *Story) WorkKind() JobKind {
	switch s.State {
	case Uploaded, Preparing:
		return Prepare
	case Approved, Publishing:
		return Publish
	case Withdrawn:
		return Remove
	case Hidden, Rejected, Failed:
		if s.Public != nil {
			return Remove
		}
	case AwaitingUpload, InReview, Published, Expired, Erased:
	}
	return ""
}

// Work returns the job that the story calls for at the moment. A heartbeat
// not after stale counts as a lost worker.
func (s *Story) Work(now, stale time.Time) (Job, bool) {
	kind := s.WorkKind()
	held := !s.HeartbeatAt.IsZero() && s.HeartbeatAt.After(stale)
	if kind == "" || held || s.NextRunAt.After(now) {
		return Job{}, false
	}
	return Job{kind, s.ID, s.Attempt + 1}, true
}

// overtaken is what a try learns when the story has moved on without it.
func overtaken(j Job) error {
	return fault.New(fault.Conflict, "job.overtaken", "attempt %d no longer holds the story", j.Attempt)
}

// Start takes the job for this process: it raises the story's Attempt, which
// fences every earlier try. It fails with Conflict "job.overtaken" when the
// story no longer calls for exactly this try, which is no error to report.
func (s *Service) Start(ctx context.Context, j Job) (*Story, error) {
	return s.Change(ctx, j.Story, func(st *Story) (*Entry, error) {
		now := s.now()
		if due, ok := st.Work(now, now.Add(-s.opts.Lease)); !ok || due != j {
			return nil, overtaken(j)
		}
		lost := !st.HeartbeatAt.IsZero()
		st.Attempt, st.HeartbeatAt, st.Progress = j.Attempt, now, 0
		if lost {
			st.Tries++
		}
		if j.Kind == Remove {
			return nil, nil
		}
		if st.Tries >= s.opts.MaxTries {
			return s.fail(st, j,
				fault.New(fault.Unavailable, "worker.lost",
					"our machines gave up on this file several times; the team has been told"), now)
		}
		st.NextRunAt = time.Time{}
		line, err := st.Apply(EventStarted, account.TheSystem, now)
		if err == nil {
			line.Note = "attempt " + strconv.Itoa(j.Attempt)
		}
		return line, err
	})
}

// Beat tells that the try is alive, and how far it is. Conflict
// "job.overtaken" means: stop, remove what you made, report nothing.
func (s *Service) Beat(ctx context.Context, j Job, progress float64) error {
	return s.store.Beat(ctx, j.Story, j.Attempt, activeStates(j.Kind), s.now(), progress)
}

// Pin records the source in its place, where no presigned URL can write, and
// binds the release to its bytes.
func (s *Service) Pin(ctx context.Context, j Job, src Source) error {
	_, err := s.during(ctx, j, func(st *Story, _ time.Time) (*Entry, error) {
		st.Source = &src
		st.Release.SourceSHA256 = src.SHA256
		return nil, nil
	})
	return err
}

// Prepared ends a prepare job: the story waits for a moderator.
func (s *Service) Prepared(
	ctx context.Context, j Job, m media.Media, f media.Findings, review media.Set,
) (*Story, error) {
	return s.during(ctx, j, func(st *Story, now time.Time) (*Entry, error) {
		st.Media, st.Findings, st.Review = &m, &f, &review
		st.rest()
		return st.Apply(EventPrepared, account.TheSystem, now)
	})
}

// Published ends a publish job: readers see the set from this moment.
func (s *Service) Published(ctx context.Context, j Job, public media.Set) (*Story, error) {
	return s.during(ctx, j, func(st *Story, now time.Time) (*Entry, error) {
		st.Public, st.PublishedAt = &public, now
		st.rest()
		return st.Apply(EventPublished, account.TheSystem, now)
	})
}

// Removed ends a remove job. A withdrawn story becomes its tombstone: every
// personal field is gone from the row and from what hangs on it.
func (s *Service) Removed(ctx context.Context, j Job) error {
	st, err := s.store.Story(ctx, j.Story)
	if err != nil {
		return err
	}
	if st.State != Withdrawn {
		_, err := s.during(ctx, j, func(st *Story, _ time.Time) (*Entry, error) {
			st.Public = nil
			st.rest()
			return nil, nil
		})
		return err
	}
	if st.Attempt != j.Attempt {
		return overtaken(j)
	}
	line, err := st.Apply(EventErased, account.TheSystem, s.now())
	if err != nil {
		return err
	}
	st.rest()
	st.forget()
	return s.store.EraseStory(ctx, st, line)
}

// forget clears whatever could tell who the contributor was or what was shown.
func (s *Story) forget() {
	s.Contributor = Contributor{}
	s.Title, s.Text, s.Song, s.Answers, s.Cut = "", "", Song{}, nil, media.Cut{}
	s.Release.Address = ""
	s.Upload = Upload{}
	s.Source, s.Media, s.Findings, s.Review, s.Public, s.Failure = nil, nil, nil, nil, nil, nil
	s.PublishedAt = time.Time{}
}

// rest says that no worker holds the story and nothing of the last work is owed.
func (s *Story) rest() {
	s.HeartbeatAt, s.NextRunAt, s.Tries, s.Progress, s.Failure = time.Time{}, time.Time{}, 0, 0, nil
}

// Fail ends a try that did not succeed. A permanent fault fails the story at
// once with its code; any other gives the job back after a growing pause,
// until MaxTries is reached.
func (s *Service) Fail(ctx context.Context, j Job, cause error) (*Story, error) {
	return s.during(ctx, j, func(st *Story, now time.Time) (*Entry, error) {
		st.Tries++
		if j.Kind == Remove { // never given up: an object left is a promise broken
			st.HeartbeatAt, st.NextRunAt = time.Time{}, now.Add(s.pause(st.Tries))
			return nil, nil
		}
		if fault.Permanent(cause) || st.Tries >= s.opts.MaxTries {
			return s.fail(st, j, cause, now)
		}
		return s.deferJob(st, now.Add(s.pause(st.Tries)), fault.CodeOf(cause), now)
	})
}

// HandBack returns an unfinished job without spending a try, as a worker
// does when it is told to stop. It announces nothing, or the stopping worker
// might be the one to hear it; the sweep tells the others.
func (s *Service) HandBack(ctx context.Context, j Job) error {
	_, err := s.quietly(ctx, j.Story, s.holding(j, func(st *Story, now time.Time) (*Entry, error) {
		if j.Kind == Remove {
			st.HeartbeatAt = time.Time{}
			return nil, nil
		}
		return s.deferJob(st, time.Time{}, "worker.stopping", now)
	}))
	return err
}

// LetGo says that an overtaken try has stopped and cleaned up, so that what
// the story now calls for need not wait for the try's heartbeat to run out.
func (s *Service) LetGo(ctx context.Context, j Job) error {
	_, err := s.Change(ctx, j.Story, func(st *Story) (*Entry, error) {
		if st.Attempt != j.Attempt || st.HeartbeatAt.IsZero() {
			return nil, overtaken(j)
		}
		st.HeartbeatAt = time.Time{}
		return nil, nil
	})
	return err
}

func (s *Service) deferJob(st *Story, next time.Time, reason string, now time.Time) (*Entry, error) {
	line, err := st.Apply(EventDeferred, account.TheSystem, now)
	if err != nil {
		return nil, err
	}
	line.Reason = reason
	st.HeartbeatAt, st.NextRunAt, st.Progress = time.Time{}, next, 0
	return line, nil
}

// fail applies the failed state. What is not the contributor's to mend is
// told in general words; the cause stays in the attempt's record.
func (s *Service) fail(st *Story, j Job, cause error, now time.Time) (*Entry, error) {
	if st.State == Uploaded || st.State == Approved { // a lost worker's try, about to be given up
		if _, err := st.Apply(EventStarted, account.TheSystem, now); err != nil {
			return nil, err
		}
	}
	line, err := st.Apply(EventFailed, account.TheSystem, now)
	if err != nil {
		return nil, err
	}
	tries := st.Tries
	st.rest()
	st.Tries = tries
	st.Failure = &Failure{
		Code: fault.CodeOf(cause), Detail: "something went wrong on our side; the team has been told and can try again",
		Job: j.Kind,
	}
	if f := fault.As(cause); f != nil {
		st.Failure.Detail = f.Detail
	}
	line.Reason = st.Failure.Code
	return line, nil
}

// during changes the story only while this try still holds it.
func (s *Service) during(ctx context.Context, j Job, change func(*Story, time.Time) (*Entry, error)) (*Story, error) {
	return s.Change(ctx, j.Story, s.holding(j, change))
}

// holding guards a change: it is refused once the try has been overtaken.
func (s *Service) holding(j Job, change func(*Story, time.Time) (*Entry, error)) func(*Story) (*Entry, error) {
	return func(st *Story) (*Entry, error) {
		if st.Attempt != j.Attempt || !slices.Contains(activeStates(j.Kind), st.State) {
			return nil, overtaken(j)
		}
		return change(st, s.now())
	}
}

// pause is how long to wait before try n+1: 10 s doubling to 10 min.
func (s *Service) pause(n int) time.Duration {
	return min(s.opts.RetryPause<<min(n-1, 6), 10*time.Minute)
}
