package board

import (
	"context"
	"slices"
	"strings"

	"github.com/storyreel/storyreel/internal/text"
)

// Correction is a word that no story has, and the one that was looked for
// instead.
type Correction struct{ From, To string }

// maxCorrected is how many words of one search are corrected.
const maxCorrected = 5

// correct replaces the words of a query that no story has a word that begins
// with by the nearest that stories have; of several as near, the most frequent.
func (s *Service) correct(ctx context.Context, campaignID string, q Query) (Query, []Correction, error) {
	terms := text.Query(q.Text, MaxTerms)
	if q.Exact || !slices.ContainsFunc(terms, spelled) {
		return q, nil, nil
	}
	unknown, err := s.store.Unknown(ctx, campaignID, terms)
	if err != nil || len(unknown) == 0 {
		return q, nil, err
	}
	var done []Correction
	words := make([]string, len(terms))
	for i, t := range terms {
		words[i] = string(text.Letters(t))
		if len(done) >= maxCorrected || !spelled(t) || !slices.Contains(unknown, t) {
			continue
		}
		near, err := s.nearest(ctx, campaignID, t)
		if err != nil {
			return q, nil, err
		}
		if near != "" {
			done = append(done, Correction{words[i], near})
			words[i] = near
		}
	}
	if len(done) > 0 {
		q.Text = strings.Join(words, " ")
	}
	return q, done, nil
}

// MaxTerms is how many terms of a search are looked for; a sentence of a
// language without spaces has one for each character.
const MaxTerms = 24

func spelled(term string) bool { return len(text.Spellings(term)) > 0 }

// nearest returns the term of stories that is nearest to the one typed, empty
// if none is near.
func (s *Service) nearest(ctx context.Context, campaignID, typed string) (string, error) {
	found, err := s.store.Spelled(ctx, campaignID, text.Misspellings(typed))
	best, least, most := "", 0, int64(0)
	for term, n := range found {
		d, ok := text.Near(typed, term)
		if !ok {
			continue
		}
		word := string(text.Letters(term))
		if best == "" || d < least || d == least && (n > most || n == most && word < best) {
			best, least, most = word, d, n
		}
	}
	return best, err
}
