package review

import (
	"context"
	"slices"
	"time"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/story"
)

// Kind is a stable code for why a story is handed to the leads; escalations
// carry it where rejections have a Reason.
type Kind = Reason

// The kinds of escalation. Unsure is that of an escalation without a kind.
const (
	Minor    Kind = "minor"     // somebody seems to be under age
	SelfHarm Kind = "self_harm" // somebody harms themselves, or may
	Threat   Kind = "threat"    // somebody threatens or incites to violence
	Legal    Kind = "legal"     // may be against the law
	Unsure   Kind = "unsure"    // a second opinion is wanted
)

// Kinds lists the kinds of escalation, in the order moderators meet them.
func Kinds() []Kind { return []Kind{Minor, SelfHarm, Threat, Legal, Unsure} }

// Escalation is why the leads have a story.
type Escalation struct {
	Kind Kind
	Note string // may be empty
	By   string // name
	At   time.Time
}

// ForLeads reports whether only leads and admins may see the story.
func ForLeads(st *story.Story) bool { return st.State == story.InReview && st.Escalated }

// ErrForLeads refuses a story that only leads may see.
var ErrForLeads = fault.New(fault.Forbidden, "story.escalated", "this story was escalated; leads decide on it")

// Revisions returns how contributors revised those of the stories that are in
// review, oldest first, by id of the story.
func (s *Service) Revisions(ctx context.Context, stories ...*story.Story) (map[string][]*story.Entry, error) {
	var ids []string
	for _, st := range stories {
		if st.State == story.InReview {
			ids = append(ids, st.ID)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return s.store.Revisions(ctx, ids)
}

// Escalation returns why the story was escalated; nil for a story that is not.
func (s *Service) Escalation(ctx context.Context, st *story.Story) (*Escalation, error) {
	if !ForLeads(st) {
		return nil, nil
	}
	lines, err := s.stories.History(ctx, st.ID)
	if err != nil {
		return nil, err
	}
	for _, l := range slices.Backward(lines) {
		if l.Event == story.EventEscalated {
			kind := Kind(l.Reason)
			if !slices.Contains(Kinds(), kind) { // none, or a reason, from before there were kinds
				kind = Unsure
			}
			return &Escalation{Kind: kind, Note: l.Note, By: l.Actor.Name, At: l.At}, nil
		}
	}
	return nil, nil
}
