package store

import (
	"context"
	"database/sql"
	"strings"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/text"
)

// maxWords is how many terms of a search are looked for, here as on the board.
const maxWords = board.MaxTerms

// beginning reports whether a term matches those that begin with it. A single
// letter, which begins a twentieth of all, matches only itself.
func beginning(term string) bool { return len(term) > 1 }

// terms are the terms of a search, and the share of the newest texts that have
// all of them.
type terms struct {
	words []string
	share float64
}

func (t terms) any() bool { return len(t.words) > 0 }

// measureAmong is how many of the newest texts tell how frequent terms are.
const measureAmong = 2000

// frequentFrom is the share from which on PostgreSQL finds texts with the terms
// sooner by walking all texts in order than by sorting those that have the
// terms. Its planner has no statistics of beginnings of words.
const frequentFrom = 0.03

func (t terms) frequent() bool { return t.share >= frequentFrom }

// scan reads with the terms. PostgreSQL is kept from compiling the statement,
// since it expects these to cost more than they do and spends most of their time
// on it, and where the terms are frequent from reading all texts or all that have
// them, which it takes for few.
func (s *Store) scan(ctx context.Context, t terms, sel *bun.SelectQuery, to any) error {
	if !s.postgres {
		return sel.Scan(ctx, to)
	}
	off := []string{"jit"}
	if t.frequent() {
		off = append(off, "enable_seqscan", "enable_bitmapscan")
	}
	return s.staff.RunInTx(ctx, &sql.TxOptions{ReadOnly: true}, func(ctx context.Context, tx bun.Tx) error {
		for _, setting := range off {
			if _, err := tx.NewRaw("SET LOCAL " + setting + " = off").Exec(ctx); err != nil {
				return err
			}
		}
		return sel.Conn(tx).Scan(ctx, to)
	})
}

// measure sets the share of the newest texts of a PostgreSQL table that have
// the terms. The order is one of the table's indices.
func (s *Store) measure(ctx context.Context, table string, order bun.Safe, campaignID string, t *terms) error {
	if !s.postgres || !t.any() {
		return nil
	}
	n, err := newestWith(ctx, s.staff, table, order, campaignID, t.words)
	t.share = float64(n) / measureAmong
	return err
}

// newestWith is how many of the measureAmong newest texts of a PostgreSQL table
// have the words.
func newestWith(ctx context.Context, db bun.IDB, table string, order bun.Safe, campaignID string, words []string) (
	n int64, err error) {
	err = db.NewRaw(`SELECT count(*) FROM (SELECT tsv FROM ? WHERE campaign_id = ? ORDER BY ? LIMIT ?) AS i
		WHERE i.tsv @@ to_tsquery('simple', ?)`, bun.Ident(table), campaignID, order, measureAmong,
		postgresWords(words)).Scan(ctx, &n)
	return n, err
}

// newestPublished is the order of the texts of published stories.
const newestPublished = bun.Safe("published_at DESC, story_id DESC")

// anyMatch reports whether a published story of the campaign has all the words.
func (s *Store) anyMatch(ctx context.Context, db bun.IDB, campaignID string, words []string) (bool, error) {
	if !s.postgres {
		return anyMatchSQLite(ctx, db, campaignID, words)
	}
	// PostgreSQL takes words for frequent and reads all texts before it returns that none has them; what none of
	// the newest has is rare, so that all of its texts can be read.
	n, err := newestWith(ctx, db, "story_search", newestPublished, campaignID, words)
	if err != nil || n > 0 {
		return n > 0, err
	}
	n, err = db.NewSelect().Table("story_search").Where("campaign_id = ?", campaignID).
		Where("tsv @@ to_tsquery('simple', ?)", postgresWords(words)).Count(ctx)
	return n > 0, err
}

// anyMatchSQLite looks for whole words first: SQLite reads all stories with the
// beginning of a word before it returns the first one.
func anyMatchSQLite(ctx context.Context, db bun.IDB, campaignID string, words []string) (bool, error) {
	for _, terms := range []string{wholeWords(words), sqliteWords(words)} {
		found, err := db.NewSelect().Table("story_search").
			Where("story_search MATCH ?", matchExpr(campaignID, terms)).Exists(ctx)
		if err != nil || found {
			return found, err
		}
	}
	return false, nil
}

// postgresWords is a tsquery for stories that have all words.
func postgresWords(words []string) string {
	terms := make([]string, len(words))
	for i, w := range words {
		if terms[i] = w; beginning(w) {
			terms[i] += ":*"
		}
	}
	return strings.Join(terms, " & ")
}

// sqliteWords is an FTS5 query for stories that have all words.
func sqliteWords(words []string) string {
	terms := make([]string, len(words))
	for i, w := range words {
		if terms[i] = `"` + w + `"`; beginning(w) {
			terms[i] += " *"
		}
	}
	return strings.Join(terms, " AND ")
}

// wholeWords is sqliteWords for stories that have the words as they are.
func wholeWords(words []string) string { return `"` + strings.Join(words, `" AND "`) + `"` }

// matchExpr narrows terms of FTS5 to the published stories of the campaign.
func matchExpr(campaignID, terms string) string {
	return "scope : " + scope(campaignID) + " AND body : (" + terms + ")"
}

const (
	maxEndings = 12  // of one term
	maxLookup  = 400 // endings of one text
)

// endings returns what lookups find the texts by: their terms, and the
// endings of each, so that a search for beginnings finds every part of a word.
func endings(texts ...string) string {
	var out []string
	for _, term := range text.Terms(strings.Join(texts, "\n")) {
		head, step := "", 1
		if rest, ok := strings.CutPrefix(term, "ð"); ok { // four digits for each code point
			head, step, term = "ð", 4, rest
		}
		for i := 0; i < len(term) && i < maxEndings*step && len(out) < maxLookup; i += step {
			out = append(out, head+term[i:])
		}
	}
	return strings.Join(out, " ")
}
