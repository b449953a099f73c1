package store

import (
	"context"
	"slices"

	"github.com/storyreel/storyreel/internal/board"
)

// CountStories implements board.Store: by the kept counters where the query
// has at most one filter that they count, else among searchAmong candidates.
func (s *Store) CountStories(ctx context.Context, campaignID string, q board.Query) (board.Total, error) {
	q.Sort = board.Newest
	k, possible, err := s.seek(ctx, campaignID, q)
	if err != nil || !possible {
		return board.Total{Exact: true}, err
	}
	if t, ok := k.keptTotal(); ok {
		return t, nil
	}
	var n struct{ Looked, Matched int64 }
	candidates := s.staff.NewSelect().Table("c")
	matched := candidates
	if k.more() {
		matched = s.narrow(s.joinListings(candidates, k), k)
	}
	sel := s.staff.NewSelect().TableExpr(`(WITH c AS MATERIALIZED (?)
		SELECT (SELECT count(*) FROM c) AS looked, (?) AS matched) AS counts`,
		s.walk(k, nil).Limit(int64(s.searchAmong)), matched.ColumnExpr("count(*)")).Column("looked", "matched")
	if err := s.scan(ctx, k.words, sel, &n); err != nil {
		return board.Total{}, s.mapError(err)
	}
	return board.Total{Count: n.Matched, Exact: n.Looked < int64(s.searchAmong)}, nil
}

// keptTotal is the total that the kept counters give; false where they do not.
func (k *seek) keptTotal() (board.Total, bool) {
	rest := k.Query
	rest.Filters = nil
	if rest.Narrowed() || len(k.Filters) > 1 {
		return board.Total{}, false
	}
	n := k.published
	for _, f := range k.Filters {
		if f.Property == board.ByShortlist || f.Property.Multiple() && len(f.In)+len(f.Out) > 1 {
			return board.Total{}, false
		}
		if len(f.In) > 0 {
			n = 0
		}
		for _, v := range f.In {
			n += k.counts[facetKey{f.Property, v}]
		}
		for _, v := range f.Out {
			if len(f.In) == 0 || slices.Contains(f.In, v) {
				n -= k.counts[facetKey{f.Property, v}]
			}
		}
	}
	return board.Total{Count: max(n, 0), Exact: true}, true
}
