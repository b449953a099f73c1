package story

import (
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
	Remove  JobKind = "remove"  // public objects, a source whose period ended, or everything of a withdrawn story
)

// JobKinds lists every kind.
func JobKinds() []JobKind { return []JobKind{Prepare, Publish, Remove} }

// Job names one attempt at one piece of work. Attempt is the number that the
// attempt will have: the story's Attempt plus one.
type Job struct {
	Kind    JobKind
	Story   string
	Attempt int
}

// String returns kind:story:attempt, which is never used again.
func (j Job) String() string { return fmt.Sprintf("%s:%s:%d", j.Kind, j.Story, j.Attempt) }

// ParseJob is the inverse of String.
func ParseJob(s string) (Job, error) {
	f := strings.Split(s, ":")
	if len(f) == 3 && slices.Contains(JobKinds(), JobKind(f[0])) {
		if n, err := strconv.Atoi(f[2]); err == nil && n > 0 && f[1] != "" {
			return Job{JobKind(f[0]), f[1], n}, nil
		}
	}
	return Job{}, fault.New(fault.Invalid, "job.malformed", "%q does not name a job", s)
}

// ErrNotTaken is the error of a worker that did not start a job because its
// machine cannot do it now. The announcement goes back to the queue.
var ErrNotTaken = fault.New(fault.Unavailable, "job.not_taken", "this worker has no room for the job at the moment")

// WorkKind returns the kind of work that the story's state calls for, due or
// not; empty when the story waits for a person or for nothing.
func (s *Story) WorkKind() JobKind {
	switch s.State {
	case Uploaded, Preparing:
		return Prepare
	case Approved, Publishing:
		return Publish
	case Withdrawn:
		if s.Held && s.Public == nil {
			return "" // off the feed; the rest waits for the hold
		}
		return Remove
	case Published:
		if s.Source != nil && s.Source.Lapse == LapseDue {
			return Remove
		}
	case Hidden, Rejected, Failed:
		if s.Public != nil {
			return Remove
		}
	case AwaitingUpload, InReview, Expired, Erased:
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

// Removable are the roots of the bucket that a remove job of the story clears.
func (s *Story) Removable() []string {
	switch {
	case s.State == Published:
		return []string{media.SourcesRoot}
	case s.State == Withdrawn && !s.Held:
		return media.Roots()
	}
	return []string{media.PublicRoot}
}

// Lapsed reports whether the story left at the end of its retention period,
// not by its contributor.
func (s *Story) Lapsed() bool {
	return (s.State == Withdrawn || s.State == Erased) && s.Release.WithdrawnAt.IsZero()
}

// Leave takes the story off the feed for good by the event, so that a remove
// job is due.
func (s *Story) Leave(e Event, by account.Actor, at time.Time) (*Entry, error) {
	line, err := s.Apply(e, by, at)
	if err == nil {
		s.PublishedAt, s.NextRunAt, s.Tries = time.Time{}, time.Time{}, 0
	}
	return line, err
}

// ClearWork sets that no worker holds the story, and forgets retries, progress
// and failure of its last work.
func (s *Story) ClearWork() {
	s.HeartbeatAt, s.NextRunAt, s.Tries, s.Progress, s.Failure = time.Time{}, time.Time{}, 0, 0, nil
}

// ClearPersonal removes everything that identifies the contributor or describes the video.
func (s *Story) ClearPersonal() {
	s.Contributor = Contributor{}
	s.Title, s.Text, s.Song, s.Answers, s.Cut = "", "", Song{}, nil, media.Cut{}
	s.Release.Address = ""
	s.Upload = Upload{}
	s.Source, s.Media, s.Findings, s.Review, s.Public, s.Failure = nil, nil, nil, nil, nil, nil
	s.PublishedAt = time.Time{}
}
