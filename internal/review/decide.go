package review

import (
	"context"
	"slices"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/text"
)

// Action is what a moderator may do to a story.
type Action string

// The actions.
const (
	Approve  Action = "approve"
	Reject   Action = "reject"
	Hide     Action = "hide"
	Restore  Action = "restore"
	Escalate Action = "escalate"
)

// Actions lists every action.
func Actions() []Action { return []Action{Approve, Reject, Hide, Restore, Escalate} }

var events = map[Action]story.Event{
	Approve:  story.EventApproved,
	Reject:   story.EventRejected,
	Hide:     story.EventHidden,
	Restore:  story.EventRestored,
	Escalate: story.EventEscalated,
}

// Reason is a stable code for why a story is rejected or hidden, one of its
// campaign's, or the Kind of an escalation.
type Reason string

// MaxMessage is the most characters that a message to a contributor has.
const MaxMessage = 500

// Decision is a moderator's recorded act.
type Decision struct {
	Action  Action
	Reason  Reason // required for reject and hide; of an escalation its Kind, Unsure if empty
	Note    string // for colleagues only
	Message string // for the contributor, who is shown it with the reason; of reject and hide only
	Version int64  // of the story as the moderator saw it; 0: whatever it is now
	Lead    bool   // made by a lead or admin, who alone decide on escalated stories

	Unplayed bool // made before the video was played or moved to another time
}

// normalize cleans the note and checks the decision independently of its story.
func (d *Decision) normalize() error {
	d.Note, d.Message = text.Block(d.Note), text.Block(d.Message)
	if d.Action == Escalate && d.Reason == "" {
		d.Reason = Unsure
	}
	_, known := events[d.Action]
	switch {
	case !known:
		return fault.New(fault.Invalid, "decision.invalid", "action must be approve, reject, hide, restore or escalate")
	case d.Reason == "" && (d.Action == Reject || d.Action == Hide):
		return fault.New(fault.Invalid, "decision.reason", "to %s needs a reason code", d.Action)
	case text.Len(d.Note) > 2000:
		return fault.New(fault.Invalid, "decision.note", "a note has at most 2000 characters")
	case text.Len(d.Message) > MaxMessage:
		return fault.New(fault.Invalid, "decision.message", "a message has at most %d characters", MaxMessage)
	case d.Message != "" && d.Action != Reject && d.Action != Hide:
		return fault.New(fault.Invalid, "decision.message",
			"only a rejection or a hiding has a message to the contributor")
	}
	return nil
}

// checkReason checks the reason against those of the story's campaign. An
// escalation may carry one of them instead of a kind.
func (s *Service) checkReason(ctx context.Context, st *story.Story, d Decision) error {
	if d.Reason == "" || d.Action == Escalate && slices.Contains(Kinds(), d.Reason) {
		return nil
	}
	c, err := s.campaigns.Get(ctx, st.Campaign)
	if err == nil && !c.HasReason(string(d.Reason)) {
		err = fault.New(fault.Invalid, "decision.reason", "this is not one of the campaign's reason codes")
	}
	return err
}

// Decide records a decision. It fails with Conflict when the story was decided
// or claimed by somebody else; the facts name who decided what and when. The
// same decision by the same person again changes nothing.
func (s *Service) Decide(ctx context.Context, id string, d Decision, by account.Actor) (*story.Story, error) {
	if err := d.normalize(); err != nil {
		return nil, err
	}
	return s.stories.Change(ctx, id, func(st *story.Story) (*story.Entry, error) {
		last, err := s.lastDecision(ctx, id)
		if err == nil && !d.repeats(st, last, by) {
			err = s.checkReason(ctx, st, d)
		}
		if err != nil {
			return nil, err
		}
		return d.apply(st, last, by, s.now())
	})
}

// apply makes the decision, given the last one of the story (nil: none).
func (d Decision) apply(
	st *story.Story, last *story.Entry, by account.Actor, now time.Time,
) (*story.Entry, error) {
	event := events[d.Action]
	if d.repeats(st, last, by) {
		return nil, story.ErrUnchanged
	}
	if ForLeads(st) && !d.Lead {
		return nil, ErrForLeads
	}
	if d.Version != 0 && d.Version != st.Version {
		return nil,
			withLastDecision(
				fault.New(fault.Conflict, "story.stale", "this story has changed since you saw it; it is now %s",
					st.State), st, last)
	}
	if st.ClaimedUntil.After(now) && st.ClaimedBy.ID != by.ID && st.State == story.InReview {
		return nil,
			withLastDecision(
				fault.New(fault.Conflict, "story.claimed", "%s is reviewing this story until %s", st.ClaimedBy.Name,
					st.ClaimedUntil.Format(time.TimeOnly+" MST")), st, last).
				With("claimed_by", st.ClaimedBy.Name).With("claimed_until", st.ClaimedUntil)
	}
	line, err := st.Apply(event, by, now)
	if f := fault.As(err); f != nil {
		return nil, withLastDecision(f, st, last)
	}
	line.Reason, line.Note, line.Message = string(d.Reason), d.Note, d.Message
	line.Unplayed = d.Unplayed
	if event == story.EventRestored && st.State == story.Approved {
		st.RenewWork()
	} else {
		st.ClearWork()
	}
	st.Escalated, st.PublishedAt = event == story.EventEscalated, time.Time{}
	return line, nil
}

// repeats reports whether the story's last decision is this one, by the same
// person, and nothing but workers has moved the story since: a caller whose
// answer was lost decides again, however late.
func (d Decision) repeats(st *story.Story, last *story.Entry, by account.Actor) bool {
	if last == nil || last.Event != events[d.Action] || last.Actor.ID != by.ID {
		return false
	}
	if d.Action == Escalate { // again with another note is another line of the history
		return st.Escalated && last.Note == d.Note && last.Reason == string(d.Reason)
	}
	workers := st.State == story.Publishing || st.State == story.Published
	return last.To == st.State || last.To == story.Approved && workers
}

// lastDecision returns the newest history line by a moderator or admin, or nil.
func (s *Service) lastDecision(ctx context.Context, id string) (*story.Entry, error) {
	lines, err := s.stories.History(ctx, id)
	if err != nil {
		return nil, err
	}
	for i := len(lines) - 1; i >= 0; i-- {
		if lines[i].Actor.Role == account.Moderator || lines[i].Actor.Role == account.Admin {
			return lines[i], nil
		}
	}
	return nil, nil
}

// withLastDecision adds to a conflict who decided what, and when.
func withLastDecision(f *fault.Error, st *story.Story, last *story.Entry) *fault.Error {
	f = f.With("state", st.State).With("version", st.Version)
	if last != nil {
		f = f.With("decided_by", last.Actor.Name).With("decision", last.Event).With("decided_at", last.At)
	}
	return f
}
