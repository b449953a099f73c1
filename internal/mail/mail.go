// Package mail decides which mails contributors and staff get, writes them, and
// sends those that wait in the outbox. Rows of the outbox are written in the
// transaction of the change that calls for them; a background loop sends them,
// so that no request and no job ever waits for a mail server.
package mail

import (
	"time"

	"github.com/storyreel/storyreel/internal/story"
)

// Kind is what a mail is about.
type Kind string

// The kinds.
const (
	Received   Kind = "received"   // the file has arrived
	Approved   Kind = "approved"   // a moderator approved the story
	Replace    Kind = "replace"    // the story needs another file
	Stalled    Kind = "stalled"    // the upload is not finished
	Published  Kind = "published"  // the story is on the feed
	Withdrawn  Kind = "withdrawn"  // a withdrawn story is erased
	Invitation Kind = "invitation" // a sign-in link for a member of staff

	NoticeReceived Kind = "notice_received" // the receipt of a report about a video
	NoticeDecided  Kind = "notice_decided"  // what became of the report
)

// StoryKinds lists the kinds that contributors get, in the order in which a
// story calls for them. Campaigns can change their texts or turn them off.
func StoryKinds() []Kind { return []Kind{Received, Stalled, Replace, Approved, Published, Withdrawn} }

// Kinds lists all kinds.
func Kinds() []Kind { return append(StoryKinds(), Invitation, NoticeReceived, NoticeDecided) }

// State is how far a mail of the outbox has come.
type State string

// The states. All but Waiting are final, except that a change of the story can
// call for a dropped mail again.
const (
	Waiting State = "waiting"
	Sent    State = "sent"    // the mail server took it
	Dropped State = "dropped" // it fitted no more, or nobody wants it
	Refused State = "refused" // the mail server refuses it for good
	Expired State = "expired" // it could not be sent in time
)

// States lists all states.
func States() []State { return []State{Waiting, Sent, Dropped, Refused, Expired} }

// Mail is a row of the outbox. It holds no address: that is read when the mail
// is sent, so that who withdrew meanwhile gets none. Withdrawn and mails about
// notices, whose Round is the notice, are the exceptions.
type Mail struct {
	ID       string
	Campaign string // id; empty for Invitation
	Story    string // id; empty for Invitation
	User     string // id, of Invitation only
	Kind     Kind
	Round    string    // with story and kind the name of the mail, which is sent once
	Address  string    // of the exceptions only, until the mail has ended
	Locale   string    // of the exceptions and Invitation; others take the story's
	At       time.Time // when it should be sent
	NextAt   time.Time // when it is tried next; while a sender has it, when another may take it
	Tries    int       // begun, the present one included
	State    State
	Reason   string    // why it was dropped, refused, or put off; for the log and the export
	EndedAt  time.Time // zero while it waits
}

// Call is a mail that a change of a story calls for.
type Call struct {
	Kind  Kind
	Round string
	Wait  time.Duration // before it is sent
}

// How long mails wait before they are sent.
const (
	// undoTime is longer than moderators can take a decision back with one key.
	undoTime = time.Minute
	// publishTime is longer than most ladders take: of two mails within minutes
	// the first would be noise.
	publishTime = 5 * time.Minute
	// stallTime is longer than most uploads take.
	stallTime = time.Hour
)

// Called returns the mail that a line of the story's history calls for, if it
// calls for one. A story without an address of its contributor calls for none,
// nor does one that lapses, since nobody waits for it. Erased stories have no
// fields left; the mail about the erasure is called for by whoever erases.
func Called(st *story.Story, line *story.Entry) (Call, bool) {
	if st.Contributor.Email == "" {
		return Call{}, false
	}
	c := Call{Round: st.Upload.ID}
	switch line.Event {
	case story.EventCreated, story.EventReplaced:
		c.Kind, c.Wait = Stalled, stallTime
	case story.EventUploaded:
		c.Kind = Received
	case story.EventApproved:
		c.Kind, c.Wait = Approved, publishTime
	case story.EventPublished:
		c.Kind = Published
	case story.EventRejected:
		c.Kind, c.Wait = Replace, undoTime
	case story.EventFailed:
		c.Kind = Replace
	default:
		return Call{}, false
	}
	return c, c.Kind != Replace || Fits(Replace, st)
}

// Fits reports whether a mail of the kind is still true of the story. A story
// that was published before is not approved anew.
func Fits(k Kind, st *story.Story) bool {
	switch k {
	case Stalled:
		return st.State == story.AwaitingUpload
	case Received:
		return st.State == story.Uploaded || st.State == story.Preparing || st.State == story.InReview
	case Approved:
		return st.State == story.Approved || st.State == story.Publishing
	case Published:
		return st.State == story.Published
	case Replace:
		broken := st.State == story.Failed && st.Failure != nil && st.Failure.Job == story.Prepare && st.Failure.Input
		return broken || st.State == story.Rejected
	case Withdrawn:
		return st.State == story.Erased
	case Invitation, NoticeReceived, NoticeDecided:
	}
	return false
}

// Erasure returns the mail about the erasure of a story as it was before,
// except its id; false for a story that lapsed or has no address.
func Erasure(before *story.Story, at time.Time) (*Mail, bool) {
	m := &Mail{
		Campaign: before.Campaign, Story: before.ID, Kind: Withdrawn, Round: "erased",
		Address: before.Contributor.Email, Locale: before.Contributor.Locale, At: at, NextAt: at, State: Waiting,
	}
	return m, m.Address != "" && !before.Release.WithdrawnAt.IsZero()
}

// How long things last.
const (
	// GiveUp is how long after its time a mail is still sent.
	GiveUp = 72 * time.Hour
	// Alive is how long after the last sign of a process that sends mails new
	// ones are still written to the outbox.
	Alive = 24 * time.Hour
)
