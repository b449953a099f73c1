// Package review is what moderators use: the queue, claims that give no story
// to two people, decisions, likely duplicates and reports.
package review

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/page"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/text"
)

// Lease is how long a claim holds unless renewed: long enough to review a
// three-minute story twice, short enough that a closed laptop frees it soon.
const Lease = 10 * time.Minute

// MaxCounted is up to how many stories are counted one by one.
const MaxCounted = 1000

// MaxClaims is how many stories one moderator may hold at a time.
const MaxClaims = 20

// Filter narrows the queue. Empty fields match everything.
type Filter struct {
	Campaign  string // campaign id
	Escalated bool   // only stories escalated to leads
	Plain     bool   // only stories that are not escalated, which any moderator sees

	Languages   []string // of the contributors, without region: "pt"
	Countries   []string // ISO 3166-1 alpha-2
	Warnings    []string // of the findings, at least one of which the story has
	Unwarned    bool     // without any warning
	MinDuration time.Duration
	MaxDuration time.Duration
}

// Narrow reports whether the filter leaves out stories by what they are.
func (f Filter) Narrow() bool {
	return len(f.Languages)+len(f.Countries)+len(f.Warnings) > 0 || f.Unwarned || f.MinDuration > 0 || f.MaxDuration > 0
}

// maxFilter is how many values one list of a Filter has at most.
const maxFilter = 20

// normalize brings languages and countries into the form in which they are
// stored, and refuses what no story can match.
func (f *Filter) normalize() error {
	invalid := func(detail string, args ...any) error {
		return fault.New(fault.Invalid, "queue.filter", detail, args...)
	}
	for _, list := range [][]string{f.Languages, f.Countries, f.Warnings} {
		if len(list) > maxFilter {
			return invalid("a filter names at most %d languages, countries or warnings", maxFilter)
		}
	}
	languages := make([]string, len(f.Languages))
	for i, tag := range f.Languages {
		if languages[i] = text.BaseLanguage(tag); languages[i] == "" {
			return invalid("a language is a tag such as en or pt")
		}
	}
	countries := make([]string, len(f.Countries))
	for i, code := range f.Countries {
		countries[i] = strings.ToUpper(code)
	}
	f.Languages, f.Countries = distinct(languages), distinct(countries)
	f.Warnings = distinct(f.Warnings)
	switch {
	case f.Unwarned && len(f.Warnings) > 0:
		return invalid("no story has a warning and none")
	case f.MaxDuration > 0 && f.MaxDuration < f.MinDuration:
		return invalid("no video is at least as long as the minimum and at most as long as the maximum")
	}
	return nil
}

func distinct(list []string) []string { return slices.Compact(slices.Sorted(slices.Values(list))) }

// Lookup finds stories in any state. Empty fields match everything.
type Lookup struct {
	Campaign string        // campaign id; required
	States   []story.State // empty: all
	Warning  string        // one that the findings carry
	Text     string        // words of the song, the artist or the contributor's name, or a whole id
}

// Cursor is the place in a lookup just after the story with this time and id.
type Cursor struct {
	UpdatedAt time.Time `json:"t"`
	ID        string    `json:"i"`
}

// Stats counts the queue.
type Stats struct {
	Waiting   int64 // by a Narrow filter at most MaxCounted
	Claimed   int64
	Escalated int64
	Oldest    time.Time // when the oldest waiting story was begun; zero: no story waits
}

// Store is where the queue and its decisions are read.
type Store interface {
	// ReviewQueue returns stories in review, oldest first, after the story
	// with the given id (empty: from the start).
	ReviewQueue(ctx context.Context, f Filter, after string, limit int) ([]*story.Story, error)
	// LookupStories returns stories, most recently changed first, after the cursor
	// (nil: from the start). With words it may look at those only that were begun
	// last.
	LookupStories(ctx context.Context, l Lookup, after *Cursor, limit int) ([]*story.Story, error)
	// ReviewStats counts the queue.
	ReviewStats(ctx context.Context, f Filter, now time.Time) (Stats, error)
	// ClaimNext claims up to n of the oldest free stories but those in skip; no
	// story is ever claimed by two.
	ClaimNext(ctx context.Context, f Filter, by account.Actor, n int, now, until time.Time,
		skip []string) ([]*story.Story, error)
	// ClaimedBy returns what the moderator holds, oldest first.
	ClaimedBy(ctx context.Context, moderator string, now time.Time) ([]*story.Story, error)
	// RenewClaims moves the end of all of the moderator's unexpired claims, and
	// returns how many there are.
	RenewClaims(ctx context.Context, moderator string, now, until time.Time) (int64, error)
	// ReleaseClaim ends one claim if the moderator holds it.
	ReleaseClaim(ctx context.Context, id, moderator string) error
	// SharingFingerprints returns other stories of the campaign that have at
	// least one of the values, those with most first; withdrawn and erased ones
	// never.
	SharingFingerprints(ctx context.Context, st *story.Story, values []int32, limit int) ([]*story.Story, error)
	// SamePerson returns other stories of the campaign with the same e-mail
	// address, newest first; none for a story without an address.
	SamePerson(ctx context.Context, st *story.Story, limit int) ([]*story.Story, error)
	// Revisions returns the history lines by which contributors revised the
	// stories, oldest first, by id of the story.
	Revisions(ctx context.Context, ids []string) (map[string][]*story.Entry, error)
	// Claimants lists who holds stories of the queue, and how many.
	Claimants(ctx context.Context, f Filter, now time.Time) ([]Claimant, error)
	// ReviewReport counts decisions since the beginning of the moment's hour by
	// moderator, most first.
	ReviewReport(ctx context.Context, f Filter, since time.Time) ([]ModeratorStats, error)
	// DecidedBy returns the stories of the newest decisions, at most limit, by
	// which others than the moderator approved or rejected them since the moment,
	// each once.
	DecidedBy(ctx context.Context, f Filter, notBy string, since time.Time, limit int) ([]string, error)
}

// Service serves moderators.
type Service struct {
	store     Store
	stories   *story.Service
	campaigns campaigns
	now       func() time.Time
}

type campaigns interface {
	Get(ctx context.Context, slugOrID string) (*campaign.Campaign, error)
}

// NewService wires a Service; now is the clock.
func NewService(store Store, stories *story.Service, campaigns campaigns, now func() time.Time) *Service {
	return &Service{store: store, stories: stories, campaigns: campaigns, now: now}
}

// Queue returns a page of the waiting stories, oldest first, claimed or not.
// Its cursor is the id of the last story before it.
func (s *Service) Queue(
	ctx context.Context, f Filter, after *string, limit int,
) (page.Page[*story.Story, string], error) {
	if err := f.normalize(); err != nil {
		return page.Page[*story.Story, string]{}, err
	}
	from := ""
	if after != nil {
		from = *after
	}
	rows, err := s.store.ReviewQueue(ctx, f, from, limit+1)
	return page.Cut(rows, limit, func(st *story.Story) string { return st.ID }), err
}

// Lookup returns a page of stories in any state, most recently changed first.
func (s *Service) Lookup(
	ctx context.Context, l Lookup, after *Cursor, limit int,
) (page.Page[*story.Story, Cursor], error) {
	var none page.Page[*story.Story, Cursor]
	if text.Len(l.Text) > 200 {
		return none, fault.New(fault.Invalid, "lookup.invalid", "a lookup has at most 200 characters")
	}
	l.Text = text.Fold(l.Text)
	if strings.ContainsAny(l.Warning, `"%\`) {
		return none, fault.New(fault.Invalid, "lookup.invalid", "there is no such warning")
	}
	rows, err := s.store.LookupStories(ctx, l, after, limit+1)
	return page.Cut(rows, limit, func(st *story.Story) Cursor { return Cursor{st.UpdatedAt, st.ID} }), err
}

// Stats counts the queue.
func (s *Service) Stats(ctx context.Context, f Filter) (Stats, error) {
	if err := f.normalize(); err != nil {
		return Stats{}, err
	}
	return s.store.ReviewStats(ctx, f, s.now())
}

// Claim renews the moderator's claims and adds the oldest free stories until n
// are held. It returns all held stories, each once, added ones last.
func (s *Service) Claim(ctx context.Context, f Filter, by account.Actor, n int, skip []string) ([]*story.Story, error) {
	if err := f.normalize(); err != nil {
		return nil, err
	}
	now := s.now()
	until := now.Add(Lease)
	n = min(max(n, 1), MaxClaims)
	renewed, err := s.store.RenewClaims(ctx, by.ID, now, until)
	if err != nil {
		return nil, err
	}
	var added []*story.Story
	if missing := n - int(renewed); missing > 0 {
		if added, err = s.store.ClaimNext(ctx, f, by, missing, now, until, skip); err != nil {
			return nil, err
		}
	}
	// read last: another page of the moderator may release stories meanwhile, which are then added again
	held, err := s.store.ClaimedBy(ctx, by.ID, now)
	held = slices.DeleteFunc(held, func(st *story.Story) bool {
		return slices.ContainsFunc(added, func(a *story.Story) bool { return a.ID == st.ID })
	})
	return append(held, added...), err
}

// Release ends a claim; releasing a story that is not held is no error.
func (s *Service) Release(ctx context.Context, id string, by account.Actor) error {
	return s.store.ReleaseClaim(ctx, id, by.ID)
}
