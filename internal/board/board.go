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
	"github.com/storyreel/storyreel/internal/page"
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
	Quality   Sort = "quality" // technical quality of the recording, best first
	Random    Sort = "random"  // fair, and the same again for the same seed
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
	Language    string // locale of the contributor
	Quality     string // high, medium or low: media.QualityBand
	Tag         string
	Shortlisted bool
	Uncaptioned bool // without captions in any language
	Sort        Sort
	Seed        string // of Random
}

// Narrowed reports whether the query leaves out any published story.
func (q Query) Narrowed() bool {
	q.Sort, q.Seed = "", ""
	return q != Query{}
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
	Name  string // song, artist, country, orientation, duration, language, quality, tag
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
	FromMS   int64 // of the published story, where the ad's part begins
	ToMS     int64 // where it ends; 0: with the story
	By       account.Actor
	At       time.Time

	ConfirmedBy account.Actor // zero: nobody yet
	ConfirmedAt time.Time
}

// Confirmed reports whether a second person has agreed to the choice.
func (p *Pick) Confirmed() bool { return p != nil && !p.ConfirmedAt.IsZero() }

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
	// AddPick fills a slot where both slot and story are free; it reports
	// whether they were.
	AddPick(ctx context.Context, p Pick) (bool, error)
	// ReplacePick writes everything else of the pick where its slot still
	// holds its story.
	ReplacePick(ctx context.Context, p Pick) error
	DeletePick(ctx context.Context, campaignID, slot string) error
	Selection(ctx context.Context, campaignID string) ([]Pick, error)
	// ConfirmPick records the second person where the slot still holds the
	// story, chosen at the moment given; it reports whether it did.
	ConfirmPick(ctx context.Context, p Pick, by account.Actor, at time.Time) (bool, error)
	// SetTags makes the tags those of the story, no others.
	SetTags(ctx context.Context, campaignID, storyID string, tags []string, by account.Actor, at time.Time) error
	// Tags returns the tags of each story that has any, sorted.
	Tags(ctx context.Context, stories []string) (map[string][]string, error)
	// PutVote keeps one person's vote; a value of 0 takes it back.
	PutVote(ctx context.Context, v Vote) error
	// Votes returns the campaign's votes by story, oldest first.
	Votes(ctx context.Context, campaignID string) (map[string][]Vote, error)
	SavedSearches(ctx context.Context, campaignID string) ([]SavedSearch, error)
	// SaveSearch keeps it, in the place of one with the same name.
	SaveSearch(ctx context.Context, s SavedSearch) error
	DeleteSearch(ctx context.Context, campaignID, id string) error
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

// Search returns a page of stories.
func (s *Service) Search(
	ctx context.Context, slug string, q Query, after *Cursor, limit int,
) (page.Page[*story.Story, Cursor], error) {
	var none page.Page[*story.Story, Cursor]
	c, err := s.campaigns.Get(ctx, slug)
	if err != nil {
		return none, err
	}
	switch {
	case utf8.RuneCountInString(q.Text) > 200:
		return none, fault.New(fault.Invalid, "search.invalid", "a search has at most 200 characters")
	case q.Sort == "" || (q.Sort == Relevance && q.Text == ""):
		q.Sort = Newest
	}
	limit = min(max(limit, 1), MaxPage)
	q.Song, q.Artist, q.Tag = story.Fold(q.Song), story.Fold(q.Artist), story.Fold(q.Tag)
	rows, err := s.store.SearchStories(ctx, c.ID, q, after, limit+1)
	return page.Cut(rows, limit, func(last *story.Story) Cursor {
		switch {
		case q.Sort != Relevance:
			return Cursor{PublishedAt: last.PublishedAt, ID: last.ID}
		case after != nil:
			return Cursor{Offset: after.Offset + limit}
		}
		return Cursor{Offset: limit}
	}), err
}

// Facets counts what is published, for narrowing a search.
func (s *Service) Facets(ctx context.Context, slug string) ([]Facet, error) {
	c, err := s.campaigns.Get(ctx, slug)
	if err != nil {
		return nil, err
	}
	return s.store.Facets(ctx, c.ID, 20)
}

// cutSlack is by how many milliseconds a player may think a story longer.
const cutSlack = 100

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

// Choice is a story with what is to be shown of it and why.
type Choice struct {
	Story  string
	Note   string
	FromMS int64
	ToMS   int64 // 0: to the end
}

// Select fills an ad slot with a published story. Pressing twice is one
// selection; a slot or story that is taken is a Conflict that says so.
func (s *Service) Select(ctx context.Context, slug, slot string, ch Choice, by account.Actor) (*Pick, error) {
	c, st, err := s.published(ctx, slug, ch.Story, ch.Note)
	if err != nil {
		return nil, err
	}
	if !c.HasSlot(slot) {
		return nil,
			fault.New(fault.NotFound, "selection.slot_unknown", "this campaign has no ad slot %q", slot).
				With("slots", c.AdSlots)
	}
	if !st.Release.WithdrawnAt.IsZero() {
		return nil, fault.New(fault.Conflict, "selection.release", "the release of this story was withdrawn")
	}
	if length := st.Public.Duration.Milliseconds(); ch.FromMS < 0 || ch.ToMS < 0 || ch.FromMS >= length ||
		ch.ToMS > length+cutSlack || ch.ToMS != 0 && ch.ToMS <= ch.FromMS {
		return nil,
			fault.New(fault.Invalid, "selection.cut",
				"the part must lie within the story's %d ms and end after it begins", length).
				With("duration_ms", length)
	}
	p := Pick{
		Campaign: c.ID, Slot: slot, Story: ch.Story, Note: ch.Note, FromMS: ch.FromMS, ToMS: ch.ToMS, By: by,
		At: s.now(),
	}
	return &p, s.fill(ctx, p)
}

// fill puts the pick into its slot. Where the slot already holds the story,
// note and cut are replaced and the confirmation is void: whoever changes the
// choice is now the one who chose.
func (s *Service) fill(ctx context.Context, p Pick) error {
	added, err := s.store.AddPick(ctx, p)
	if err != nil || added {
		return err
	}
	picks, err := s.store.Selection(ctx, p.Campaign)
	if err != nil {
		return err
	}
	for _, held := range picks {
		switch {
		case held.Slot == p.Slot && held.Story == p.Story:
			if held.Note == p.Note && held.FromMS == p.FromMS && held.ToMS == p.ToMS {
				return nil
			}
			return s.store.ReplacePick(ctx, p)
		case held.Story == p.Story:
			return fault.New(fault.Conflict, "selection.story",
				"%s already chose this story for %s; free that slot first", held.By.Name, held.Slot).
				With("slot", held.Slot).With("chosen_by", held.By.Name).With("chosen_at", held.At)
		case held.Slot == p.Slot:
			return fault.New(fault.Conflict, "selection.slot", "%s already filled %s with another story; free it first",
				held.By.Name, held.Slot).With("story", held.Story).With("chosen_by", held.By.Name).
				With("chosen_at", held.At)
		}
	}
	return fault.New(fault.Conflict, "selection.slot", "the selection changed at this moment; try again")
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
		return nil, nil,
			fault.New(fault.Conflict, "board.not_published", "only stories on this campaign's feed can be chosen")
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

// Blocking lists, as stable codes, what stands in the way of using the slot:
// empty, not_published, release_withdrawn, release_unknown (its text can't be
// shown) and unconfirmed. Nothing: it may go to the agency.
func (s Selected) Blocking() []string {
	out := []string{}
	add := func(when bool, code string) {
		if when {
			out = append(out, code)
		}
	}
	add(s.Pick == nil, "empty")
	if s.Pick != nil {
		add(s.Story.State != story.Published, "not_published")
		add(!s.Story.Release.WithdrawnAt.IsZero(), "release_withdrawn")
		add(s.Form == nil, "release_unknown")
		add(!s.Pick.Confirmed(), "unconfirmed")
	}
	return out
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
