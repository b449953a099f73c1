package story

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

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
