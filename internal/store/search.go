package store

import (
	"context"
	"fmt"
	"hash/fnv"
	"strings"
	"unicode"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/caption"
	"github.com/storyreel/storyreel/internal/feed"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
)

var _ feed.Store = (*Store)(nil)

// rankAmong bounds how many of the newest matches are ranked: ranking all
// matches of a common word costs a third of a second at a million stories.
const rankAmong = 2000

// Feed implements feed.Store.
func (s *Store) Feed(ctx context.Context, campaignID string, f feed.Filter, after *feed.Cursor,
	limit int) ([]*story.Story, error) {
	q := published(s.r.NewSelect(), campaignID)
	if f.Country != "" {
		q = q.Where("country = ?", f.Country)
	}
	q = bySong(q, f.Song, f.Artist)
	if after != nil {
		q = q.Where("(published_at, id) < (?, ?)", micros(after.PublishedAt), after.ID)
	}
	return s.selectStories(ctx, q.Order("published_at DESC", "id DESC").Limit(int64(limit)))
}

func published(q *bun.SelectQuery, campaignID string) *bun.SelectQuery {
	return q.Where("stories.campaign_id = ?", campaignID).Where("state = 'published'")
}

func bySong(q *bun.SelectQuery, song, artist string) *bun.SelectQuery {
	if song != "" {
		q = q.Where("song_fold = ?", song)
	}
	if artist != "" {
		q = q.Where("artist_fold = ?", artist)
	}
	return q
}

// SearchStories implements board.Store.
func (s *Store) SearchStories(ctx context.Context, campaignID string, q board.Query, after *board.Cursor,
	limit int) ([]*story.Story, error) {
	sel := bySong(published(s.r.NewSelect(), campaignID), q.Song, q.Artist)
	if q.Country != "" {
		sel = sel.Where("country = ?", q.Country)
	}
	if q.Orientation != "" {
		sel = sel.Where("orientation = ?", string(q.Orientation))
	}
	if q.MinDuration > 0 {
		sel = sel.Where("duration_ms >= ?", q.MinDuration.Milliseconds())
	}
	if q.MaxDuration > 0 {
		sel = sel.Where("duration_ms <= ?", q.MaxDuration.Milliseconds())
	}
	if q.Language != "" {
		sel = sel.Where("locale = ?", q.Language)
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
	at := "stories.published_at"
	if words := searchWords(q.Text); len(words) > 0 {
		sel, at = s.matching(sel, campaignID, words, q.Sort)
	} else if q.Text != "" {
		return nil, nil // nothing but punctuation matches nothing
	}
	switch q.Sort {
	case board.Random:
		deal := dealOf(q.Seed)
		dealt := func(sel *bun.SelectQuery) *bun.SelectQuery {
			if after != nil {
				sel = sel.Where("(?, stories.id) > ((SELECT ? FROM stories WHERE id = ?), ?)", deal, deal, after.ID,
					after.ID)
			}
			return sel.OrderExpr("?, stories.id", deal)
		}
		if !q.Narrowed() { // the dice alone are sorted, in their index; rows are read for one page only
			sel = sel.Where("stories.id IN (?)",
				dealt(published(s.r.NewSelect().Table("stories").Column("stories.id"), campaignID)).Limit(int64(limit)))
		}
		sel = dealt(sel)
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
		sel = sel.OrderExpr("hits.rank, ? DESC", bun.Safe(at))
	case board.Oldest:
		if after != nil {
			sel = sel.Where("(?, stories.id) > (?, ?)", bun.Safe(at), micros(after.PublishedAt), after.ID)
		}
		sel = sel.OrderExpr("?, stories.id", bun.Safe(at))
	case board.Newest:
		if after != nil {
			sel = sel.Where("(?, stories.id) < (?, ?)", bun.Safe(at), micros(after.PublishedAt), after.ID)
		}
		sel = sel.OrderExpr("? DESC, stories.id DESC", bun.Safe(at))
	}
	return s.selectStories(ctx, sel.Limit(int64(limit)))
}

// dealOf is the place of a story in the order that a seed deals. Multiplying
// modulo a prime puts every die in another place, and each of two stories is
// as likely to come first.
func dealOf(seed string) bun.Safe {
	h := fnv.New64a()
	h.Write([]byte(seed))
	n := h.Sum64()
	return bun.Safe(fmt.Sprintf("((dice * %d + %d) %% %d)", 1+n%(diceSides-1), n>>33, diceSides))
}

// searchWords splits a person's search into words of letters and digits, so
// that no query language of any engine can be reached from it.
func searchWords(text string) []string {
	words := strings.FieldsFunc(strings.ToLower(text),
		func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
	return words[:min(len(words), 12)]
}

// matching joins the full-text index. It returns the column by which hits
// are in time order without sorting.
func (s *Store) matching(
	sel *bun.SelectQuery, campaignID string, words []string, sort board.Sort,
) (*bun.SelectQuery, string) {
	if s.postgres {
		query := strings.Join(words, ":* & ") + ":*"
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
	match := "scope : " + scope(campaignID) + " AND body : (\"" + strings.Join(words, "\" * AND \"") + "\" *)"
	if sort != board.Relevance {
		return sel.Join("JOIN story_search AS hits ON hits.story_id = stories.id").Where("story_search MATCH ?", match),
			"hits.rowid"
	}
	return sel.Join(`JOIN (SELECT story_id, rowid AS published_at, rank FROM story_search
		WHERE rowid IN (SELECT rowid FROM story_search WHERE story_search MATCH ? ORDER BY rowid DESC LIMIT ?)
		AND story_search MATCH ?) AS hits ON hits.story_id = stories.id`,
		match, rankAmong, match), "hits.published_at"
}

// scope is a campaign's id as one word of the full-text index.
func scope(campaignID string) string { return strings.ReplaceAll(campaignID, "-", "") }

// index makes a story findable from the moment its row says published, and
// counts it. In SQLite the moment must be nobody else's, as it is the row's number.
func (s *Store) index(ctx context.Context, tx bun.Tx, st *story.Story, row *storyRow) error {
	for taken := 1; !s.postgres; row.PublishedAt++ {
		if err := tx.NewRaw(`SELECT count(*) FROM story_search WHERE rowid = ?`, row.PublishedAt).
			Scan(ctx, &taken); err != nil {
			return err
		}
		if taken == 0 {
			break
		}
	}
	if err := s.indexText(ctx, tx, st, row.PublishedAt); err != nil {
		return err
	}
	return s.count(ctx, tx, st, row, 1)
}

// indexText writes what a search looks through: the story's words and what
// is said in it, as far as captions tell.
func (s *Store) indexText(ctx context.Context, tx bun.Tx, st *story.Story, publishedAt int64) error {
	var said []string
	if err := tx.NewRaw(`SELECT vtt FROM captions WHERE story_id = ? ORDER BY locale`, st.ID).
		Scan(ctx, &said); err != nil {
		return err
	}
	words := []string{searchText(st)}
	for _, vtt := range said {
		cues, err := caption.Parse(vtt)
		if err != nil {
			continue // it was read when it was written; a story is not held back for want of it
		}
		for _, c := range cues {
			words = append(words, c.Text)
		}
	}
	body := strings.Join(words, "\n")
	if s.postgres {
		_, err := tx.NewRaw(`INSERT INTO story_search (story_id, campaign_id, published_at, tsv)
			VALUES (?, ?, ?, to_tsvector('simple', ?))
			ON CONFLICT (story_id) DO UPDATE SET published_at = excluded.published_at, tsv =
			excluded.tsv`, st.ID, st.Campaign, publishedAt, body).Exec(ctx)
		return err
	}
	_, err := tx.NewRaw(`INSERT OR REPLACE INTO story_search (rowid, scope, body, story_id) VALUES (?, ?, ?, ?)`,
		publishedAt, scope(st.Campaign), body, st.ID).Exec(ctx)
	return err
}

// unindex undoes index for a story that leaves the feed.
func (s *Store) unindex(ctx context.Context, tx bun.Tx, st *story.Story, row *storyRow) error {
	q := `DELETE FROM story_search WHERE story_id = ?`
	if _, err := tx.NewRaw(q, st.ID).Exec(ctx); err != nil {
		return err
	}
	return s.count(ctx, tx, st, row, -1)
}

// count adds d to the counter of each facet of the story.
func (s *Store) count(ctx context.Context, tx bun.Tx, st *story.Story, row *storyRow, d int) error {
	for _, f := range facetsOf(st, row) {
		if f.Value == "" {
			continue
		}
		if _, err := tx.NewRaw(`INSERT INTO facets (campaign_id, name, value, n) VALUES (?, ?, ?, ?)
			ON CONFLICT (campaign_id, name, value) DO UPDATE
			SET n = facets.n + excluded.n`, st.Campaign, f.Name, f.Value, d).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// facetsOf lists values in one order for every story, so that two
// transactions never wait for each other in a circle.
func facetsOf(st *story.Story, row *storyRow) []board.Facet {
	return []board.Facet{
		{Name: "artist", Value: st.Song.Artist},
		{Name: "country", Value: row.Country},
		{Name: "duration", Value: durationBand(row.DurationMS)},
		{Name: "language", Value: row.Locale},
		{Name: "orientation", Value: row.Orientation},
		{Name: "quality", Value: media.QualityBand(row.Quality)},
		{Name: "song", Value: st.Song.Title},
	}
}

func durationBand(ms int64) string {
	switch {
	case ms < 15_000:
		return "0-15"
	case ms < 30_000:
		return "15-30"
	case ms < 60_000:
		return "30-60"
	default:
		return "60-"
	}
}
