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
	if t, ok, err := s.keptTotal(ctx, k); err != nil || ok {
		return t, s.mapError(err)
	}
	var n struct{ Looked, Matched int64 }
	sel := s.staff.NewSelect().TableExpr(`(WITH c AS MATERIALIZED (?), m AS MATERIALIZED (?)
		SELECT (SELECT count(*) FROM c) AS looked, (SELECT count(*) FROM m) AS matched) AS counts`,
		s.walk(k, nil).Limit(int64(s.searchAmong)), s.matched(k)).Column("looked", "matched")
	if err := s.scan(ctx, k.words, sel, &n); err != nil {
		return board.Total{}, s.mapError(err)
	}
	return board.Total{Count: n.Matched, Exact: n.Looked < int64(s.searchAmong)}, nil
}

// keptTotal is the total that the kept counters give; false where they do not.
func (s *Store) keptTotal(ctx context.Context, k *seek) (board.Total, bool, error) {
	rest := k.Query
	rest.Filters = nil
	if rest.Narrowed() || len(k.Filters) > 1 {
		return board.Total{}, false, nil
	}
	all, err := s.publishedCount(ctx, k.campaign)
	if err != nil || len(k.Filters) == 0 {
		return board.Total{Count: all, Exact: true}, true, err
	}
	f := k.Filters[0]
	if f.Property == board.ByShortlist || f.Property.Multiple() && len(f.In)+len(f.Out) > 1 {
		return board.Total{}, false, nil
	}
	counts, err := s.counted(ctx, k.campaign, k.Filters)
	if err != nil {
		return board.Total{}, false, err
	}
	in := len(f.In) > 0
	n := int64(0)
	for _, v := range f.In {
		n += counts[facetKey{f.Property, v}]
	}
	for _, v := range f.Out {
		switch {
		case !in:
			all -= counts[facetKey{f.Property, v}]
		case slices.Contains(f.In, v):
			n -= counts[facetKey{f.Property, v}]
		}
	}
	if !in {
		n = all
	}
	return board.Total{Count: max(n, 0), Exact: true}, true, nil
}
