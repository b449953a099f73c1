package store

import (
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/review"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/text"
)

// lookupAmong is how many of the stories begun last that have the words of a
// lookup are sorted by their last change.
const lookupAmong = 1000

// LookupStories implements review.Store. Each kind of lookup walks an index of
// its own: ids, words, warnings, states, and all stories by their last change.
func (s *Store) LookupStories(
	ctx context.Context, l review.Lookup, after *review.Cursor, limit int,
) ([]*story.Story, error) {
	var sel *bun.SelectQuery
	words := terms{words: text.Query(l.Text, maxWords)}
	_, whole := uuidBytes(l.Text)
	switch {
	case whole:
		sel = s.narrowLookup(l).Where("stories.id = ?", l.Text)
	case words.any():
		if err := s.measure(ctx, "lookup_texts", "story_id DESC", l.Campaign, &words); err != nil {
			return nil, s.mapError(err)
		}
		sel = s.lookupWords(l, words)
	case l.Text != "":
		return nil, nil // punctuation alone matches nothing
	case l.Warning != "":
		return s.lookupPage(ctx, words, s.warned(l), "updated_at", "story_id", after, limit)
	case len(l.States) > 1:
		return s.lookupPage(ctx, words, s.inStates(l, after, limit), "updated_at", "id", after, limit)
	default:
		sel = s.narrowLookup(l)
	}
	sel = sel.ColumnExpr("stories.id, stories.updated_at")
	return s.lookupPage(ctx, words, sel, "stories.updated_at", "stories.id", after, limit)
}

// lookupWords selects stories that have the words. SQLite keeps the order of a
// CROSS JOIN, the few matches first; the sign keeps it from looking for each
// of them among all stories of the campaign.
func (s *Store) lookupWords(l review.Lookup, words terms) *bun.SelectQuery {
	hits := s.lookupHits(l.Campaign, words)
	if s.postgres {
		return s.narrowLookup(l).Join("JOIN (?) AS hits ON hits.story_id = stories.id", hits)
	}
	sel := s.staff.NewSelect().TableExpr("(?) AS hits", hits).Join("CROSS JOIN stories ON stories.id = hits.story_id")
	return lookupFilter(sel.Where("+stories.campaign_id = ?", l.Campaign), l)
}

// lookupPage reads one page in the order of the last change.
func (s *Store) lookupPage(ctx context.Context, words terms, sel *bun.SelectQuery, at, id bun.Safe,
	after *review.Cursor, limit int) ([]*story.Story, error) {
	var rows []struct {
		ID        string
		UpdatedAt int64
	}
	if err := s.scan(ctx, words, changedAfter(sel, at, id, after, limit), &rows); err != nil {
		return nil, s.mapError(err)
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	return s.Stories(ctx, ids)
}

// changedAfter orders by the last change, latest first, beginning after the
// cursor.
func changedAfter(sel *bun.SelectQuery, at, id bun.Safe, after *review.Cursor, limit int) *bun.SelectQuery {
	if after != nil {
		sel = sel.Where("(?, ?) < (?, ?)", at, id, micros(after.UpdatedAt), after.ID)
	}
	return sel.OrderExpr("? DESC, ? DESC", at, id).Limit(int64(limit))
}

// narrowLookup selects from stories all that a lookup asks but its text.
func (s *Store) narrowLookup(l review.Lookup) *bun.SelectQuery {
	return lookupFilter(s.staff.NewSelect().Table("stories").Where("stories.campaign_id = ?", l.Campaign), l)
}

// lookupFilter adds the conditions of a lookup but its campaign and text.
func lookupFilter(q *bun.SelectQuery, l review.Lookup) *bun.SelectQuery {
	if len(l.States) > 0 {
		q = q.Where("stories.state IN (?)", bun.List(l.States))
	}
	if l.Warning != "" {
		q = q.Where("EXISTS (SELECT 1 FROM story_warnings AS w WHERE w.story_id = stories.id AND w.warning = ?)",
			l.Warning)
	}
	return q
}

// lookupHits selects the stories begun last that have all words.
func (s *Store) lookupHits(campaignID string, words terms) *bun.SelectQuery {
	if s.postgres {
		sel := s.staff.NewSelect().TableExpr("lookup_texts AS i").Column("i.story_id").
			Where("i.campaign_id = ?", campaignID).
			Where("i.tsv @@ to_tsquery('simple', ?)", postgresWords(words.words)).Limit(lookupAmong)
		if words.frequent() {
			return sel.OrderExpr("i.story_id DESC")
		}
		return sel.OrderExpr("(i.story_id || '') DESC")
	}
	return s.staff.NewSelect().Table("lookup_texts").Column("story_id").
		Where("lookup_texts MATCH ?", `"`+scope(campaignID)+`" AND `+sqliteWords(words.words)).
		Order("rowid DESC").Limit(lookupAmong)
}

// warned selects stories of which the findings have the warning.
func (s *Store) warned(l review.Lookup) *bun.SelectQuery {
	q := s.staff.NewSelect().Table("story_warnings").ColumnExpr("story_id AS id, updated_at").
		Where("campaign_id = ?", l.Campaign).Where("warning = ?", l.Warning)
	if len(l.States) > 0 {
		q = q.Where("state IN (?)", bun.List(l.States))
	}
	return q
}

// inStates selects the page's worth of each state; no index has several in the
// order of the last change.
func (s *Store) inStates(l review.Lookup, after *review.Cursor, limit int) *bun.SelectQuery {
	var parts []string
	var args []any
	for _, state := range slices.Compact(slices.Sorted(slices.Values(l.States))) {
		one := s.staff.NewSelect().Table("stories").Column("id", "updated_at").Where("campaign_id = ?", l.Campaign).
			Where("state = ?", string(state))
		parts = append(parts, "SELECT * FROM (?) AS one")
		args = append(args, changedAfter(one, "updated_at", "id", after, limit))
	}
	return s.staff.NewSelect().TableExpr("("+strings.Join(parts, " UNION ALL ")+") AS each", args...).
		Column("id", "updated_at")
}
