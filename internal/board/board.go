// Package board is the creative team's room: search among published stories,
// the shortlist with its notes, and the selection that fills the ad slots.
package board

import (
	"context"
	"time"
	"unicode/utf8"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
)

// MaxPage bounds a page of search results.
const MaxPage = 100

// Sort orders search results.
type Sort string

// The orders. Relevance falls back to Newest without a text.
const (
	Newest    Sort = "newest"
	Oldest    Sort = "oldest"
	Relevance Sort = "relevance"
)

// Query is a search among the published stories of a campaign. Empty fields
// match everything.
type Query struct {
	Text        string // words, all of which must occur; the last may be a beginning
	Song        string
	Artist      string
	Country     string
	Orientation media.Orientation
	MinDuration time.Duration
	MaxDuration time.Duration
	Shortlisted bool
	Sort        Sort
}

// Cursor is a place in a result: just after the story with this time and id,
// or, by relevance, at an offset.
type Cursor struct {
	PublishedAt time.Time `json:"t"`
	ID          string    `json:"i,omitempty"`
	Offset      int       `json:"o,omitempty"`
}

// Facet is one value of one property and how many published stories have it.
type Facet struct {
	Name  string // song, artist, country, orientation, duration
	Value string
	Count int64
}

// Candidate is a story on the shortlist.
type Candidate struct {
	Campaign string // id
	Story    string
	Note     string
	By       account.Actor
	At       time.Time
}

// Pick is a story that fills an ad slot.
type Pick struct {
	Campaign string // id
	Slot     string
	Story    string
	Note     string
	By       account.Actor
	At       time.Time
}

// Store is where the board is kept.
type Store interface {
	// SearchStories returns published stories of the campaign.
	SearchStories(ctx context.Context, campaignID string, q Query, after *Cursor, limit int) ([]*story.Story, error)
	// Facets returns counters, largest first within each name, at most top of each.
	Facets(ctx context.Context, campaignID string, top int) ([]Facet, error)
	// PutCandidate adds to the shortlist, or replaces the note.
	PutCandidate(ctx context.Context, c Candidate) error
	DeleteCandidate(ctx context.Context, campaignID, storyID string) error
	Shortlist(ctx context.Context, campaignID string) ([]Candidate, error)
	// PutPick fills a slot where both slot and story are free, or the slot
	// already holds the story; Conflict "selection.slot" or "selection.story".
	PutPick(ctx context.Context, p Pick) error
	DeletePick(ctx context.Context, campaignID, slot string) error
	Selection(ctx context.Context, campaignID string) ([]Pick, error)
	Story(ctx context.Context, id string) (*story.Story, error)
}

type campaigns interface {
	Get(ctx context.Context, slugOrID string) (*campaign.Campaign, error)
	ReleaseForms(ctx context.Context, slug string) ([]*campaign.ReleaseForm, error)
}

// Service serves the creative team.
type Service struct {
	store     Store
	campaigns campaigns
	now       func() time.Time
}

// NewService wires a Service; now is the clock.
func NewService(store Store, campaigns campaigns, now func() time.Time) *Service {
	return &Service{store: store, campaigns: campaigns, now: now}
}

// Search returns a page of stories and the cursor of the next, nil at the end.
func (s *Service) Search(ctx context.Context, slug string, q Query, after *Cursor, limit int) ([]*story.Story, *Cursor, error) {
	c, err := s.campaigns.Get(ctx, slug)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case utf8.RuneCountInString(q.Text) > 200:
		return nil, nil, fault.New(fault.Invalid, "search.invalid", "a search has at most 200 characters")
	case q.Sort == "" || (q.Sort == Relevance && q.Text == ""):
		q.Sort = Newest
	}
	limit = min(max(limit, 1), MaxPage)
	q.Song, q.Artist = story.Fold(q.Song), story.Fold(q.Artist)
	rows, err := s.store.SearchStories(ctx, c.ID, q, after, limit+1)
	if err != nil || len(rows) <= limit {
		return rows, nil, err
	}
	rows = rows[:limit]
	last := rows[limit-1]
	next := &Cursor{PublishedAt: last.PublishedAt, ID: last.ID}
	if q.Sort == Relevance {
		next = &Cursor{Offset: limit}
		if after != nil {
			next.Offset += after.Offset
		}
	}
	return rows, next, nil
}

// Facets counts what is published, for narrowing a search.
func (s *Service) Facets(ctx context.Context, slug string) ([]Facet, error) {
	c, err := s.campaigns.Get(ctx, slug)
	if err != nil {
		return nil, err
	}
	return s.store.Facets(ctx, c.ID, 20)
}

// Add puts a published story on the shortlist, or changes its note.
func (s *Service) Add(ctx context.Context, slug, id, note string, by account.Actor) (*Candidate, error) {
	c, _, err := s.published(ctx, slug, id, note)
	if err != nil {
		return nil, err
	}
	cand := Candidate{Campaign: c.ID, Story: id, Note: note, By: by, At: s.now()}
	return &cand, s.store.PutCandidate(ctx, cand)
}

// Drop takes a story off the shortlist; dropping twice is no error.
func (s *Service) Drop(ctx context.Context, slug, id string) error {
	c, err := s.campaigns.Get(ctx, slug)
	if err != nil {
		return err
	}
	return s.store.DeleteCandidate(ctx, c.ID, id)
}

// Select fills an ad slot with a published story. Pressing twice is one
// selection; a slot or story that is taken is a Conflict that says so.
func (s *Service) Select(ctx context.Context, slug, slot, id, note string, by account.Actor) (*Pick, error) {
	c, st, err := s.published(ctx, slug, id, note)
	if err != nil {
		return nil, err
	}
	if !c.HasSlot(slot) {
		return nil, fault.New(fault.NotFound, "selection.slot_unknown", "this campaign has no ad slot %q", slot).With("slots", c.AdSlots)
	}
	if !st.Release.WithdrawnAt.IsZero() {
		return nil, fault.New(fault.Conflict, "selection.release", "the release of this story was withdrawn")
	}
	p := Pick{Campaign: c.ID, Slot: slot, Story: id, Note: note, By: by, At: s.now()}
	return &p, s.store.PutPick(ctx, p)
}

// Unselect empties an ad slot; emptying twice is no error.
func (s *Service) Unselect(ctx context.Context, slug, slot string) error {
	c, err := s.campaigns.Get(ctx, slug)
	if err != nil {
		return err
	}
	return s.store.DeletePick(ctx, c.ID, slot)
}

func (s *Service) published(ctx context.Context, slug, id, note string) (*campaign.Campaign, *story.Story, error) {
	if utf8.RuneCountInString(note) > 2000 {
		return nil, nil, fault.New(fault.Invalid, "board.note", "a note has at most 2000 characters")
	}
	c, err := s.campaigns.Get(ctx, slug)
	if err != nil {
		return nil, nil, err
	}
	st, err := s.store.Story(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	if st.Campaign != c.ID || st.State != story.Published {
		return nil, nil, fault.New(fault.Conflict, "board.not_published", "only stories on this campaign's feed can be chosen")
	}
	return c, st, nil
}

// Listed is a candidate with its story, which may have left the feed since.
type Listed struct {
	Candidate
	Story *story.Story
}

// Shortlist returns all candidates with their stories, newest first.
func (s *Service) Shortlist(ctx context.Context, slug string) ([]Listed, error) {
	c, err := s.campaigns.Get(ctx, slug)
	if err != nil {
		return nil, err
	}
	cands, err := s.store.Shortlist(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	out := make([]Listed, len(cands))
	for i, cand := range cands {
		st, err := s.store.Story(ctx, cand.Story)
		if err != nil {
			return nil, err
		}
		out[i] = Listed{cand, st}
	}
	return out, nil
}

// Selected is one slot of the campaign, filled or not.
type Selected struct {
	Slot  string
	Pick  *Pick        // nil: empty
	Story *story.Story // nil: empty
	Form  *campaign.ReleaseForm
}

// Usable reports whether the chosen story may still be used: it is on the
// feed and its release stands.
func (s Selected) Usable() bool {
	return s.Story != nil && s.Story.State == story.Published && s.Story.Release.WithdrawnAt.IsZero()
}

// Selection returns every slot of the campaign in order, with what fills it
// and the release form that was agreed to.
func (s *Service) Selection(ctx context.Context, slug string) (*campaign.Campaign, []Selected, error) {
	c, err := s.campaigns.Get(ctx, slug)
	if err != nil {
		return nil, nil, err
	}
	picks, err := s.store.Selection(ctx, c.ID)
	if err != nil {
		return nil, nil, err
	}
	forms, err := s.campaigns.ReleaseForms(ctx, slug)
	if err != nil {
		return nil, nil, err
	}
	bySlot := map[string]*Pick{}
	for i := range picks {
		bySlot[picks[i].Slot] = &picks[i]
	}
	out := make([]Selected, len(c.AdSlots))
	for i, slot := range c.AdSlots {
		out[i] = Selected{Slot: slot, Pick: bySlot[slot]}
		if out[i].Pick == nil {
			continue
		}
		if out[i].Story, err = s.store.Story(ctx, out[i].Pick.Story); err != nil {
			return nil, nil, err
		}
		for _, f := range forms {
			if f.SHA256 == out[i].Story.Release.TextSHA256 {
				out[i].Form = f
			}
		}
	}
	return c, out, nil
}
