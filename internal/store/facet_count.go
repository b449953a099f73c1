package store

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
)

// count adds d to the counter of each facet of the story.
func (s *Store) count(ctx context.Context, tx bun.Tx, st *story.Story, row *storyRow, d int64) error {
	facets, err := facetsOf(ctx, tx, row)
	if err != nil {
		return err
	}
	for _, f := range facets {
		if err := countFacet(ctx, tx, st.Campaign, f, d); err != nil {
			return err
		}
	}
	return nil
}

// countFacet adds d to one counter, and deletes it where it reaches zero: its
// value can be what an erased person wrote.
func countFacet(ctx context.Context, tx bun.Tx, campaignID string, f facetKey, d int64) error {
	if f.value == "" || d == 0 {
		return nil
	}
	if _, err := tx.NewRaw(`INSERT INTO facets (campaign_id, name, value, n) VALUES (?, ?, ?, ?)
		ON CONFLICT (campaign_id, name, value) DO UPDATE
		SET n = facets.n + excluded.n`, campaignID, string(f.property), f.value, d).Exec(ctx); err != nil || d > 0 {
		return err
	}
	_, err := tx.NewRaw(`DELETE FROM facets WHERE campaign_id = ? AND name = ? AND value = ? AND n <= 0`,
		campaignID, string(f.property), f.value).Exec(ctx)
	return err
}

// facetsOf lists the story's values in the order of their names for every
// story, so that two transactions never wait for each other in a circle.
func facetsOf(ctx context.Context, tx bun.Tx, row *storyRow) ([]facetKey, error) {
	var out []facetKey
	var answers []struct{ Question, Value string }
	if err := tx.NewRaw(`SELECT question, value FROM story_answers WHERE story_id = ? ORDER BY question`, row.ID).
		Scan(ctx, &answers); err != nil {
		return nil, err
	}
	for _, a := range answers {
		out = append(out, facetKey{board.AnswerTo(a.Question), a.Value})
	}
	out = append(out,
		facetKey{board.ByArtist, row.ArtistFold}, facetKey{board.ByCountry, row.Country},
		facetKey{board.ByDuration, durationBand(row.DurationMS)}, facetKey{board.ByLanguage, row.Locale},
		facetKey{board.ByOrientation, row.Orientation}, facetKey{board.ByQuality, media.QualityBand(row.Quality)},
		facetKey{board.BySong, row.SongFold})
	var tags []string
	if err := tx.NewRaw(`SELECT tag FROM tags WHERE story_id = ? ORDER BY tag`, row.ID).Scan(ctx, &tags); err != nil {
		return nil, err
	}
	for _, t := range tags {
		out = append(out, facetKey{board.ByTag, t})
	}
	return out, nil
}

// keepAnswers writes the story's answers to the questions of its campaign that
// have a fixed set of them.
func (s *Store) keepAnswers(ctx context.Context, tx bun.Tx, st *story.Story, publishedAt int64) error {
	if len(st.Answers) == 0 {
		return nil
	}
	var asked string
	var questions []campaign.Question
	if err := tx.NewRaw(`SELECT questions FROM campaigns WHERE id = ?`, st.Campaign).Scan(ctx, &asked); err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(asked), &questions); err != nil {
		return err
	}
	for _, a := range st.Answers {
		if !slices.ContainsFunc(questions, func(q campaign.Question) bool { return q.ID == a.ID && q.Closed() }) {
			continue
		}
		if _, err := tx.NewRaw(`INSERT INTO story_answers (story_id, question, campaign_id, value, published_at)
			VALUES (?, ?, ?, ?, ?) ON CONFLICT (story_id, question) DO UPDATE
			SET value = excluded.value, published_at = excluded.published_at`,
			st.ID, a.ID, st.Campaign, a.Value, publishedAt).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}
