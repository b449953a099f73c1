package store

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/text"
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
	words := terms{words: text.Query(q.Text, maxWords)}
	if q.Text != "" && !words.any() {
		return nil, nil, nil // punctuation alone matches nothing
	}
	if err := s.measure(ctx, "story_search", "published_at DESC, story_id DESC", campaignID, &words); err != nil {
		return nil, nil, s.mapError(err)
	}
	ids, more, err := s.search(ctx, campaignID, q, words, after, limit)
	if err != nil {
		return nil, nil, err
	}
	found, err := s.storiesByID(ctx, ids)
	return found, more, err
}

// search returns the ids of a page, and where the next page goes on if this
// one ended at a bound.
func (s *Store) search(ctx context.Context, campaignID string, q board.Query, words terms, after *board.Cursor,
	limit int) ([]string, *board.Cursor, error) {
	inTime := q.Sort == board.Newest || q.Sort == board.Oldest
	few := words.any() || leadOf(q) != byNone
	switch {
	case inTime:
		return s.searchInTime(ctx, campaignID, q, words, after, limit)
	case few:
		ids, err := s.searchAmongNewest(ctx, campaignID, q, words, after, limit)
		return ids, nil, err
	case q.Sort == board.Random:
		return s.shuffled(ctx, campaignID, q, after, limit)
	}
	return s.searchByQuality(ctx, campaignID, q, after, limit)
}

// searchInTime walks the candidates newest or oldest first.
func (s *Store) searchInTime(ctx context.Context, campaignID string, q board.Query, words terms,
	after *board.Cursor, limit int) ([]string, *board.Cursor, error) {
	direction := bun.Safe("DESC")
	if q.Sort == board.Oldest {
		direction = "ASC"
	}
	bound := s.searchAmong
	switch {
	case !narrowedBeyond(q, words.any()):
		bound = limit
	case words.any():
		bound = min(bound, rankAmong)
	}
	among := s.walk(campaignID, q, words, after).Limit(int64(bound))
	var ids []string
	page := narrow(s.joinListings(among, campaignID, words), campaignID, q).Column("l.story_id").
		OrderExpr("c.published_at ?, l.story_id ?", direction, direction).Limit(int64(limit))
	err := s.scan(ctx, words, page, &ids)
	if err != nil || len(ids) == limit || bound == limit {
		return ids, nil, s.mapError(err)
	}
	last := s.walk(campaignID, q, words, after).Offset(int64(bound - 1)).Limit(1)
	var end []candidate
	err = s.scan(ctx, words, s.joinListings(last, campaignID, words).Column("l.story_id", "l.published_at"), &end)
	if err != nil || len(end) == 0 {
		return ids, nil, s.mapError(err)
	}
	return ids, &board.Cursor{PublishedAt: moment(end[0].PublishedAt), ID: end[0].StoryID}, nil
}

// searchByQuality walks all published stories, the best recordings first.
func (s *Store) searchByQuality(ctx context.Context, campaignID string, q board.Query, after *board.Cursor,
	limit int) ([]string, *board.Cursor, error) {
	best := func() *bun.SelectQuery {
		sel := s.staff.NewSelect().Table("listings").Where("campaign_id = ?", campaignID)
		return byQuality(sel, "listings", after)
	}
	var ids []string
	err := narrow(s.staff.NewSelect().TableExpr("(?) AS l", best().Limit(int64(s.searchAmong))), campaignID, q).
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
func (s *Store) searchAmongNewest(ctx context.Context, campaignID string, q board.Query, words terms,
	after *board.Cursor, limit int) ([]string, error) {
	newest := q
	newest.Sort = board.Newest
	bound := s.searchAmong
	if words.any() {
		bound = rankAmong
	}
	among := s.walk(campaignID, newest, words, nil).Limit(int64(bound))
	if q.Sort == board.Relevance {
		among = s.ranked(among, words)
	}
	sel := narrow(s.joinListings(among, campaignID, words), campaignID, q).Column("l.story_id", "l.dice")
	switch q.Sort {
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
	if err := s.scan(ctx, words, sel, &found); err != nil {
		return nil, s.mapError(err)
	}
	if q.Sort == board.Random {
		found = newShuffling(q.Seed).page(found, after, limit)
	}
	ids := make([]string, len(found))
	for i, c := range found {
		ids[i] = c.StoryID
	}
	return ids, nil
}

// lead is the one condition of a search without words that an index finds in
// order of time; the others are looked for among what it finds.
type lead int

const (
	byNone lead = iota
	byTag
	byShortlist
	bySong
	byArtist
	byCountry
)

func leadOf(q board.Query) lead {
	switch {
	case q.Tag != "":
		return byTag
	case q.Shortlisted:
		return byShortlist
	case q.Song != "":
		return bySong
	case q.Artist != "":
		return byArtist
	case q.Country != "":
		return byCountry
	}
	return byNone
}

// narrowedBeyond reports whether a query has conditions besides its words or
// its lead.
func narrowedBeyond(q board.Query, words bool) bool {
	q.Text = ""
	if !words {
		switch leadOf(q) {
		case byTag:
			q.Tag = ""
		case byShortlist:
			q.Shortlisted = false
		case bySong:
			q.Song = ""
		case byArtist:
			q.Artist = ""
		case byCountry:
			q.Country = ""
		case byNone:
		}
	}
	return q.Narrowed()
}

// walk selects, in order of time after the cursor, the stories with the
// words, else with the tag, on the shortlist, or with the song, artist or
// country, else all: what one index finds in that order.
func (s *Store) walk(campaignID string, q board.Query, words terms, after *board.Cursor) *bun.SelectQuery {
	if words.any() {
		return s.matches(campaignID, words, q.Sort, after)
	}
	sel := s.staff.NewSelect().TableExpr("listings AS i").Column("i.story_id", "i.published_at")
	switch leadOf(q) {
	case byTag:
		sel = sel.Join("JOIN tags AS t ON t.story_id = i.story_id").Where("t.campaign_id = ?", campaignID).
			Where("t.tag = ?", q.Tag)
	case byShortlist:
		sel = sel.Join("JOIN shortlist AS t ON t.story_id = i.story_id").Where("t.campaign_id = ?", campaignID)
	case bySong:
		sel = sel.Where("i.song_fold = ?", q.Song)
	case byArtist:
		sel = sel.Where("i.artist_fold = ?", q.Artist)
	case byCountry:
		sel = sel.Where("i.country = ?", q.Country)
	case byNone:
	}
	return inTime(sel.Where("i.campaign_id = ?", campaignID), "i.published_at", "i.story_id", q.Sort, after)
}

// inTime orders by publication, beginning after the cursor.
func inTime(sel *bun.SelectQuery, at, id bun.Safe, by board.Sort, after *board.Cursor) *bun.SelectQuery {
	direction, behind := bun.Safe("DESC"), bun.Safe("<")
	if by == board.Oldest {
		direction, behind = "ASC", ">"
	}
	if after != nil {
		sel = sel.Where("(?, ?) ? (?, ?)", at, id, behind, micros(after.PublishedAt), after.ID)
	}
	return sel.OrderExpr("? ?, ? ?", at, direction, id, direction)
}

// matches selects from the full-text index, in order of time after the cursor.
// SQLite's holds the publication time as its row number, and no two are alike.
func (s *Store) matches(campaignID string, words terms, by board.Sort, after *board.Cursor) *bun.SelectQuery {
	if s.postgres {
		sel := s.staff.NewSelect().TableExpr("story_search AS i").Column("i.story_id", "i.published_at", "i.tsv").
			Where("i.campaign_id = ?", campaignID).
			Where("i.tsv @@ to_tsquery('simple', ?)", postgresWords(words.words))
		if words.frequent() {
			return inTime(sel, "i.published_at", "i.story_id", by, after)
		}
		return inTime(sel, "(i.published_at + 0)", "i.story_id", by, after)
	}
	sel := s.staff.NewSelect().TableExpr("story_search").ColumnExpr("rowid AS published_at, rank").
		Where("story_search MATCH ?", matchExpr(campaignID, words.words))
	if by == board.Oldest {
		if after != nil {
			sel = sel.Where("rowid > ?", micros(after.PublishedAt))
		}
		return sel.OrderExpr("rowid")
	}
	if after != nil {
		sel = sel.Where("rowid < ?", micros(after.PublishedAt))
	}
	return sel.OrderExpr("rowid DESC")
}

// ranked adds the rank of each match, the best being the least. In SQLite it
// comes with the matches.
func (s *Store) ranked(matches *bun.SelectQuery, words terms) *bun.SelectQuery {
	if !s.postgres {
		return matches
	}
	return s.staff.NewSelect().TableExpr("(?) AS m", matches).
		ColumnExpr("m.story_id, m.published_at, -ts_rank(m.tsv, to_tsquery('simple', ?)) AS rank",
			postgresWords(words.words))
}

// joinListings joins the candidates with what they are filtered and sorted by.
// SQLite keeps the order of a CROSS JOIN; PostgreSQL would read all listings to
// join them with a few thousand candidates.
func (s *Store) joinListings(walk *bun.SelectQuery, campaignID string, words terms) *bun.SelectQuery {
	sel := s.staff.NewSelect().TableExpr("(?) AS c", walk)
	if s.postgres {
		return sel.Join("CROSS JOIN LATERAL (SELECT * FROM listings WHERE listings.story_id = c.story_id LIMIT 1) AS l")
	}
	if words.any() {
		return sel.Join("CROSS JOIN listings AS l ON l.campaign_id = ? AND l.published_at = c.published_at", campaignID)
	}
	return sel.Join("CROSS JOIN listings AS l ON l.story_id = c.story_id")
}

// narrow adds the conditions of a query but its text to a query of listings
// called l.
func narrow(sel *bun.SelectQuery, campaignID string, q board.Query) *bun.SelectQuery {
	for _, f := range []struct{ column, want string }{
		{"song_fold", q.Song}, {"artist_fold", q.Artist}, {"country", q.Country},
		{"orientation", string(q.Orientation)}, {"locale", q.Language},
	} {
		if f.want != "" {
			sel = sel.Where("l.? = ?", bun.Ident(f.column), f.want)
		}
	}
	if q.MinDuration > 0 {
		sel = sel.Where("l.duration_ms >= ?", q.MinDuration.Milliseconds())
	}
	if q.MaxDuration > 0 {
		sel = sel.Where("l.duration_ms <= ?", q.MaxDuration.Milliseconds())
	}
	if q.Quality != "" {
		least, below := media.QualityRange(q.Quality)
		sel = sel.Where("l.quality >= ?", least).Where("l.quality < ?", below)
	}
	if q.Tag != "" {
		sel = sel.Where(`EXISTS (SELECT 1 FROM tags AS n
			WHERE n.campaign_id = ? AND n.tag = ? AND n.story_id = l.story_id)`, campaignID, q.Tag)
	}
	if q.Uncaptioned {
		sel = sel.Where("NOT EXISTS (SELECT 1 FROM captions WHERE captions.story_id = l.story_id)")
	}
	if q.Shortlisted {
		sel = sel.Where("EXISTS (SELECT 1 FROM shortlist AS n WHERE n.campaign_id = ? AND n.story_id = l.story_id)",
			campaignID)
	}
	return sel
}
