package board

import (
	"context"
	"slices"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/page"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/text"
)

// Status is how far the team has come with a story on a shortlist.
type Status string

// The statuses; a story begins as Considering.
const (
	Considering Status = "considering"
	NeedsEdit   Status = "needs_edit"
	Approved    Status = "approved"
	Declined    Status = "declined"
)

// Statuses lists every status.
func Statuses() []Status { return []Status{Considering, NeedsEdit, Approved, Declined} }

// Candidate is a story on a shortlist.
type Candidate struct {
	Campaign string // id
	List     string // id of the list; the campaign's for its default list
	Story    string
	Note     string
	Status   Status
	Version  int64 // rises with each change of note or status, from 1
	By       account.Actor
	At       time.Time

	ChangedBy account.Actor // who changed note or status last; zero: nobody since it was added
	ChangedAt time.Time
}

// Listed is a candidate with its story, which may have left the feed since.
type Listed struct {
	Candidate
	Story *story.Story
}

// MaxListed is how many stories a shortlist has at most, so that it can be
// counted and searched in without an index of its own.
const MaxListed = 2000

// Change is what a request says about a story on a shortlist.
type Change struct {
	Note    *string // nil: as it is
	Status  Status  // empty: as it is
	Version int64   // of the candidate that the request knows; 0: none
	Replace bool    // whatever the version is
}

// Add puts a published story on the campaign's default shortlist, or changes
// what it says there.
func (s *Service) Add(ctx context.Context, slug, id string, ch Change, by account.Actor) (*Candidate, error) {
	return s.PutListed(ctx, slug, DefaultList, id, ch, by)
}

// PutListed puts a published story on a shortlist, or changes what the list
// says of it. What another person wrote meanwhile is not overwritten: Conflict
// "shortlist.entry_changed" unless the change has the present version. A change
// that changes nothing always succeeds.
func (s *Service) PutListed(
	ctx context.Context, slug, list, id string, ch Change, by account.Actor,
) (*Candidate, error) {
	if ch.Note != nil {
		note := text.Block(*ch.Note)
		if ch.Note = &note; text.Len(note) > maxNote {
			return nil, errNote
		}
	}
	if ch.Status != "" && !slices.Contains(Statuses(), ch.Status) {
		return nil, fault.New(fault.Invalid, "shortlist.status", "there is no such status")
	}
	c, l, err := s.list(ctx, slug, list)
	if err != nil {
		return nil, err
	}
	var kept *Candidate
	edit := func(e Entry) (*Candidate, error) {
		next, err := ch.apply(c, l, e, by, s.now())
		kept = next
		return next, err
	}
	refused, err := s.store.EditList(ctx, c.ID, l.ID, []string{id}, edit)
	if err == nil {
		err = refused[0]
	}
	return kept, err
}

// Entry is a story that may be on a shortlist.
type Entry struct {
	Story     string
	State     story.State // empty: the campaign has no such story
	Candidate *Candidate  // nil: not on the list
	Listed    int         // stories on the list
}

// apply is what the list has of the story after the change.
func (ch Change) apply(
	c *campaign.Campaign, l *List, e Entry, by account.Actor, now time.Time,
) (*Candidate, error) {
	if e.Candidate == nil {
		if err := e.addable(); err != nil {
			return nil, err
		}
		next := &Candidate{
			Campaign: c.ID, List: l.ID, Story: e.Story, Status: Considering, Version: 1, By: by, At: now,
		}
		return ch.set(next), nil
	}
	next := *e.Candidate
	ch.set(&next)
	if next.Note == e.Candidate.Note && next.Status == e.Candidate.Status {
		return &next, nil
	}
	if !ch.Replace && ch.Version != e.Candidate.Version {
		return nil, fault.New(fault.Conflict, "shortlist.entry_changed",
			"somebody changed what the shortlist says of this story; read it, and write again").
			With("version", e.Candidate.Version).With("note", e.Candidate.Note).
			With("status", string(e.Candidate.Status)).With("changed_by", e.Candidate.lastBy().Name).
			With("changed_at", e.Candidate.lastAt())
	}
	next.Version, next.ChangedBy, next.ChangedAt = next.Version+1, by, now
	return &next, nil
}

func (ch Change) set(c *Candidate) *Candidate {
	if ch.Note != nil {
		c.Note = *ch.Note
	}
	if ch.Status != "" {
		c.Status = ch.Status
	}
	return c
}

// addable refuses a story that may not be added to the list.
func (e Entry) addable() error {
	switch {
	case e.State == "":
		return errUnknownStory
	case e.State != story.Published:
		return errNotPublished
	case e.Listed >= MaxListed:
		return fault.New(fault.Conflict, "shortlist.full", "a shortlist has at most %d stories", MaxListed)
	}
	return nil
}

func (c *Candidate) lastBy() account.Actor {
	if c.ChangedAt.IsZero() {
		return c.By
	}
	return c.ChangedBy
}

func (c *Candidate) lastAt() time.Time {
	if c.ChangedAt.IsZero() {
		return c.At
	}
	return c.ChangedAt
}

// Drop removes a story from the campaign's default shortlist; dropping twice is
// no error.
func (s *Service) Drop(ctx context.Context, slug, id string) error {
	return s.DropListed(ctx, slug, DefaultList, id)
}

// DropListed removes a story from a shortlist; dropping twice is no error.
func (s *Service) DropListed(ctx context.Context, slug, list, id string) error {
	_, err := s.ListMany(ctx, slug, list, nil, []string{id}, account.Actor{})
	return err
}

// Shortlist returns the first 2,000 candidates of the campaign's default
// list with their stories, newest first.
func (s *Service) Shortlist(ctx context.Context, slug string) ([]Listed, error) {
	p, err := s.Listed(ctx, slug, DefaultList, "", nil, MaxListed)
	if err != nil {
		return nil, err
	}
	return p.Items, nil
}

// Listed returns a page of a shortlist, newest first; of one status unless it
// is empty. limit is not bounded here.
func (s *Service) Listed(ctx context.Context, slug, list string, status Status, after *Cursor, limit int) (
	*ListPage, error,
) {
	c, l, err := s.list(ctx, slug, list)
	if err != nil {
		return nil, err
	}
	rows, err := s.store.Candidates(ctx, c.ID, l.ID, status, after, limit+1)
	if err != nil {
		return nil, err
	}
	p := page.Cut(rows, limit, func(last Listed) Cursor {
		return Cursor{PublishedAt: last.At, ID: last.Candidate.Story}
	})
	return &ListPage{*l, p.Items, p.Next}, nil
}

// ListPage is a page of one shortlist.
type ListPage struct {
	List  List
	Items []Listed
	Next  *Cursor // PublishedAt is the time at which the last one was added
}

// OnLists returns the candidates of each of the stories that is on any
// shortlist of the campaign.
func (s *Service) OnLists(ctx context.Context, campaignID string, stories ...string) (map[string][]Candidate, error) {
	if len(stories) == 0 {
		return nil, nil
	}
	return s.store.OnLists(ctx, campaignID, stories)
}

// Entries returns what every shortlist has about a story of the campaign, which
// may have left the feed since; NotFound "story.unknown" for stories of others.
func (s *Service) Entries(ctx context.Context, slug string, st *story.Story) ([]Listed, error) {
	c, err := s.campaigns.Get(ctx, slug)
	if err != nil {
		return nil, err
	}
	if st.Campaign != c.ID {
		return nil, errUnknownStory
	}
	on, err := s.store.OnLists(ctx, c.ID, []string{st.ID})
	if err != nil {
		return nil, err
	}
	out := make([]Listed, len(on[st.ID]))
	for i, e := range on[st.ID] {
		out[i] = Listed{Candidate: e, Story: st}
	}
	return out, nil
}
