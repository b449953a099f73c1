// Package notice takes what visitors report about published videos, and keeps
// what moderators decide about it.
package notice

import (
	"slices"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
)

// Kind is what a video is reported for; a stable code.
type Kind string

// The kinds. The first two are decided before the others.
const (
	Depicted Kind = "depicted" // whoever reports is in the video
	Illegal  Kind = "illegal"
	Rights   Kind = "rights" // it shows or plays what others hold rights to
	Hateful  Kind = "hateful"
	Other    Kind = "other"
)

// Kinds lists the kinds in the order visitors meet them.
func Kinds() []Kind { return []Kind{Depicted, Illegal, Rights, Hateful, Other} }

// Urgent reports whether notices of the kind are decided before others.
func (k Kind) Urgent() bool { return k == Depicted || k == Illegal }

// Outcome is what became of a notice.
type Outcome string

// The outcomes.
const (
	Open    Outcome = "open"
	Removed Outcome = "removed" // the video is not public any more
	Kept    Outcome = "kept"    // a moderator found nothing to object to
)

// Outcomes lists the outcomes.
func Outcomes() []Outcome { return []Outcome{Open, Removed, Kept} }

// Notice is one report about one published story.
type Notice struct {
	ID       string
	Campaign string // id
	Story    string // id
	Kind     Kind
	Text     string // of whoever reports; plain text
	Email    string // for mails about it; may be empty
	Locale   string // BCP 47, of those mails
	At       time.Time
	Outcome  Outcome
	Reply    string        // of the moderator who kept the story, to whoever reported it
	By       account.Actor // who decided; zero for a story that its contributor withdrew, and while open
	EndedAt  time.Time     // zero while open
}

// Bounds of texts, in code points.
const (
	MaxText  = 2000
	MaxReply = 1000
)

func invalid(detail string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, "notice.invalid", detail, args...)
}

func known(k Kind) bool { return slices.Contains(Kinds(), k) }
