package story

import (
	"slices"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/id"
)

// State is the stage that a story has reached.
type State string

// The states, in the order a story meets them.
const (
	AwaitingUpload State = "awaiting_upload" // begun; bytes not yet all there
	Uploaded       State = "uploaded"        // waits for prepare
	Preparing      State = "preparing"       // a worker makes the review copy
	InReview       State = "in_review"       // waits for a moderator
	Approved       State = "approved"        // waits for publish
	Publishing     State = "publishing"      // a worker makes the ladder
	Published      State = "published"       // on the feed
	Hidden         State = "hidden"          // was public, taken off by a moderator
	Rejected       State = "rejected"        // refused by a moderator
	Failed         State = "failed"          // the work cannot succeed as it is
	Expired        State = "expired"         // the upload was abandoned
	Withdrawn      State = "withdrawn"       // by its contributor, or lapsed; off the feed at once, erasure under way
	Erased         State = "erased"          // only a tombstone is left
)

// States lists every state, in the order above.
func States() []State {
	return []State{
		AwaitingUpload, Uploaded, Preparing, InReview, Approved, Publishing, Published, Hidden, Rejected, Failed,
		Expired, Withdrawn, Erased,
	}
}

// Event is what moves a story from one state to another.
type Event string

// The events.
const (
	EventCreated        Event = "created"
	EventUploaded       Event = "uploaded"
	EventExpired        Event = "expired"
	EventStarted        Event = "started"  // a worker took the job, or took it over
	EventDeferred       Event = "deferred" // the job goes back and is retried later
	EventPrepared       Event = "prepared"
	EventApproved       Event = "approved"
	EventRejected       Event = "rejected"
	EventEscalated      Event = "escalated"
	EventPublished      Event = "published"
	EventFailed         Event = "failed"
	EventHidden         Event = "hidden"
	EventRestored       Event = "restored"
	EventReplaced       Event = "replaced"        // the contributor sends another file
	EventRevised        Event = "revised"         // the contributor changes texts or song, or asks for a second look
	EventPrepareRetried Event = "prepare_retried" // an operator retries the failed work
	EventPublishRetried Event = "publish_retried"
	EventWithdrawn      Event = "withdrawn"
	EventLapsed         Event = "lapsed" // its retention period ended
	EventErased         Event = "erased"

	// Events that change no state.
	EventHeld         Event = "held" // a legal hold forbids erasing it
	EventHoldLifted   Event = "hold_lifted"
	EventSourceLapsed Event = "source_lapsed" // the video as sent is erased; what was made of it stays
	EventRefined      Event = "refined"       // the ladder replaced the first set
	// The first set stays, until an operator has the ladder tried again.
	EventLadderFailed  Event = "ladder_failed"
	EventLadderRetried Event = "ladder_retried"
)

// Transition is one allowed move and who may cause it.
type Transition struct {
	From  State
	Event Event
	To    State
	By    []account.Role
}

var (
	byContributor = []account.Role{account.Contributor}
	byModerator   = []account.Role{account.Moderator}
	byAdmin       = []account.Role{account.Admin}
	bySystem      = []account.Role{account.System}
	byUploader    = []account.Role{account.Contributor, account.System}
	byOwner       = []account.Role{account.Contributor, account.Admin}
)

// transitions is the whole machine: nothing else changes a state.
var transitions = []Transition{
	{AwaitingUpload, EventUploaded, Uploaded, byUploader},
	{AwaitingUpload, EventExpired, Expired, bySystem},
	{Uploaded, EventStarted, Preparing, bySystem},
	{Preparing, EventStarted, Preparing, bySystem},
	{Preparing, EventDeferred, Uploaded, bySystem},
	{Preparing, EventPrepared, InReview, bySystem},
	{Preparing, EventFailed, Failed, bySystem},
	{InReview, EventApproved, Approved, byModerator},
	{InReview, EventRejected, Rejected, byModerator},
	{InReview, EventEscalated, InReview, byModerator},
	{AwaitingUpload, EventRevised, AwaitingUpload, byContributor},
	{Uploaded, EventRevised, Uploaded, byContributor},
	{Preparing, EventRevised, Preparing, byContributor},
	{InReview, EventRevised, InReview, byContributor},
	{Rejected, EventRevised, InReview, byContributor},
	{Failed, EventRevised, Failed, byContributor},
	{Expired, EventRevised, Expired, byContributor},
	{Approved, EventStarted, Publishing, bySystem},
	{Approved, EventHidden, Hidden, byModerator},
	{Publishing, EventStarted, Publishing, bySystem},
	{Publishing, EventDeferred, Approved, bySystem},
	{Publishing, EventPublished, Published, bySystem},
	{Publishing, EventFailed, Failed, bySystem},
	{Publishing, EventHidden, Hidden, byModerator},
	{Published, EventHidden, Hidden, byModerator},
	{Hidden, EventRestored, Approved, byModerator},
	{Rejected, EventRestored, InReview, byModerator},
	{Rejected, EventReplaced, AwaitingUpload, byContributor},
	{Failed, EventReplaced, AwaitingUpload, byContributor},
	{Failed, EventPrepareRetried, Uploaded, byAdmin},
	{Failed, EventPublishRetried, Approved, byAdmin},
	{Expired, EventReplaced, AwaitingUpload, byContributor},
	{AwaitingUpload, EventWithdrawn, Withdrawn, byOwner},
	{Uploaded, EventWithdrawn, Withdrawn, byOwner},
	{Preparing, EventWithdrawn, Withdrawn, byOwner},
	{InReview, EventWithdrawn, Withdrawn, byOwner},
	{Approved, EventWithdrawn, Withdrawn, byOwner},
	{Publishing, EventWithdrawn, Withdrawn, byOwner},
	{Published, EventWithdrawn, Withdrawn, byOwner},
	{Hidden, EventWithdrawn, Withdrawn, byOwner},
	{Rejected, EventWithdrawn, Withdrawn, byOwner},
	{Failed, EventWithdrawn, Withdrawn, byOwner},
	{Expired, EventWithdrawn, Withdrawn, byOwner},
	{InReview, EventLapsed, Withdrawn, bySystem},
	{Published, EventLapsed, Withdrawn, bySystem},
	{Hidden, EventLapsed, Withdrawn, bySystem},
	{Rejected, EventLapsed, Withdrawn, bySystem},
	{Failed, EventLapsed, Withdrawn, bySystem},
	{Expired, EventLapsed, Withdrawn, bySystem},
	{Withdrawn, EventErased, Erased, bySystem},
}

// Transitions returns a copy of the whole machine, for documents and tests.
func Transitions() []Transition { return slices.Clone(transitions) }

// Entry is one line of a story's history: append-only.
type Entry struct {
	ID     string
	Story  string
	At     time.Time
	Actor  account.Actor
	Event  Event
	From   State // empty for the first line
	To     State
	Reason string // a stable code

	Chain Chained // set when it is stored

	Unplayed bool // a decision made before the video was played or moved to another time

	// What people wrote; erased with the story.
	Note    string        // for colleagues of its author
	Message string        // for the other side: of a moderator to the contributor, of the contributor to moderators
	Changes []FieldChange // of EventRevised
}

// FieldChange is one text of a story that its contributor changed.
type FieldChange struct {
	Field string `json:"field"`           // title, text, song, isrc, link or answer
	Label string `json:"label,omitempty"` // the question that an answer is to
	From  string `json:"from"`
	To    string `json:"to"`
}

// Apply moves s by the event and returns the history line that must be
// stored with it. It fails as May does.
func (s *Story) Apply(e Event, by account.Actor, at time.Time) (*Entry, error) {
	t, err := s.transition(e, by.Role)
	if err != nil {
		return nil, err
	}
	entry := newEntry(s.ID, e, by, at)
	entry.From, entry.To = s.State, t.To
	s.State, s.UpdatedAt = t.To, at
	return entry, nil
}

// Remark returns a history line of an event that changes no state.
func (s *Story) Remark(e Event, by account.Actor, at time.Time) *Entry {
	line := newEntry(s.ID, e, by, at)
	line.From, line.To = s.State, s.State
	return line
}

// May reports whether somebody in the role may cause the event now. The error
// is Conflict "story.state" where the machine has no such transition, and
// Forbidden "story.role" where it is not the role's to cause.
func (s *Story) May(e Event, r account.Role) error {
	_, err := s.transition(e, r)
	return err
}

func (s *Story) transition(e Event, by account.Role) (Transition, error) {
	for _, t := range transitions {
		if t.From != s.State || t.Event != e {
			continue
		}
		if !slices.Contains(t.By, by) {
			return t, fault.New(
				fault.Forbidden,
				"story.role",
				"a %s may not do this to a story that is %s",
				by,
				s.State,
			)
		}
		if e == EventPublishRetried && (s.Failure == nil || s.Failure.Job != Publish) {
			break // only work that a moderator approved
		}
		if e == EventReplaced && s.Held {
			return t, fault.New(fault.Conflict, "story.held",
				"this story is under a legal hold: its file cannot be replaced until the hold ends")
		}
		if e == EventRestored && s.State == Hidden && s.Source.Erased() {
			return t, fault.New(fault.Conflict, "story.source_erased",
				"the video as it was sent is erased, so this story cannot be published again")
		}
		return t, nil
	}
	return Transition{},
		fault.New(fault.Conflict, "story.state", "this story is %s, so it cannot be %s now", s.State, e).
			With("state", s.State)
}

// Created returns the first history line of a new story.
func (s *Story) Created(by account.Actor) *Entry {
	e := newEntry(s.ID, EventCreated, by, s.CreatedAt)
	e.To = s.State
	return e
}

func newEntry(story string, e Event, by account.Actor, at time.Time) *Entry {
	return &Entry{ID: id.New(), Story: story, At: at, Actor: by, Event: e}
}
