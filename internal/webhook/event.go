// Package webhook reports what happens to stories and selections to servers of
// the brand: signed requests as Standard Webhooks 1.0 describes them, written
// with the change they report and repeated until they arrive.
package webhook

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/story"
)

// Type names what an event reports.
type Type string

// The types.
const (
	StoryCreated   Type = "story.created"
	StoryUploaded  Type = "story.uploaded"
	StoryExpired   Type = "story.expired"
	StoryPrepared  Type = "story.prepared"
	StoryPublished Type = "story.published"
	StoryFailed    Type = "story.failed"
	StoryHidden    Type = "story.hidden"
	StoryReplaced  Type = "story.replaced"
	StoryRevised   Type = "story.revised" // its contributor changed texts or song, or asked for a second look
	StoryRetried   Type = "story.retried"
	StoryWithdrawn Type = "story.withdrawn"
	StoryErased    Type = "story.erased"

	DecisionApproved  Type = "decision.approved"
	DecisionRejected  Type = "decision.rejected"
	DecisionEscalated Type = "decision.escalated"
	DecisionRestored  Type = "decision.restored"

	SelectionFilled    Type = "selection.filled"    // a slot was filled, or its cut or note changed
	SelectionConfirmed Type = "selection.confirmed" // by a second person
	SelectionFreed     Type = "selection.freed"

	KitReady    Type = "kit.ready"    // the last slot was confirmed
	KitExported Type = "kit.exported" // somebody took the selection's data and sources

	Test Type = "webhook.test" // on request; sent whatever the endpoint listens to
)

// Types lists what an endpoint can listen to, in the order of the constants.
func Types() []Type {
	return []Type{
		StoryCreated, StoryUploaded, StoryExpired, StoryPrepared, StoryPublished, StoryFailed, StoryHidden,
		StoryReplaced, StoryRevised, StoryRetried, StoryWithdrawn, StoryErased,
		DecisionApproved, DecisionRejected, DecisionEscalated, DecisionRestored,
		SelectionFilled, SelectionConfirmed, SelectionFreed, KitReady, KitExported,
	}
}

// reported are the events of stories that are reported. The others are steps
// of the work inside.
var reported = map[story.Event]Type{
	story.EventCreated: StoryCreated, story.EventUploaded: StoryUploaded, story.EventExpired: StoryExpired,
	story.EventPrepared: StoryPrepared, story.EventPublished: StoryPublished, story.EventFailed: StoryFailed,
	story.EventHidden: StoryHidden, story.EventReplaced: StoryReplaced,
	story.EventRevised: StoryRevised, story.EventPrepareRetried: StoryRetried,
	story.EventPublishRetried: StoryRetried, story.EventWithdrawn: StoryWithdrawn,
	story.EventLapsed: StoryWithdrawn, story.EventErased: StoryErased,
	story.EventApproved: DecisionApproved, story.EventRejected: DecisionRejected,
	story.EventEscalated: DecisionEscalated, story.EventRestored: DecisionRestored,
}

// Facts are what an event says besides its subject. They hold no name, no
// address and no text of a person, so that nothing of an erased story stays
// with a receiver.
type Facts struct {
	State    string `json:"state,omitempty"`
	Previous string `json:"previous_state,omitempty"`
	By       string `json:"by,omitempty"      doc:"Role of who caused it."`
	Reason   string `json:"reason,omitempty"  doc:"Stable code, such as of a rejection or failure."`
	Slot     string `json:"slot,omitempty"    doc:"Ad slot."`
	FromMS   int64  `json:"from_ms,omitempty" doc:"Of the published video, where the ad's part begins; absent: at its start."`
	ToMS     int64  `json:"to_ms,omitempty"   doc:"Where it ends; absent: at its end."`
	Slots    []Slot `json:"slots,omitempty"   doc:"What the kit is made of."`
	Format   string `json:"format,omitempty"  doc:"Of the export."`
}

// Slot is a filled ad slot.
type Slot struct {
	Name  string `json:"slot"`
	Story string `json:"story_id"`
}

// Event is one thing that happened.
type Event struct {
	ID       string // UUIDv7; receivers know a repeated delivery by it
	Type     Type
	Campaign string // id
	Slug     string // of the campaign
	Story    string // id; empty where the event is about the campaign
	Sequence int64  // rises with each event of the same story, or of the campaign itself
	At       time.Time
	Facts    Facts
}

// Subject is what Sequence counts the events of.
func (e *Event) Subject() string {
	if e.Story != "" {
		return e.Story
	}
	return e.Campaign
}

// OfLine returns the event that reports a line of a story's history; false for
// lines that are not reported. Its ID and Sequence are not set.
func OfLine(campaignID string, l *story.Entry) (Event, bool) {
	t, ok := reported[l.Event]
	e := Event{Type: t, Campaign: campaignID, Story: l.Story, At: l.At, Facts: Facts{
		State: string(l.To), Previous: string(l.From), By: string(l.Actor.Role), Reason: l.Reason,
	}}
	if l.Event == story.EventLapsed {
		e.Facts.Reason = string(story.EventLapsed)
	}
	return e, ok
}

// Payload is the JSON of a request, in the form of Standard Webhooks.
type Payload struct {
	Type Type      `json:"type"`
	At   time.Time `json:"timestamp"` // when it happened
	Data Data      `json:"data"`
}

// Data are an event's subject and facts.
type Data struct {
	Campaign string `json:"campaign"` // slug
	Story    string `json:"story_id,omitempty"`
	Sequence int64  `json:"sequence"`
	Facts
}

// Body is the JSON of the event's requests, the same in every attempt.
func (e *Event) Body() ([]byte, error) {
	return json.Marshal(Payload{e.Type, e.At.UTC(), Data{e.Slug, e.Story, e.Sequence, e.Facts}})
}

// Wants reports whether an endpoint with these patterns listens to the type. A
// pattern is a type, a family such as story.*, or *.
func Wants(patterns []string, t Type) bool {
	return t == Test || slices.ContainsFunc(patterns, func(p string) bool { return matches(p, t) })
}

func matches(pattern string, t Type) bool {
	if family, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(string(t), family)
	}
	return pattern == string(t)
}

// validPattern reports whether a pattern is * or a family or matches a type.
func validPattern(p string) bool {
	if before, wild := strings.CutSuffix(p, "*"); wild && before != "" && !strings.HasSuffix(before, ".") {
		return false
	}
	return slices.ContainsFunc(Types(), func(t Type) bool { return matches(p, t) })
}
