package board

import (
	"context"
	"slices"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/text"
)

// Facet is one value of one property and how many stories have it.
type Facet struct {
	Name    Property
	Value   string // a song or artist as one of the stories writes it
	Count   int64
	AtLeast bool // counted among the newest stories alone: there can be more
}

// FacetQuery asks for counts.
type FacetQuery struct {
	Query    Query    // each property is counted with all filters but its own
	Property Property // empty: all
	Prefix   string   // of one property: the beginnings of words that a value has
	Top      int      // values of each property; 1 to MaxFacet, 0 for defaultFacet
}

// Bounds of the values of one property.
const (
	MaxFacet     = 50
	defaultFacet = 20
)

// Facets counts stories by the properties that a search can be narrowed by,
// most frequent first within each. Without a prefix the values that the query
// is narrowed by are always there, even with a count of 0.
func (s *Service) Facets(ctx context.Context, slug string, fq FacetQuery) ([]Facet, error) {
	c, err := s.campaigns.Get(ctx, slug)
	if err != nil {
		return nil, err
	}
	if fq.Query, err = fq.Query.normalized(c.ID); err != nil {
		return nil, err
	}
	names := counted(c)
	if fq.Property != "" {
		if !slices.Contains(names, fq.Property) {
			return nil, fault.New(fault.Invalid, "search.facet", "this campaign's stories are not counted by that")
		}
		names = []Property{fq.Property}
	}
	if fq.Top == 0 {
		fq.Top = defaultFacet
	}
	fq.Top = min(max(fq.Top, 1), MaxFacet)
	if text.Len(fq.Prefix) > maxValue || fq.Prefix != "" && fq.Property == "" {
		return nil, fault.New(fault.Invalid, "search.facet", "a prefix has at most %d characters and needs a facet",
			maxValue)
	}
	if fq.Query, _, err = s.correct(ctx, c.ID, fq.Query); err != nil {
		return nil, err
	}
	return s.store.Facets(ctx, c.ID, names, fq)
}
