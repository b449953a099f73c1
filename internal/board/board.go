// Package board is what the creative team uses: search among published
// stories, tags and votes, shortlists, and the selection that fills the ad slots.
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
	// CountStories returns how many stories a query finds; the count may be a
	// lower bound, as the work for it is bounded.
	CountStories(ctx context.Context, campaignID string, q Query) (Total, error)
	// Unknown returns those of the terms that no published story has a term that
	// begins with.
	Unknown(ctx context.Context, campaignID string, terms []string) ([]string, error)
	// Spelled returns terms that have one of the keys of text.Spellings, and how
	// many published stories have each.
	Spelled(ctx context.Context, campaignID string, keys []string) (map[string]int64, error)
	// Facets counts the values of properties, in their order, most frequent first
	// within each. The query is normalized, and Top is set.
	Facets(ctx context.Context, campaignID string, properties []Property, q FacetQuery) ([]Facet, error)
	// Lists returns the campaign's lists with their counts, the default one
	// first, the others by name.
	Lists(ctx context.Context, campaignID string) ([]List, error)
	// List returns one of them with its counts, nil if there is none of the id.
	List(ctx context.Context, campaignID, id string) (*List, error)
	// CreateList fails with Conflict "shortlist.name_taken", and so does RenameList.
	CreateList(ctx context.Context, l List) error
	// RenameList raises the version; it reports whether the list had the one given.
	RenameList(ctx context.Context, id, name string, version int64) (bool, error)
	// DeleteList deletes the list and its candidates.
	DeleteList(ctx context.Context, id string) error
	// EditList lets edit decide for each story, in the order given, what the list
	// has of it: nil for nothing. Where edit fails, the story stays as it is, and
	// its error is returned at its place. Nobody else edits a list of the campaign
	// meanwhile.
	EditList(ctx context.Context, campaignID, list string, stories []string, edit func(Entry) (*Candidate, error)) (
		[]error, error)
	// Candidates returns stories of a list, the newest first; all statuses where
	// it is empty.
	Candidates(ctx context.Context, campaignID, list string, status Status, after *Cursor, limit int) ([]Listed, error)
	// OnLists returns the candidates of each of the stories on any list.
	OnLists(ctx context.Context, campaignID string, stories []string) (map[string][]Candidate, error)
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
	// EditTags lets edit decide the tags of each story, in the order given, with
	// the rules of EditList. The tags it is given and returns are sorted.
	EditTags(ctx context.Context, campaignID string, stories []string, edit func(Tagged) ([]string, error),
		by account.Actor, at time.Time) ([]error, error)
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
	// Stories returns those of the stories that exist, in the order of their ids
	// given.
	Stories(ctx context.Context, ids []string) ([]*story.Story, error)
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

// maxNote is how many characters a note has at most.
const maxNote = 2000

var (
	errNote = fault.New(fault.Invalid, "board.note", "a note has at most %d characters", maxNote)

	errNotPublished = fault.New(fault.Conflict, "board.not_published",
		"only stories on this campaign's feed can be chosen")

	errUnknownStory = fault.New(fault.NotFound, "story.unknown", "there is no such story")
)

func (s *Service) published(ctx context.Context, slug, id, note string) (*campaign.Campaign, *story.Story, error) {
	if text.Len(note) > maxNote {
		return nil, nil, errNote
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
		return nil, nil, errNotPublished
	}
	return c, st, nil
}
