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
	Publish JobKind = "publish" // review copy → first public set
	Ladder  JobKind = "ladder"  // source → public ladder, which replaces the first set
	// Remove: public objects, a replaced first set, a source whose period ended, or everything of a withdrawn story
	Remove JobKind = "remove"
)

// JobKinds lists every kind.
func JobKinds() []JobKind { return []JobKind{Prepare, Publish, Ladder, Remove} }

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
		return s.publishedWork()
	case Hidden, Rejected, Failed:
		if s.Public != nil {
			return Remove
		}
	case AwaitingUpload, InReview, Expired, Erased:
	}
	return ""
}

// publishedWork is WorkKind of a published story.
func (s *Story) publishedWork() JobKind {
	switch {
	case s.sourceLapses():
		return Remove
	case s.Public == nil:
		return ""
	case s.Public.Before != "":
		return Remove
	case s.Public.First && !s.Public.GivenUp && s.Source != nil && !s.Source.Erased():
		return Ladder
	}
	return ""
}

// sourceLapses reports whether the object of the source is to be removed while
// the rest stays.
func (s *Story) sourceLapses() bool { return s.Source != nil && s.Source.Lapse == LapseDue }

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

// Removable are the prefixes of the bucket that a remove job of the story
// clears.
func (s *Story) Removable() []string {
	switch {
	case s.State == Published && s.sourceLapses():
		return []string{media.SourcePrefix(s.ID)}
	case s.State == Published:
		return []string{s.Public.Before}
	case s.State == Withdrawn && !s.Held:
		var all []string
		for _, root := range media.Roots() {
			all = append(all, media.StoryPrefix(root, s.ID))
		}
		return all
	}
	return []string{media.StoryPrefix(media.PublicRoot, s.ID)}
}

// IsCleared reports whether the prefixes are all that Removable names.
func (s *Story) IsCleared(prefixes []string) bool {
	for _, p := range s.Removable() {
		if !slices.Contains(prefixes, p) {
			return false
		}
	}
	return true
}

// IsErasable reports whether the story becomes a tombstone once the prefixes are
// cleared.
func (s *Story) IsErasable(prefixes []string) bool {
	return s.State == Withdrawn && !s.Held && s.IsCleared(prefixes)
}

// ClearRemoved records that what Removable names is gone. The history line is
// nil where the removal is only tidying.
func (s *Story) ClearRemoved(now time.Time) *Entry {
	s.ClearWork()
	switch {
	case s.State != Published:
		s.Public = nil
	case s.sourceLapses():
		s.Source.Lapse = LapseDone
		return s.Remark(EventSourceLapsed, account.TheSystem, now)
	default:
		s.Public.Before = ""
	}
	return nil
}

// replacedFor is how long players may still read a first set that was
// replaced, besides the length of the video: a page may be open for a while
// before somebody plays.
const replacedFor = time.Hour

// Refine replaces the first set by the ladder, and returns the history line.
// A remove job for the first set is due once players no longer need it.
func (s *Story) Refine(ladder media.Assets, now time.Time) *Entry {
	ladder.Before = s.Public.Prefix
	s.Public = &ladder
	s.ClearWork()
	s.NextRunAt = now.Add(replacedFor + ladder.Duration)
	return s.Remark(EventRefined, account.TheSystem, now)
}

// GiveUpLadder leaves a published story with its first set, for the failure, and
// returns the history line.
func (s *Story) GiveUpLadder(why Failure, now time.Time) *Entry {
	s.Public.GivenUp = true
	s.GiveUpWork(why)
	line := s.Remark(EventLadderFailed, account.TheSystem, now)
	line.Reason = why.Code
	return line
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

// RenewWork is ClearWork for a story whose files are to be made again. Where a
// remove attempt still deletes the old ones, the new ones wait for its end.
func (s *Story) RenewWork() {
	beat := s.HeartbeatAt
	s.ClearWork()
	s.HeartbeatAt = beat
}

// GiveUpWork is ClearWork for work that failed; the number of tries remains.
func (s *Story) GiveUpWork(why Failure) {
	tries := s.Tries
	s.ClearWork()
	s.Tries, s.Failure = tries, &why
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
