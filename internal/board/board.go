// Package board is what the creative team uses: search among published
// stories, tags and votes, the shortlist, and the selection that fills the ad
// slots.
package board

import (
	"context"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/text"
)

// Store is where the board is stored.
type Store interface {
	// SearchStories returns at most limit published stories of the campaign. With
	// fewer, the cursor is where the search goes on, nil at the end: it may look at
	// a number of stories only that it bounds itself.
	SearchStories(ctx context.Context, campaignID string, q Query, after *Cursor, limit int) (
		[]*story.Story, *Cursor, error)
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
	DeletePick(ctx context.Context, campaignID, slot string, at time.Time) error
	Selection(ctx context.Context, campaignID string) ([]Pick, error)
	// ConfirmPick records the second person where the slot still holds the
	// pick's story, chosen at the pick's time; it reports whether it did.
	ConfirmPick(ctx context.Context, p Pick, by account.Actor, at time.Time) (bool, error)
	// RecordExport reports that somebody took what the picks' ads are made of.
	RecordExport(ctx context.Context, campaignID, format string, picks []Pick, at time.Time) error
	// SetTags replaces the tags of the story.
	SetTags(ctx context.Context, campaignID, storyID string, tags []string, by account.Actor, at time.Time) error
	// Tags returns the tags of each story that has any, sorted.
	Tags(ctx context.Context, stories []string) (map[string][]string, error)
	// PutVote adds or replaces one person's vote; a value of 0 removes it.
	PutVote(ctx context.Context, v Vote) error
	// Votes returns the campaign's votes by story, oldest first.
	Votes(ctx context.Context, campaignID string) (map[string][]Vote, error)
	// Marks returns what the team wrote about one story.
	Marks(ctx context.Context, campaignID, storyID string) (*Marks, error)
	SavedSearches(ctx context.Context, campaignID string) ([]SavedSearch, error)
	// SaveSearch adds it, or replaces the one with the same name.
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

// Shows reports whether the creative team works with stories of the state. All
// that it may know of others is on the selection and the shortlist.
func Shows(state story.State) bool {
	return state == story.Approved || state == story.Publishing || state == story.Published
}

func (s *Service) published(ctx context.Context, slug, id, note string) (*campaign.Campaign, *story.Story, error) {
	if text.Len(note) > 2000 {
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
