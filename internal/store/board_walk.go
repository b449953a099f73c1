package store

import (
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/text"
)

// seek is a search with what decides how it is executed.
type seek struct {
	board.Query
	campaign string
	words    terms
	lead     board.Filter // whose stories an index finds in order of time; zero: none
	among    int64        // how many stories have the lead, or are published; with words they are fewer

	// Kept counters: of every value that filters name, and of all published
	// stories. They are not read for a search with words.
	counts    map[facetKey]int64
	published int64
}

// seek prepares a search; false where its text has no words, so that nothing
// can match.
func (s *Store) seek(ctx context.Context, campaignID string, q board.Query) (*seek, bool, error) {
	k := &seek{Query: q, campaign: campaignID, words: terms{words: text.Query(q.Text, maxWords)}}
	if q.Text != "" && !k.words.any() {
		return k, false, nil // punctuation alone matches nothing
	}
	if err := s.measure(ctx, "story_search", newestPublished, campaignID, &k.words); err != nil {
		return nil, false, s.mapError(err)
	}
	return k, true, s.mapError(s.chooseLead(ctx, k))
}

// leading are the properties whose column of listings has an index in order of
// time.
var leading = []board.Property{board.BySong, board.ByArtist, board.ByCountry, board.ByLanguage}

// chooseLead makes the filter with the fewest stories the lead, by the kept
// counters. Stories with a tag or on a shortlist are sorted by time, so they
// lead only while they are few.
func (s *Store) chooseLead(ctx context.Context, k *seek) (err error) {
	if k.words.any() {
		return nil
	}
	if k.counts, err = s.counted(ctx, k.campaign, k.Filters); err != nil {
		return err
	}
	if k.published, err = s.publishedCount(ctx, k.campaign); err != nil {
		return err
	}
	k.among = k.published
	for _, f := range k.Filters {
		column := slices.Contains(leading, f.Property)
		_, answer := f.Property.Question()
		sorted := f.Property.Multiple()
		if len(f.In) == 0 || !column && !answer && !sorted {
			continue
		}
		n := int64(0)
		for _, v := range f.In {
			n += k.counts[facetKey{f.Property, v}]
		}
		if f.Property == board.ByShortlist {
			if n, err = s.listedCount(ctx, k.campaign, f.In); err != nil {
				return err
			}
		}
		if sorted && n > int64(s.searchAmong) {
			continue
		}
		if k.lead.Property == "" || n < k.among {
			k.lead, k.among = f, n
		}
	}
	return nil
}

// facetKey names a counter.
type facetKey struct {
	property board.Property
	value    string
}

// counted returns the counters of every value that filters name.
func (s *Store) counted(ctx context.Context, campaignID string, filters []board.Filter) (map[facetKey]int64, error) {
	out := map[facetKey]int64{}
	var parts []string
	var args []any
	for _, f := range filters {
		if values := slices.Concat(f.In, f.Out); f.Property != board.ByShortlist && len(values) > 0 {
			parts = append(parts,
				`SELECT name, value, n FROM facets WHERE campaign_id = ? AND name = ? AND value IN (?)`)
			args = append(args, campaignID, string(f.Property), bun.List(values))
		}
	}
	if len(parts) == 0 {
		return out, nil
	}
	var rows []struct {
		Name, Value string
		N           int64
	}
	if err := s.staff.NewRaw(strings.Join(parts, " UNION ALL "), args...).Scan(ctx, &rows); err != nil {
		return nil, err
	}
	for _, r := range rows {
		out[facetKey{board.Property(r.Name), r.Value}] = r.N
	}
	return out, nil
}

// publishedCount is the kept number of published stories.
func (s *Store) publishedCount(ctx context.Context, campaignID string) (n int64, err error) {
	err = s.staff.NewRaw(`SELECT coalesce(sum(n), 0) FROM story_counts WHERE campaign_id = ? AND state = 'published'`,
		campaignID).Scan(ctx, &n)
	return n, err
}

// few reports whether the candidates are those with the words or the lead,
// instead of all published stories.
func (k *seek) few() bool { return k.words.any() || k.lead.Property != "" }

// more reports whether the search has conditions besides its words or its lead.
func (k *seek) more() bool {
	q := k.Query
	q.Text = ""
	if !k.words.any() && k.lead.Property != "" {
		if len(k.lead.Out) > 0 {
			return true
		}
		q = q.Without(k.lead.Property)
	}
	return q.Narrowed()
}

// walk selects, in order of time after the cursor, the stories with the words,
// else those with the lead, else all: what an index finds in that order, or
// what is few enough to be sorted.
func (s *Store) walk(k *seek, after *board.Cursor) *bun.SelectQuery {
	if k.words.any() {
		return s.matches(k.campaign, k.words, k.Sort, after)
	}
	listed := func() *bun.SelectQuery {
		return s.staff.NewSelect().TableExpr("listings AS i").Column("i.story_id", "i.published_at").
			Where("i.campaign_id = ?", k.campaign)
	}
	question, answer := k.lead.Property.Question()
	switch {
	case k.lead.Property.Multiple():
		sel := s.staff.NewSelect().TableExpr("(?) AS t", s.marked(k.campaign, k.lead.Property, k.lead.In)).
			Join("CROSS JOIN listings AS i").Column("i.story_id", "i.published_at").
			Where("i.story_id = t.story_id").Where("i.campaign_id = ?", k.campaign)
		return inTime(sel, "i.published_at", k.Sort, after)
	case answer:
		return s.merged(k, after, func(v string) *bun.SelectQuery {
			return s.staff.NewSelect().TableExpr("story_answers AS i").Column("i.story_id", "i.published_at").
				Where("i.campaign_id = ?", k.campaign).Where("i.question = ?", question).Where("i.value = ?", v)
		})
	case k.lead.Property != "":
		return s.merged(k, after, func(v string) *bun.SelectQuery {
			return listed().Where("i.? = ?", bun.Ident(listingColumns[k.lead.Property]), v)
		})
	}
	return inTime(listed(), "i.published_at", k.Sort, after)
}

// merged selects the stories of every value of the lead in order of time. Both
// databases read the values' parts of the index side by side, no further than
// the limit needs.
func (s *Store) merged(k *seek, after *board.Cursor, of func(value string) *bun.SelectQuery) *bun.SelectQuery {
	if len(k.lead.In) == 1 {
		return inTime(of(k.lead.In[0]), "i.published_at", k.Sort, after)
	}
	parts := make([]string, len(k.lead.In))
	args := make([]any, len(k.lead.In))
	for i, v := range k.lead.In {
		parts[i], args[i] = "?", behind(of(v), "i.published_at", k.Sort, after)
	}
	sel := s.staff.NewSelect().TableExpr("("+strings.Join(parts, " UNION ALL ")+") AS i", args...).
		Column("i.story_id", "i.published_at")
	return inTime(sel, "i.published_at", k.Sort, nil)
}

// marked selects the stories that have one of the tags or are on one of the
// shortlists, each once.
func (s *Store) marked(campaignID string, p board.Property, values []string) *bun.SelectQuery {
	if p == board.ByTag {
		return s.staff.NewSelect().Distinct().Table("tags").Column("story_id").Where("campaign_id = ?", campaignID).
			Where("tag IN (?)", bun.List(values))
	}
	return s.staff.NewSelect().Distinct().TableExpr("(?) AS listed", s.onLists(campaignID, values)).Column("story_id")
}

// inTime orders rows called i by a time, beginning after the cursor.
func inTime(sel *bun.SelectQuery, at bun.Safe, by board.Sort, after *board.Cursor) *bun.SelectQuery {
	direction := bun.Safe("DESC")
	if by == board.Oldest {
		direction = "ASC"
	}
	return behind(sel, at, by, after).OrderExpr("? ?, i.story_id ?", at, direction, direction)
}

// behind leaves out what comes before the cursor.
func behind(sel *bun.SelectQuery, at bun.Safe, by board.Sort, after *board.Cursor) *bun.SelectQuery {
	than := bun.Safe("<")
	if by == board.Oldest {
		than = ">"
	}
	if after != nil {
		sel = sel.Where("(?, i.story_id) ? (?, ?)", at, than, micros(after.PublishedAt), after.ID)
	}
	return sel
}

// matches selects from the full-text index, in order of time after the cursor.
// SQLite's holds the publication time as its row number, and no two are alike.
func (s *Store) matches(campaignID string, words terms, by board.Sort, after *board.Cursor) *bun.SelectQuery {
	if s.postgres {
		sel := s.staff.NewSelect().TableExpr("story_search AS i").Column("i.story_id", "i.published_at", "i.tsv").
			Where("i.campaign_id = ?", campaignID).
			Where("i.tsv @@ to_tsquery('simple', ?)", postgresWords(words.words))
		if words.frequent() {
			return inTime(sel, "i.published_at", by, after)
		}
		return inTime(sel, "(i.published_at + 0)", by, after)
	}
	sel := s.staff.NewSelect().TableExpr("story_search").ColumnExpr("rowid AS published_at").
		Where("story_search MATCH ?", matchExpr(campaignID, sqliteWords(words.words)))
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

// ranked adds the rank of each match, the best being the least. For it SQLite
// reads once more all stories with the words.
func (s *Store) ranked(matches *bun.SelectQuery, words terms) *bun.SelectQuery {
	if !s.postgres {
		return matches.Column("rank")
	}
	return s.staff.NewSelect().TableExpr("(?) AS m", matches).
		ColumnExpr("m.story_id, m.published_at, -ts_rank(m.tsv, to_tsquery('simple', ?)) AS rank",
			postgresWords(words.words))
}

// joinListings joins the candidates with what they are filtered and sorted by.
// SQLite keeps the order of a CROSS JOIN; PostgreSQL would read all listings to
// join them with a few thousand candidates.
func (s *Store) joinListings(walk *bun.SelectQuery, k *seek) *bun.SelectQuery {
	sel := s.staff.NewSelect().TableExpr("(?) AS c", walk)
	if s.postgres {
		return sel.Join("CROSS JOIN LATERAL (SELECT * FROM listings WHERE listings.story_id = c.story_id LIMIT 1) AS l")
	}
	if k.words.any() {
		return sel.Join("CROSS JOIN listings AS l ON l.campaign_id = ? AND l.published_at = c.published_at", k.campaign)
	}
	return sel.Join("CROSS JOIN listings AS l ON l.story_id = c.story_id")
}
