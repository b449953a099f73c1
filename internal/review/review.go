// Package review is the moderators' room: the queue, the short leases by
// which no two people see the same story, and the decisions.
package review

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/story"
)

// Lease is how long a claim holds unless renewed: long enough for a three
// minute story, a second look and a coffee; short enough that a closed laptop
// frees it.
const Lease = 10 * time.Minute

// MaxClaims is how many stories one moderator may hold at a time.
const MaxClaims = 20

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

// Reason is a stable code for why a story is refused or hidden.
type Reason string

// reasons pairs each code with the sentence a contributor is shown, in the
// order moderators meet them.
var reasons = []struct {
	code   Reason
	detail string
}{
	{"off_topic", "The video does not answer the campaign's question."},
	{"no_song", "We could not tell which song the story is about."},
	{"quality", "We could not see or hear the story well enough."},
	{"rights", "The video shows or plays something that others hold rights to."},
	{"privacy", "The video shows people or details that should stay private."},
	{"minor", "The video shows somebody who seems to be under age."},
	{"offensive", "The video contains something hurtful or not safe for everyone."},
	{"spam", "The video advertises something."},
	{"duplicate", "We already have this story."},
	{"withdrawal", "Somebody in the video asked for it to be taken down."},
	{"other", "The video does not fit the campaign."},
}

// Reasons returns the sentence a contributor is shown, by code.
func Reasons() map[Reason]string {
	m := make(map[Reason]string, len(reasons))
	for _, r := range reasons {
		m[r.code] = r.detail
	}
	return m
}

// ReasonCodes lists the codes in the order moderators meet them.
func ReasonCodes() []Reason {
	out := make([]Reason, len(reasons))
	for i, r := range reasons {
		out[i] = r.code
	}
	return out
}

// Decision is a moderator's recorded act.
type Decision struct {
	Action  Action
	Reason  Reason // required for reject and hide
	Note    string // for colleagues only
	Version int64  // of the story as the moderator saw it; 0: whatever it is now
}

// Filter narrows the queue.
type Filter struct {
	Campaign  string // campaign id; empty: all
	Escalated bool   // only stories escalated to leads
}

// Lookup finds stories in any state. Empty fields match everything.
type Lookup struct {
	Campaign string        // campaign id; required
	States   []story.State // empty: all
	Warning  string        // one that the findings carry
	Text     string        // part of the song's title, the artist's or contributor's name, or a whole id
}

// Cursor is a place in a lookup: just after the story with this time and id.
type Cursor struct {
	UpdatedAt time.Time `json:"t"`
	ID        string    `json:"i"`
}

// Stats tell how the queue stands.
type Stats struct {
	Waiting   int64
	Claimed   int64
	Escalated int64
	Oldest    time.Time // when the oldest waiting story was begun; zero: none waits
}

// Store is where the queue lives.
type Store interface {
	// ReviewQueue returns stories in review, oldest first, after the story
	// with the given id (empty: from the start).
	ReviewQueue(ctx context.Context, f Filter, after string, limit int) ([]*story.Story, error)
	// LookupStories returns stories, lately changed first, after the cursor
	// (nil: from the start).
	LookupStories(ctx context.Context, l Lookup, after *Cursor, limit int) ([]*story.Story, error)
	// ReviewStats counts the queue.
	ReviewStats(ctx context.Context, f Filter, now time.Time) (Stats, error)
	// ClaimNext leases up to n of the oldest free stories in one guarded
	// statement; no story is ever leased to two. Stories in `skip` are passed over.
	ClaimNext(ctx context.Context, f Filter, by account.Actor, n int, now, until time.Time,
		skip []string) ([]*story.Story, error)
	// ClaimedBy returns what the moderator holds, oldest first.
	ClaimedBy(ctx context.Context, moderator string, now time.Time) ([]*story.Story, error)
	// RenewClaims moves the end of all of the moderator's unexpired claims.
	RenewClaims(ctx context.Context, moderator string, now, until time.Time) (int64, error)
	// ReleaseClaim ends one claim if the moderator holds it.
	ReleaseClaim(ctx context.Context, id, moderator string) error
	// SharePrints returns other stories of the campaign that have at least one
	// of the values, those with most first; withdrawn and erased ones never.
	SharePrints(ctx context.Context, st *story.Story, values []int64, limit int) ([]*story.Story, error)
	// SamePerson returns other stories of the campaign with the same e-mail
	// address, newest first; none where there is no address.
	SamePerson(ctx context.Context, st *story.Story, limit int) ([]*story.Story, error)
	// Claimants lists who holds stories of the queue, and how many.
	Claimants(ctx context.Context, f Filter, now time.Time) ([]Colleague, error)
	// ReviewReport counts decisions since the moment by moderator, most first.
	ReviewReport(ctx context.Context, f Filter, since time.Time) ([]Share, error)
	// DecidedBy returns stories that others than the moderator approved or
	// rejected since the moment, newest decisions first, each once.
	DecidedBy(ctx context.Context, f Filter, notBy string, since time.Time, limit int) ([]string, error)
}

// stories is the part of story.Service that decisions go through.
type stories interface {
	Get(ctx context.Context, id string) (*story.Story, error)
	History(ctx context.Context, id string) ([]*story.Entry, error)
	Change(ctx context.Context, id string, change func(*story.Story) (*story.Entry, error)) (*story.Story, error)
}

// Service serves moderators.
type Service struct {
	store   Store
	stories stories
	now     func() time.Time
}

// NewService wires a Service; now is the clock.
func NewService(store Store, stories stories, now func() time.Time) *Service {
	return &Service{store: store, stories: stories, now: now}
}

// Queue lists what waits, oldest first, claimed or not.
func (s *Service) Queue(ctx context.Context, f Filter, after string, limit int) ([]*story.Story, error) {
	return s.store.ReviewQueue(ctx, f, after, limit)
}

// Lookup returns a page of stories in any state, lately changed first, and
// the cursor of the next page, nil at the end.
func (s *Service) Lookup(ctx context.Context, l Lookup, after *Cursor, limit int) ([]*story.Story, *Cursor, error) {
	if utf8.RuneCountInString(l.Text) > 200 {
		return nil, nil, fault.New(fault.Invalid, "lookup.invalid", "a lookup has at most 200 characters")
	}
	l.Text = story.Fold(l.Text)
	if strings.ContainsAny(l.Warning, `"%\`) {
		return nil, nil, fault.New(fault.Invalid, "lookup.invalid", "there is no such warning")
	}
	rows, err := s.store.LookupStories(ctx, l, after, limit+1)
	if err != nil || len(rows) <= limit {
		return rows, nil, err
	}
	rows = rows[:limit]
	last := rows[limit-1]
	return rows, &Cursor{last.UpdatedAt, last.ID}, nil
}

// Stats counts the queue.
func (s *Service) Stats(ctx context.Context, f Filter) (Stats, error) {
	return s.store.ReviewStats(ctx, f, s.now())
}

// Claim renews what the moderator holds and leases more of the oldest free
// stories, until n are held. It returns all that are held.
func (s *Service) Claim(ctx context.Context, f Filter, by account.Actor, n int, skip []string) ([]*story.Story, error) {
	now := s.now()
	until := now.Add(Lease)
	n = min(max(n, 1), MaxClaims)
	if _, err := s.store.RenewClaims(ctx, by.ID, now, until); err != nil {
		return nil, err
	}
	held, err := s.store.ClaimedBy(ctx, by.ID, now)
	if err != nil || len(held) >= n {
		return held, err
	}
	more, err := s.store.ClaimNext(ctx, f, by, n-len(held), now, until, skip)
	return append(held, more...), err
}

// Release gives a claim back; giving back what is not held is no error.
func (s *Service) Release(ctx context.Context, id string, by account.Actor) error {
	return s.store.ReleaseClaim(ctx, id, by.ID)
}

// check says what is wrong with the decision, whatever story it is about.
func (d Decision) check() error {
	_, known := events[d.Action]
	_, reasonKnown := Reasons()[d.Reason]
	switch {
	case !known:
		return fault.New(fault.Invalid, "decision.invalid", "action must be approve, reject, hide, restore or escalate")
	case d.Reason != "" && !reasonKnown:
		return fault.New(fault.Invalid, "decision.reason", "%q is not a reason code", d.Reason)
	case d.Reason == "" && (d.Action == Reject || d.Action == Hide):
		return fault.New(fault.Invalid, "decision.reason", "to %s needs a reason code", d.Action)
	case utf8.RuneCountInString(d.Note) > 2000:
		return fault.New(fault.Invalid, "decision.note", "a note has at most 2000 characters")
	}
	return nil
}

// Decide records a decision. It fails with Conflict when the story was
// decided or claimed by somebody else, and says who, what and when. The same
// decision by the same person again is one decision.
func (s *Service) Decide(ctx context.Context, id string, d Decision, by account.Actor) (*story.Story, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	event := events[d.Action]
	var repeated *story.Story
	st, err := s.stories.Change(ctx, id, func(st *story.Story) (*story.Entry, error) {
		repeated = nil
		now := s.now()
		last, err := s.lastDecision(ctx, id)
		if err != nil {
			return nil, err
		}
		if last != nil && last.To == st.State && last.Event == event && last.Actor.ID == by.ID &&
			event != story.EventEscalated {
			repeated = st
			return nil, errRepeated
		}
		if d.Version != 0 && d.Version != st.Version {
			return nil,
				told(
					fault.New(fault.Conflict, "story.stale", "this story has changed since you saw it; it is now %s",
						st.State), st, last)
		}
		if st.ClaimedUntil.After(now) && st.ClaimedBy.ID != by.ID && st.State == story.InReview {
			return nil,
				told(
					fault.New(fault.Conflict, "story.claimed", "%s is reviewing this story until %s", st.ClaimedBy.Name,
						st.ClaimedUntil.Format(time.TimeOnly+" MST")), st, last).
					With("claimed_by", st.ClaimedBy.Name).With("claimed_until", st.ClaimedUntil)
		}
		line, err := st.Apply(event, by, now)
		if f := fault.As(err); f != nil {
			return nil, told(f, st, last)
		}
		line.Reason, line.Note = string(d.Reason), d.Note
		settle(st, event)
		return line, nil
	})
	if repeated != nil {
		return repeated, nil
	}
	return st, err
}

// settle sets what a decision means for the story's work.
func settle(st *story.Story, event story.Event) {
	st.Escalated = event == story.EventEscalated
	st.Tries, st.Progress, st.NextRunAt, st.HeartbeatAt = 0, 0, time.Time{}, time.Time{}
	st.PublishedAt = time.Time{}
}

var errRepeated = fault.New(fault.Conflict, "decision.repeated", "this decision is already recorded")

// lastDecision returns the newest history line that a person of staff wrote.
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

// told adds to a conflict who decided what, and when.
func told(f *fault.Error, st *story.Story, last *story.Entry) *fault.Error {
	f = f.With("state", st.State).With("version", st.Version)
	if last != nil {
		f = f.With("decided_by", last.Actor.Name).With("decision", last.Event).With("decided_at", last.At)
	}
	return f
}
