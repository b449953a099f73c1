package store

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/text"
)

// topFacets is how many of a property's most frequent values are looked
// through for a prefix. Rarer ones are found by the words of their stories.
const topFacets = 5000

// Facets implements board.Store. A property that nothing else narrows is
// counted by the kept counters; the others among the searchAmong stories that
// a search looks at first.
func (s *Store) Facets(ctx context.Context, campaignID string, names []board.Property, fq board.FacetQuery) (
	[]board.Facet, error,
) {
	together := map[board.Property][]board.Property{} // by the property whose filter is left out; "": none
	for _, name := range names {
		own := name
		if f := fq.Query.Filter(name); f.Property == "" {
			own = ""
		}
		together[own] = append(together[own], name)
	}
	var out []board.Facet
	for own, some := range together {
		q := fq.Query
		if own != "" {
			q = q.Without(own)
		}
		var found []board.Facet
		var err error
		if q.Narrowed() {
			found, err = s.facetsAmong(ctx, campaignID, q, some, fq)
		} else {
			found, err = s.keptFacets(ctx, campaignID, some, fq)
		}
		if err != nil {
			return nil, s.mapError(err)
		}
		out = append(out, found...)
	}
	return s.shownFacets(ctx, campaignID, names, fq, out)
}

// shownFacets sorts what was counted, cuts it to what was asked for, and adds
// the values that the query is narrowed by.
func (s *Store) shownFacets(ctx context.Context, campaignID string, names []board.Property, fq board.FacetQuery,
	counted []board.Facet) ([]board.Facet, error) {
	slices.SortStableFunc(counted, func(a, b board.Facet) int {
		return cmp.Or(slices.Index(names, a.Name)-slices.Index(names, b.Name), cmp.Compare(b.Count, a.Count),
			strings.Compare(a.Value, b.Value))
	})
	var out []board.Facet
	for _, name := range names {
		f := fq.Query.Filter(name)
		chosen := slices.Concat(f.In, f.Out)
		n := 0
		for _, c := range counted {
			if c.Name != name || n >= fq.Top && !slices.Contains(chosen, c.Value) {
				continue
			}
			chosen = slices.DeleteFunc(chosen, func(v string) bool { return v == c.Value })
			out = append(out, c)
			n++
		}
		for _, v := range chosen {
			if fq.Prefix == "" {
				out = append(out, board.Facet{Name: name, Value: v})
			}
		}
	}
	for i := range out {
		var err error
		if out[i].Value, err = s.asWritten(ctx, campaignID, out[i]); err != nil {
			return nil, s.mapError(err)
		}
	}
	return out, nil
}

type facetRow struct {
	Name, Value string
	N           int64
}

// keptFacets reads the counters of properties: the most frequent, and those of
// the values that the query is narrowed by.
func (s *Store) keptFacets(ctx context.Context, campaignID string, names []board.Property, fq board.FacetQuery) (
	[]board.Facet, error,
) {
	top := fq.Top
	if fq.Prefix != "" {
		top = topFacets
	}
	var parts []string
	var args []any
	for _, name := range names {
		parts = append(parts, `SELECT * FROM (SELECT name, value, n FROM facets
			WHERE campaign_id = ? AND name = ? AND n > 0 ORDER BY n DESC LIMIT ?) AS most`)
		args = append(args, campaignID, string(name), top)
		f := fq.Query.Filter(name)
		if chosen := slices.Concat(f.In, f.Out); len(chosen) > 0 {
			parts = append(parts,
				`SELECT name, value, n FROM facets WHERE campaign_id = ? AND name = ? AND value IN (?)`)
			args = append(args, campaignID, string(name), bun.List(chosen))
		}
	}
	var rows []facetRow
	if err := s.staff.NewRaw(strings.Join(parts, " UNION "), args...).Scan(ctx, &rows); err != nil {
		return nil, err
	}
	out := matching(rows, fq.Prefix, false)
	if fq.Prefix == "" || len(rows) < topFacets {
		return out, nil
	}
	rare, err := s.rareFacets(ctx, campaignID, names[0], fq.Prefix)
	for _, f := range rare {
		if !slices.ContainsFunc(out, func(x board.Facet) bool { return x.Value == f.Value }) {
			out = append(out, f)
		}
	}
	return out, err
}

// rareFacets finds values of a property, beyond the most frequent, by the
// newest stories whose text has the words.
func (s *Store) rareFacets(ctx context.Context, campaignID string, name board.Property, prefix string) (
	[]board.Facet, error,
) {
	among := board.Query{Text: prefix, Sort: board.Newest}
	found, err := s.facetsAmong(ctx, campaignID, among, []board.Property{name},
		board.FacetQuery{Prefix: prefix, Top: board.MaxFacet})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	values := make([]string, len(found))
	for i, f := range found {
		values[i] = f.Value
	}
	counts, err := s.counted(ctx, campaignID, []board.Filter{board.Has(name, values...)})
	for i, f := range found {
		found[i].Count, found[i].AtLeast = counts[facetKey{name, f.Value}], false
	}
	return found, err
}

// facetsAmong counts properties among the stories that a search looks at first.
func (s *Store) facetsAmong(ctx context.Context, campaignID string, q board.Query, names []board.Property,
	fq board.FacetQuery) ([]board.Facet, error) {
	q.Sort = board.Newest
	k, possible, err := s.seek(ctx, campaignID, q)
	if err != nil || !possible {
		return nil, err
	}
	bound := s.searchAmong
	parts := []string{`SELECT '' AS name, '' AS value, count(*) AS n FROM c`}
	args := []any{s.walk(k, nil).Limit(int64(bound)), s.matched(k)}
	for _, name := range names {
		part, values := s.valuesOf(name)
		limit := fq.Top
		if fq.Prefix != "" {
			limit = topFacets
		}
		f := fq.Query.Filter(name)
		parts = append(parts, `SELECT * FROM (SELECT ? AS name, value, count(*) AS n FROM (`+part+`) AS v
			WHERE value <> '' GROUP BY value ORDER BY count(*) DESC LIMIT ?) AS most`)
		args = append(append(append(args, string(name)), values...), limit)
		if chosen := slices.Concat(f.In, f.Out); len(chosen) > 0 {
			parts = append(parts, `SELECT ? AS name, value, count(*) AS n FROM (`+part+`) AS v WHERE value IN (?)
				GROUP BY value`)
			args = append(append(append(args, string(name)), values...), bun.List(chosen))
		}
	}
	var rows []facetRow
	sel := s.staff.NewSelect().TableExpr(`(WITH c AS MATERIALIZED (?), m AS MATERIALIZED (?) `+
		strings.Join(parts, " UNION ")+`) AS counts`, args...).Column("name", "value", "n")
	if err := s.scan(ctx, k.words, sel, &rows); err != nil {
		return nil, err
	}
	reached := false
	rows = slices.DeleteFunc(rows, func(r facetRow) bool {
		reached = reached || r.Name == "" && r.N >= int64(bound)
		return r.Name == ""
	})
	return matching(rows, fq.Prefix, reached), nil
}

// matched selects the listings that match, among the candidates c.
func (s *Store) matched(k *seek) *bun.SelectQuery {
	c := s.staff.NewSelect().Table("c")
	return s.narrow(s.joinListings(c, k), k).ColumnExpr("l.*")
}

// valuesOf is the query of a property's values of the matches m, one row for
// each story and value.
func (s *Store) valuesOf(p board.Property) (query string, args []any) {
	question, answer := p.Question()
	switch {
	case answer:
		return `SELECT n.value FROM ` + s.withMatches("story_answers") + ` WHERE n.question = ?`, []any{question}
	case p == board.ByTag:
		return `SELECT n.tag AS value FROM ` + s.withMatches("tags"), nil
	case p == board.ByDuration, p == board.ByQuality:
		return `SELECT ` + bandOf(p) + ` AS value FROM m`, nil
	}
	return `SELECT ` + listingColumns[p] + ` AS value FROM m`, nil
}

// withMatches joins the matches m with the rows n of a table about each. It looks
// them up by the story and by nothing else: PostgreSQL would read the table, and
// SQLite all tags of the campaign for each match.
func (s *Store) withMatches(table string) string {
	if s.postgres {
		return `m CROSS JOIN LATERAL (SELECT * FROM ` + table + ` WHERE story_id = m.story_id OFFSET 0) AS n`
	}
	return `m CROSS JOIN ` + table + ` AS n ON n.story_id = m.story_id`
}

// matching makes facets of the rows whose value has the prefix.
func matching(rows []facetRow, prefix string, atLeast bool) []board.Facet {
	words := text.Query(prefix, maxWords)
	var out []board.Facet
	for _, r := range rows {
		f := board.Facet{Name: board.Property(r.Name), Value: r.Value, Count: r.N, AtLeast: atLeast}
		if prefix == "" || hasWords(f, words) {
			out = append(out, f)
		}
	}
	return out
}

// hasWords reports whether each of the words begins one of the value's.
func hasWords(f board.Facet, words []string) bool {
	terms := text.Terms(f.Value)
	if f.Name == board.ByCountry {
		terms = append(terms, text.Terms(strings.Join(text.CountryNames(f.Value), " "))...)
	}
	for _, w := range words {
		if !slices.ContainsFunc(terms, func(t string) bool { return strings.HasPrefix(t, w) }) {
			return false
		}
	}
	return len(words) > 0
}

// asWritten returns a song or artist as one of the stories counted writes it;
// counters are kept under the folded form.
func (s *Store) asWritten(ctx context.Context, campaignID string, f board.Facet) (string, error) {
	if f.Name != board.BySong && f.Name != board.ByArtist {
		return f.Value, nil
	}
	var songs []string
	if err := s.staff.NewSelect().Table("stories").Column("song").Where("campaign_id = ?", campaignID).
		Where("state = 'published'").Where("? = ?", bun.Ident(string(f.Name)+"_fold"), f.Value).
		OrderExpr("published_at DESC, id DESC").Limit(1).Scan(ctx, &songs); err != nil || len(songs) == 0 {
		return f.Value, err
	}
	var song story.Song
	if err := json.Unmarshal([]byte(songs[0]), &song); err != nil {
		return "", err
	}
	if f.Name == board.ByArtist {
		return song.Artist, nil
	}
	return song.Title, nil
}
