package board

import (
	"context"
	"slices"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/page"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/text"
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
	Random    Sort = "random"  // each order as likely, and the same for the same seed
)

// Query is a search among the published stories of a campaign. Empty fields
// match everything.
type Query struct {
	Text        string // words or prefixes of words, all of which must occur
	Exact       bool   // words that no story has are looked for as they stand
	Filters     []Filter
	MinDuration time.Duration
	MaxDuration time.Duration
	Uncaptioned bool // without captions in any language
	Sort        Sort
	Seed        string // of Random
}

// Narrowed reports whether the query leaves out any published story.
func (q Query) Narrowed() bool {
	return q.Text != "" || len(q.Filters) > 0 || q.MinDuration > 0 || q.MaxDuration > 0 || q.Uncaptioned
}

// Cursor is the place in a result just after the story with this time and id
// or, by relevance, at an offset.
type Cursor struct {
	PublishedAt time.Time `json:"t"`
	ID          string    `json:"i,omitempty"`
	Offset      int       `json:"o,omitempty"`
}

// maxSearches is how many searches a campaign can have saved.
const maxSearches = 100

// SavedSearch is a named search, for the whole team.
type SavedSearch struct {
	ID       string
	Campaign string // id
	Name     string
	Query    string // the query part of the board page's address
	By       account.Actor
	At       time.Time
}

// maxOffset bounds how far a search by relevance is read.
const maxOffset = 1_000_000

// Found is a page of a search.
type Found struct {
	page.Page[*story.Story, Cursor]
	Total     *Total // of the first page alone
	Corrected []Correction
}

// Total is how many stories a search finds.
type Total struct {
	Count int64
	Exact bool // false: there are at least as many
}

// Search returns a page of stories. It may have fewer than limit, or none, and
// still a next page, as the work for one page is bounded.
func (s *Service) Search(ctx context.Context, slug string, q Query, after *Cursor, limit int) (*Found, error) {
	c, err := s.campaigns.Get(ctx, slug)
	if err != nil {
		return nil, err
	}
	if q, err = q.normalized(c.ID); err != nil {
		return nil, err
	}
	switch {
	case after != nil && (after.Offset < 0 || after.Offset > maxOffset):
		return nil, fault.New(fault.Invalid, "cursor.invalid",
			"this cursor was not given out by this list; start from the first page")
	case q.Sort == "" || (q.Sort == Relevance && q.Text == ""):
		q.Sort = Newest
	}
	q, corrected, err := s.correct(ctx, c.ID, q)
	if err != nil {
		return nil, err
	}
	limit = min(max(limit, 1), MaxPage)
	rows, more, err := s.store.SearchStories(ctx, c.ID, q, after, limit+1)
	if err != nil {
		return nil, err
	}
	found := &Found{Page: cut(rows, q.Sort, after, limit), Corrected: corrected}
	if found.Next == nil {
		found.Next = more
	}
	switch {
	case after != nil:
	case found.Next == nil && (q.Sort == Newest || q.Sort == Oldest): // other orders end at a bound
		found.Total = &Total{Count: int64(len(rows)), Exact: true}
	default:
		found.Total, err = s.total(ctx, c.ID, q)
	}
	return found, err
}

// cut makes a page of one story more than it may have.
func cut(rows []*story.Story, sort Sort, after *Cursor, limit int) page.Page[*story.Story, Cursor] {
	return page.Cut(rows, limit, func(last *story.Story) Cursor {
		switch {
		case sort != Relevance:
			return Cursor{PublishedAt: last.PublishedAt, ID: last.ID}
		case after != nil:
			return Cursor{Offset: after.Offset + limit}
		}
		return Cursor{Offset: limit}
	})
}

// total counts what a search finds.
func (s *Service) total(ctx context.Context, campaignID string, q Query) (*Total, error) {
	t, err := s.store.CountStories(ctx, campaignID, q)
	return &t, err
}

// SavedSearches lists the team's saved searches, by name.
func (s *Service) SavedSearches(ctx context.Context, slug string) ([]SavedSearch, error) {
	c, err := s.campaigns.Get(ctx, slug)
	if err != nil {
		return nil, err
	}
	return s.store.SavedSearches(ctx, c.ID)
}

// SaveSearch saves a search under a name, replacing one of that name, however
// it is written.
func (s *Service) SaveSearch(ctx context.Context, slug, name, query string, by account.Actor) error {
	name, query = text.Line(name), text.Line(query)
	if n := text.Len(name); n == 0 || n > 80 || len(query) > 2000 {
		return fault.New(fault.Invalid, "search.name",
			"a saved search needs a name of 1 to 80 characters and a query of at most 2000")
	}
	c, err := s.campaigns.Get(ctx, slug)
	if err != nil {
		return err
	}
	all, err := s.store.SavedSearches(ctx, c.ID)
	if err != nil {
		return err
	}
	known := slices.IndexFunc(all, func(x SavedSearch) bool { return text.Fold(x.Name) == text.Fold(name) })
	if known >= 0 {
		name = all[known].Name
	} else if len(all) >= maxSearches {
		return fault.New(fault.Conflict, "search.many", "at most %d searches can be saved; delete one first",
			maxSearches)
	}
	return s.store.SaveSearch(ctx,
		SavedSearch{ID: id.New(), Campaign: c.ID, Name: name, Query: query, By: by, At: s.now()})
}

// DeleteSearch deletes a saved search; deleting twice is no error.
func (s *Service) DeleteSearch(ctx context.Context, slug, id string) error {
	c, err := s.campaigns.Get(ctx, slug)
	if err != nil {
		return err
	}
	return s.store.DeleteSearch(ctx, c.ID, id)
}
