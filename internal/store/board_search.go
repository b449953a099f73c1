package store

import (
	"context"
	"strings"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/text"
)

// rankAmong is how many of the newest matches are ranked: ranking all matches
// of a common word takes a third of a second at a million stories.
const rankAmong = 2000

// SearchStories implements board.Store.
func (s *Store) SearchStories(ctx context.Context, campaignID string, q board.Query, after *board.Cursor,
	limit int) ([]*story.Story, error) {
	sel := narrow(published(s.staff.NewSelect(), campaignID), campaignID, q)
	at := "stories.published_at"
	if words := text.Query(q.Text, maxWords); len(words) > 0 {
		sel, at = s.matching(sel, campaignID, words, q.Sort)
	} else if q.Text != "" {
		return nil, nil // punctuation alone matches nothing
	}
	if q.Sort == board.Random {
		sel = s.shuffle(sel, campaignID, q, after, limit)
	} else {
		sel = order(sel, q.Sort, bun.Safe(at), after)
	}
	return s.selectStories(ctx, sel.Limit(int64(limit)))
}

// narrow adds the conditions of a query but its text.
func narrow(sel *bun.SelectQuery, campaignID string, q board.Query) *bun.SelectQuery {
	sel = bySong(sel, q.Song, q.Artist)
	for _, f := range []struct{ column, want string }{
		{"country", q.Country}, {"orientation", string(q.Orientation)}, {"locale", q.Language},
	} {
		if f.want != "" {
			sel = sel.Where("? = ?", bun.Ident(f.column), f.want)
		}
	}
	if q.MinDuration > 0 {
		sel = sel.Where("duration_ms >= ?", q.MinDuration.Milliseconds())
	}
	if q.MaxDuration > 0 {
		sel = sel.Where("duration_ms <= ?", q.MaxDuration.Milliseconds())
	}
	if q.Quality != "" {
		least, below := media.QualityRange(q.Quality)
		sel = sel.Where("quality >= ?", least).Where("quality < ?", below)
	}
	if q.Tag != "" {
		sel = sel.Where("stories.id IN (SELECT story_id FROM tags WHERE tags.campaign_id = ? AND tag = ?)", campaignID,
			q.Tag)
	}
	if q.Uncaptioned {
		sel = sel.Where("NOT EXISTS (SELECT 1 FROM captions WHERE captions.story_id = stories.id)")
	}
	if q.Shortlisted {
		sel = sel.Where("stories.id IN (SELECT story_id FROM shortlist WHERE shortlist.campaign_id = ?)", campaignID)
	}
	return sel
}

// order sorts by anything but chance, beginning after the cursor. at is the
// column of the publication time.
func order(sel *bun.SelectQuery, by board.Sort, at bun.Safe, after *board.Cursor) *bun.SelectQuery {
	switch by {
	case board.Quality:
		if after != nil {
			sel = sel.Where("(quality, stories.id) < ((SELECT quality FROM stories WHERE id = ?), ?)", after.ID,
				after.ID)
		}
		sel = sel.OrderExpr("quality DESC, stories.id DESC")
	case board.Relevance:
		if after != nil {
			sel = sel.Offset(int64(after.Offset))
		}
		sel = sel.OrderExpr("hits.rank, ? DESC", at)
	case board.Oldest:
		if after != nil {
			sel = sel.Where("(?, stories.id) > (?, ?)", at, micros(after.PublishedAt), after.ID)
		}
		sel = sel.OrderExpr("?, stories.id", at)
	case board.Newest:
		if after != nil {
			sel = sel.Where("(?, stories.id) < (?, ?)", at, micros(after.PublishedAt), after.ID)
		}
		sel = sel.OrderExpr("? DESC, stories.id DESC", at)
	case board.Random: // see shuffle
	}
	return sel
}

// shuffle sorts in the order of the query's seed, beginning after the cursor.
// Where the query leaves out no story only the keys are sorted, in their index,
// and rows are read for one page only.
func (s *Store) shuffle(
	sel *bun.SelectQuery, campaignID string, q board.Query, after *board.Cursor, limit int,
) *bun.SelectQuery {
	place := shuffleExpr(q.Seed)
	sorted := func(sel *bun.SelectQuery) *bun.SelectQuery {
		if after != nil {
			sel = sel.Where("(?, stories.id) > ((SELECT ? FROM stories WHERE id = ?), ?)", place, place, after.ID,
				after.ID)
		}
		return sel.OrderExpr("?, stories.id", place)
	}
	if !q.Narrowed() {
		ids := published(s.staff.NewSelect().Table("stories").Column("stories.id"), campaignID)
		sel = sel.Where("stories.id IN (?)", sorted(ids).Limit(int64(limit)))
	}
	return sorted(sel)
}

// maxWords is how many terms of a search are looked for; a sentence of a
// language without spaces has one for each character.
const maxWords = 24

// prefixQuery is PostgreSQL's search for words that begin with these.
func prefixQuery(words []string) string { return strings.Join(words, ":* & ") + ":*" }

// matchExpr is SQLite's.
func matchExpr(campaignID string, words []string) string {
	return "scope : " + scope(campaignID) + " AND body : (\"" + strings.Join(words, "\" * AND \"") + "\" *)"
}

// matching joins the full-text index. It returns the column by which hits
// are in time order without a sort.
func (s *Store) matching(
	sel *bun.SelectQuery, campaignID string, words []string, sort board.Sort,
) (*bun.SelectQuery, string) {
	if s.postgres {
		query := prefixQuery(words)
		if sort != board.Relevance {
			return sel.Join("JOIN story_search AS hits ON hits.story_id = stories.id").
					Where("hits.campaign_id = ?", campaignID).Where("hits.tsv @@ to_tsquery('simple', ?)", query),
				"hits.published_at"
		}
		return sel.Join(`JOIN (SELECT story_id, published_at, -ts_rank(tsv, to_tsquery('simple', ?)) AS rank FROM (
			SELECT story_id, published_at, tsv FROM story_search
			WHERE campaign_id = ? AND tsv @@ to_tsquery('simple', ?)
			ORDER BY published_at DESC LIMIT ?) AS newest) AS hits ON hits.story_id = stories.id`,
			query, campaignID, query, rankAmong), "hits.published_at"
	}
	match := matchExpr(campaignID, words)
	if sort != board.Relevance {
		return sel.Join("JOIN story_search AS hits ON hits.story_id = stories.id").Where("story_search MATCH ?", match),
			"hits.rowid"
	}
	return sel.Join(`JOIN (SELECT story_id, rowid AS published_at, rank FROM story_search
		WHERE rowid IN (SELECT rowid FROM story_search WHERE story_search MATCH ? ORDER BY rowid DESC LIMIT ?)
		AND story_search MATCH ?) AS hits ON hits.story_id = stories.id`,
		match, rankAmong, match), "hits.published_at"
}

// SavedSearches implements board.Store.
func (s *Store) SavedSearches(ctx context.Context, campaignID string) ([]board.SavedSearch, error) {
	var rows []struct {
		markRow
		ID, Name, Query string
	}
	if err := s.staff.NewRaw(
		`SELECT id, name, query, actor_id, actor_name, at FROM saved_searches WHERE campaign_id = ? ORDER BY name`,
		campaignID).Scan(ctx, &rows); err != nil {
		return nil, s.mapError(err)
	}
	out := make([]board.SavedSearch, len(rows))
	for i, r := range rows {
		out[i] = board.SavedSearch{
			ID: r.ID, Campaign: campaignID, Name: r.Name, Query: r.Query, By: r.by(), At: moment(r.At),
		}
	}
	return out, nil
}

// SaveSearch implements board.Store.
func (s *Store) SaveSearch(ctx context.Context, v board.SavedSearch) error {
	_, err := s.w.NewRaw(`INSERT INTO saved_searches (id, campaign_id, name, query, actor_id, actor_name, at)
		VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (campaign_id, name) DO UPDATE SET query = excluded.query, actor_id = excluded.actor_id,
		actor_name = excluded.actor_name, at = excluded.at`,
		v.ID, v.Campaign, v.Name, v.Query, v.By.ID, v.By.Name, micros(v.At)).Exec(ctx)
	return s.mapError(err)
}

// DeleteSearch implements board.Store.
func (s *Store) DeleteSearch(ctx context.Context, campaignID, id string) error {
	_, err := s.w.NewRaw(`DELETE FROM saved_searches WHERE campaign_id = ? AND id = ?`, campaignID, id).Exec(ctx)
	return s.mapError(err)
}
