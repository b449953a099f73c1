package store

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/story"
)

// Bounds of the work for one page.
const (
	// rankAmong is how many of the newest matches of words are sorted by
	// relevance, quality or chance, or looked at for other conditions: ranking all
	// matches of a common word takes a third of a second at a million stories.
	rankAmong = 2000
	// searchAmong is how many stories a page looks at, in the order of the
	// search, for those that match; the next page goes on behind them.
	searchAmong = 10_000
)

// candidate is a story that a search looks at.
type candidate struct {
	StoryID     string
	PublishedAt int64
	Dice        int64
}

// SearchStories implements board.Store.
func (s *Store) SearchStories(ctx context.Context, campaignID string, q board.Query, after *board.Cursor,
	limit int) ([]*story.Story, *board.Cursor, error) {
	k, possible, err := s.seek(ctx, campaignID, q)
	if err != nil || !possible {
		return nil, nil, err
	}
	ids, more, err := s.search(ctx, k, after, limit)
	if err != nil {
		return nil, nil, err
	}
	found, err := s.Stories(ctx, ids)
	return found, more, err
}

// search returns the ids of a page, and where the next page goes on if this
// one ended at a bound.
func (s *Store) search(ctx context.Context, k *seek, after *board.Cursor, limit int) ([]string, *board.Cursor, error) {
	switch {
	case k.Sort == board.Newest || k.Sort == board.Oldest:
		return s.searchInTime(ctx, k, after, limit)
	case k.few():
		ids, err := s.searchAmongNewest(ctx, k, after, limit)
		return ids, nil, err
	case k.Sort == board.Random:
		return s.shuffled(ctx, k, after, limit)
	}
	return s.searchByQuality(ctx, k, after, limit)
}

// searchInTime walks the candidates newest or oldest first.
func (s *Store) searchInTime(ctx context.Context, k *seek, after *board.Cursor, limit int) (
	[]string, *board.Cursor, error,
) {
	direction := bun.Safe("DESC")
	if k.Sort == board.Oldest {
		direction = "ASC"
	}
	bound := s.searchAmong
	switch {
	case !k.more():
		bound = limit
	case k.words.any():
		bound = min(bound, rankAmong)
	}
	among := s.walk(k, after).Limit(int64(bound))
	var ids []string
	page := s.narrow(s.joinListings(among, k), k).Column("l.story_id").
		OrderExpr("c.published_at ?, l.story_id ?", direction, direction).Limit(int64(limit))
	err := s.scan(ctx, k.words, page, &ids)
	if err != nil || len(ids) == limit || bound == limit {
		return ids, nil, s.mapError(err)
	}
	last := s.walk(k, after).Offset(int64(bound - 1)).Limit(1)
	var end []candidate
	err = s.scan(ctx, k.words, s.joinListings(last, k).Column("l.story_id", "l.published_at"), &end)
	if err != nil || len(end) == 0 {
		return ids, nil, s.mapError(err)
	}
	return ids, &board.Cursor{PublishedAt: moment(end[0].PublishedAt), ID: end[0].StoryID}, nil
}

// searchByQuality walks all published stories, the best recordings first.
func (s *Store) searchByQuality(ctx context.Context, k *seek, after *board.Cursor, limit int) (
	[]string, *board.Cursor, error,
) {
	best := func() *bun.SelectQuery {
		sel := s.staff.NewSelect().Table("listings").Where("campaign_id = ?", k.campaign)
		return byQuality(sel, "listings", after)
	}
	var ids []string
	err := s.narrow(s.staff.NewSelect().TableExpr("(?) AS l", best().Limit(int64(s.searchAmong))), k).
		Column("l.story_id").OrderExpr("l.quality DESC, l.story_id DESC").Limit(int64(limit)).Scan(ctx, &ids)
	if err != nil || len(ids) == limit {
		return ids, nil, s.mapError(err)
	}
	var end []string
	err = best().Column("story_id").Offset(int64(s.searchAmong-1)).Limit(1).Scan(ctx, &end)
	if err != nil || len(end) == 0 {
		return ids, nil, s.mapError(err)
	}
	return ids, &board.Cursor{ID: end[0]}, nil
}

// byQuality orders by quality, beginning after the cursor.
func byQuality(sel *bun.SelectQuery, table string, after *board.Cursor) *bun.SelectQuery {
	of := bun.Ident(table)
	if after != nil {
		sel = sel.Where("(?.quality, ?.story_id) < ((SELECT quality FROM stories WHERE id = ?), ?)", of, of, after.ID,
			after.ID)
	}
	return sel.OrderExpr("?.quality DESC, ?.story_id DESC", of, of)
}

// searchAmongNewest sorts the newest candidates: rankAmong of those with the
// words, else searchAmong.
func (s *Store) searchAmongNewest(ctx context.Context, k *seek, after *board.Cursor, limit int) ([]string, error) {
	newest := *k
	newest.Sort = board.Newest
	bound := s.searchAmong
	if k.words.any() {
		bound = rankAmong
	}
	among := s.walk(&newest, nil).Limit(int64(bound))
	if k.Sort == board.Relevance {
		among = s.ranked(among, k.words)
	}
	sel := s.narrow(s.joinListings(among, k), k).Column("l.story_id", "l.dice")
	switch k.Sort {
	case board.Relevance:
		sel = sel.OrderExpr("c.rank, c.published_at DESC, l.story_id DESC").Limit(int64(limit))
		if after != nil {
			sel = sel.Offset(int64(after.Offset))
		}
	case board.Quality:
		sel = byQuality(sel, "l", after).Limit(int64(limit))
	case board.Random, board.Newest, board.Oldest: // sorted below, or in searchInTime
	}
	var found []candidate
	if err := s.scan(ctx, k.words, sel, &found); err != nil {
		return nil, s.mapError(err)
	}
	if k.Sort == board.Random {
		found = newShuffling(k.Seed).page(found, after, limit)
	}
	ids := make([]string, len(found))
	for i, c := range found {
		ids[i] = c.StoryID
	}
	return ids, nil
}
