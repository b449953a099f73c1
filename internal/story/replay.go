package story

import (
	"fmt"
	"slices"
	"time"
)

// FlawKind is how a history contradicts the machine.
type FlawKind string

// The kinds.
const (
	FlawGap        FlawKind = "gap"        // a line does not follow from the one before, or nobody may cause it
	FlawState      FlawKind = "state"      // the lines do not end in the stored state
	FlawChain      FlawKind = "chain"      // a line is not the one that was stored, or one between is missing
	FlawUnapproved FlawKind = "unapproved" // public, or about to be, without an approval of what is shown
)

// Flaw is one contradiction of a history.
type Flaw struct {
	Kind   FlawKind
	Line   string // id of the line; empty: of the history as a whole
	Detail string // for operators; holds no text that a person wrote
}

// remarks are the events that change no state.
var remarks = []Event{
	EventHeld, EventHoldLifted, EventSourceLapsed, EventRefined, EventLadderFailed, EventLadderRetried,
}

// clockSkew is how far the clocks of two processes may differ: lines of one
// story that are closer may be stored in another order than they were made.
const clockSkew = time.Minute

// Replay runs a history, oldest line first, through the machine and returns
// where it contradicts the machine or the story; nothing for one in order. Of an
// erased story the history may be deleted.
func (s *Story) Replay(lines []*Entry) []Flaw {
	var r replay
	if len(lines) == 0 && s.State == Erased {
		return nil
	}
	for rest := slices.Clone(lines); len(rest) > 0; rest = rest[1:] {
		i := r.next(rest)
		line := rest[i]
		copy(rest[1:i+1], rest[:i]) // the lines before it stay in their order
		r.take(line)
	}
	if r.state != s.State {
		r.flaw(FlawState, "", "the history ends with %q, the story is %q", r.state, s.State)
	}
	if !r.approved && !r.unapproved && slices.Contains([]State{Approved, Publishing, Published}, s.State) {
		r.flaw(FlawUnapproved, "", "the story is %q without an approval", s.State)
	}
	return r.flaws
}

// replay is the state of a story after some of its lines.
type replay struct {
	begun      bool
	state      State
	approved   bool // since its video or its texts last changed
	unapproved bool // it was made public without that
	flaws      []Flaw
}

func (r *replay) flaw(kind FlawKind, line, format string, args ...any) {
	r.flaws = append(r.flaws, Flaw{kind, line, fmt.Sprintf(format, args...)})
}

// next returns the index of the line to take: the first that follows, among
// those that may be stored in another order.
func (r *replay) next(rest []*Entry) int {
	for i, line := range rest {
		if line.At.Sub(rest[0].At) > clockSkew {
			break
		}
		if r.follows(line) {
			return i
		}
	}
	return 0
}

func (r *replay) follows(line *Entry) bool {
	if !r.begun {
		return line.Event == EventCreated && line.From == ""
	}
	return line.From == r.state || r.startsUnrecorded(line)
}

// startsUnrecorded reports whether the line is the failure of an attempt that
// ended as it began, for which no line of its start is written.
func (r *replay) startsUnrecorded(line *Entry) bool {
	return line.Event == EventFailed && slices.ContainsFunc(transitions, func(t Transition) bool {
		return t.From == r.state && t.Event == EventStarted && t.To == line.From
	})
}

func (r *replay) take(line *Entry) {
	switch {
	case !r.follows(line) && !r.begun:
		r.flaw(FlawGap, line.ID, "the history begins with %q", line.Event)
	case !r.follows(line):
		r.flaw(FlawGap, line.ID, "the line %q is from %q, the story was %q", line.Event, line.From, r.state)
	case r.begun && !allowed(line):
		r.flaw(FlawGap, line.ID, "the machine has no way from %q to %q by %q of a %s", line.From, line.To, line.Event,
			line.Actor.Role)
	}
	r.approve(line)
	r.begun, r.state = true, line.To
}

// approve follows whether what is shown is approved.
func (r *replay) approve(line *Entry) {
	switch e := line.Event; {
	case e == EventApproved:
		r.approved = true
	case e == EventUploaded || e == EventPrepared || e == EventReplaced || e == EventRejected:
		r.approved = false
	case e == EventRevised: // after a failed publication, Change lets no public field change
		r.approved = r.approved && line.From == Failed
	case e == EventPublished && !r.approved && !r.unapproved:
		r.unapproved = true
		r.flaw(FlawUnapproved, line.ID, "the story was published without an approval")
	}
}

// allowed reports whether the machine has the move of the line, or the line is
// a remark.
func allowed(line *Entry) bool {
	if line.From == line.To && slices.Contains(remarks, line.Event) {
		return true
	}
	return slices.ContainsFunc(transitions, func(t Transition) bool {
		return t.From == line.From && t.Event == line.Event && t.To == line.To && slices.Contains(t.By, line.Actor.Role)
	})
}
