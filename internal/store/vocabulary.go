package store

import (
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/text"
)

// Bounds of the terms by which searches are corrected.
const (
	maxVocabulary = 1000 // different terms of one story; the rest is not corrected to
	maxNear       = 500  // terms looked at for one word
	keysAtOnce    = 1000 // rows of spellings that one statement writes
)

// vocabularyRow counts the published stories with a term.
type vocabularyRow struct {
	bun.BaseModel `bun:"table:vocabulary,alias:vocabulary"`

	CampaignID string
	Term       string
	N          int64
}

// spellingRow is one key of a term of vocabulary.
type spellingRow struct {
	bun.BaseModel `bun:"table:spellings,alias:spellings"`

	CampaignID string
	Key        string
	Term       string
}

// correctable returns those of a text's terms that searches are corrected to,
// sorted, each once.
func correctable(terms []string) []string {
	out := slices.DeleteFunc(slices.Clone(terms), func(t string) bool { return len(text.Spellings(t)) == 0 })
	slices.Sort(out)
	out = slices.Compact(out)
	return out[:min(len(out), maxVocabulary)]
}

// keepVocabulary counts the terms that a story's part of the search index is
// about to have, instead of those it has. Rows of the index that a process of
// the release before wrote are not counted: listings.worded is false.
func (s *Store) keepVocabulary(ctx context.Context, tx bun.Tx, campaignID, id string, terms []string) error {
	was, err := s.countedTerms(ctx, tx, id)
	if err != nil {
		return err
	}
	now := correctable(terms)
	missing := func(of, in []string) []string {
		return slices.DeleteFunc(slices.Clone(of), func(t string) bool {
			_, found := slices.BinarySearch(in, t)
			return found
		})
	}
	if err := addTerms(ctx, tx, campaignID, missing(now, was)); err != nil {
		return err
	}
	if err := dropTerms(ctx, tx, campaignID, missing(was, now)); err != nil {
		return err
	}
	_, err = tx.NewRaw(`UPDATE listings SET worded = ? WHERE story_id = ?`, true, id).Exec(ctx)
	return err
}

// countedTerms returns the terms of the story that vocabulary counts.
func (s *Store) countedTerms(ctx context.Context, tx bun.Tx, id string) ([]string, error) {
	var at []int64
	if err := tx.NewRaw(`SELECT published_at FROM listings WHERE story_id = ? AND worded`, id).
		Scan(ctx, &at); err != nil || len(at) == 0 {
		return nil, err
	}
	var body string
	var err error
	if s.postgres {
		err = tx.NewRaw(`SELECT array_to_string(tsvector_to_array(tsv), ' ') FROM story_search WHERE story_id = ?`, id).
			Scan(ctx, &body)
	} else {
		err = tx.NewRaw(`SELECT body FROM story_search WHERE rowid = ?`, at[0]).Scan(ctx, &body)
	}
	if noRows(err) {
		err = nil
	}
	return correctable(strings.Fields(body)), err
}

// addTerms counts one story more for each of the terms, which are sorted so
// that two transactions never wait for each other in a circle.
func addTerms(ctx context.Context, tx bun.Tx, campaignID string, terms []string) error {
	if len(terms) == 0 {
		return nil
	}
	rows := make([]*vocabularyRow, len(terms))
	for i, t := range terms {
		rows[i] = &vocabularyRow{CampaignID: campaignID, Term: t, N: 1}
	}
	var counted []vocabularyRow
	if err := tx.NewInsert().Model(&rows).On("CONFLICT (campaign_id, term) DO UPDATE").
		Set("n = vocabulary.n + excluded.n").Returning("term, n").Scan(ctx, &counted); err != nil {
		return err
	}
	var keys []*spellingRow
	for _, r := range counted {
		if r.N > 1 {
			continue
		}
		for _, k := range text.Spellings(r.Term) {
			keys = append(keys, &spellingRow{CampaignID: campaignID, Key: k, Term: r.Term})
		}
	}
	for part := range slices.Chunk(keys, keysAtOnce) {
		if _, err := tx.NewInsert().Model(&part).On("CONFLICT (campaign_id, key, term) DO NOTHING").
			Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// dropTerms counts one story less for each of the terms, which are sorted, and
// deletes what no story has: it can be what an erased person wrote.
func dropTerms(ctx context.Context, tx bun.Tx, campaignID string, terms []string) error {
	for _, t := range terms {
		var n []int64
		if err := tx.NewRaw(`UPDATE vocabulary SET n = n - 1 WHERE campaign_id = ? AND term = ? RETURNING n`,
			campaignID, t).Scan(ctx, &n); err != nil {
			return err
		}
		if len(n) == 0 || n[0] > 0 {
			continue
		}
		if _, err := tx.NewRaw(`DELETE FROM spellings WHERE campaign_id = ? AND key IN (?) AND term = ?`, campaignID,
			bun.List(text.Spellings(t)), t).Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.NewRaw(`DELETE FROM vocabulary WHERE campaign_id = ? AND term = ?`, campaignID, t).
			Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Unknown implements board.Store. Terms that are in no story's vocabulary are
// looked for in the search index, which has more: they are rare there.
func (s *Store) Unknown(ctx context.Context, campaignID string, terms []string) ([]string, error) {
	var parts []string
	var args []any
	for _, t := range terms {
		parts = append(parts, `SELECT ? AS term WHERE NOT EXISTS (SELECT 1 FROM vocabulary
			WHERE campaign_id = ? AND term >= ? AND term < ?)`)
		args = append(args, t, campaignID, t, t+"\U0010ffff")
	}
	var missing, unknown []string
	if err := s.staff.NewRaw(strings.Join(parts, " UNION "), args...).Scan(ctx, &missing); err != nil {
		return nil, s.mapError(err)
	}
	for _, t := range missing {
		found, err := s.anyMatch(ctx, s.staff, campaignID, []string{t})
		if err != nil {
			return nil, s.mapError(err)
		}
		if !found {
			unknown = append(unknown, t)
		}
	}
	return unknown, nil
}

// Spelled implements board.Store. It looks at maxNear terms at most.
func (s *Store) Spelled(ctx context.Context, campaignID string, keys []string) (map[string]int64, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	var rows []vocabularyRow
	if err := s.staff.NewRaw(`SELECT v.term, v.n FROM (SELECT DISTINCT term FROM spellings
			WHERE campaign_id = ? AND key IN (?) LIMIT ?) AS k
		CROSS JOIN vocabulary AS v WHERE v.campaign_id = ? AND v.term = k.term`,
		campaignID, bun.List(keys), maxNear, campaignID).Scan(ctx, &rows); err != nil {
		return nil, s.mapError(err)
	}
	out := make(map[string]int64, len(rows))
	for _, r := range rows {
		out[r.Term] = r.N
	}
	return out, nil
}
