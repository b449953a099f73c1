package store

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/caption"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/text"
)

// searchText is the part of the search text that the story itself holds, with
// the names of its contributor's country.
func searchText(st *story.Story) string {
	texts := []string{st.Song.Title, st.Song.Artist, st.Title, st.Text, st.Contributor.Name}
	for _, a := range st.Answers {
		texts = append(texts, a.Value)
	}
	return strings.Join(append(texts, text.CountryNames(st.Contributor.Country)...), "\n")
}

// maxIndexed bounds the index's share of one story in bytes. PostgreSQL refuses
// more than 1 MB, and captions of an hour in twenty languages are more.
const maxIndexed = 400 << 10

// indexed is what a search engine is given of a text: its terms, which no
// engine splits or changes.
func indexed(s string) string {
	body := strings.Join(text.Terms(s), " ")
	if len(body) > maxIndexed {
		body = body[:strings.LastIndexByte(body[:maxIndexed], ' ')]
	}
	return body
}

// scope is a campaign's id as one token of the full-text index.
func scope(campaignID string) string { return strings.ReplaceAll(campaignID, "-", "") }

// index makes a published story searchable and counts its facets. The row
// number of SQLite's index is the time of publication, so that matches come in
// its order; a time that another published story has is refused.
func (s *Store) index(ctx context.Context, tx bun.Tx, st *story.Story, row *storyRow) error {
	if !s.postgres {
		var taken int
		if err := tx.NewRaw(`SELECT count(*) FROM story_search WHERE rowid = ?`, row.PublishedAt).
			Scan(ctx, &taken); err != nil {
			return err
		}
		if taken > 0 {
			return story.ErrTimeTaken
		}
	}
	if err := s.indexText(ctx, tx, st, row.PublishedAt); err != nil {
		return err
	}
	listing := newListing(row)
	listing.Worded = true
	if _, err := tx.NewInsert().Model(listing).On("CONFLICT (story_id) DO NOTHING").Exec(ctx); err != nil {
		return err
	}
	if err := s.keepAnswers(ctx, tx, st, row.PublishedAt); err != nil {
		return err
	}
	return s.count(ctx, tx, st, row, 1)
}

// relist keeps length and shape of a published story whose files were replaced:
// the ladder, made of the source, may be some frames longer than the first set.
func relist(ctx context.Context, tx bun.Tx, row *storyRow) error {
	listed := *newListing(row)
	err := tx.NewRaw(`SELECT orientation, duration_ms FROM listings WHERE story_id = ?`, row.ID).
		Scan(ctx, &listed.Orientation, &listed.DurationMS)
	if noRows(err) { // not listed yet, after an update
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := tx.NewRaw(`UPDATE listings SET orientation = ?, duration_ms = ? WHERE story_id = ?`, row.Orientation,
		row.DurationMS, row.ID).Exec(ctx); err != nil {
		return err
	}
	for _, f := range []struct {
		by       board.Property
		from, to string
	}{
		{board.ByDuration, durationBand(listed.DurationMS), durationBand(row.DurationMS)},
		{board.ByOrientation, listed.Orientation, row.Orientation},
	} {
		changes := map[string]int64{f.from: -1}
		changes[f.to]++
		for _, value := range slices.Sorted(maps.Keys(changes)) {
			if err := countFacet(ctx, tx, row.CampaignID, facetKey{f.by, value}, changes[value]); err != nil {
				return err
			}
		}
	}
	return nil
}

// indexText writes the text that searches look through: the story's own and
// that of its captions.
func (s *Store) indexText(ctx context.Context, tx bun.Tx, st *story.Story, publishedAt int64) error {
	texts, err := captionTexts(ctx, tx, st.ID)
	if err != nil {
		return err
	}
	body := indexed(strings.Join(append([]string{searchText(st)}, texts...), "\n"))
	if err := s.keepVocabulary(ctx, tx, st.Campaign, st.ID, strings.Fields(body)); err != nil {
		return err
	}
	if s.postgres {
		_, err = tx.NewRaw(`INSERT INTO story_search (story_id, campaign_id, published_at, tsv)
			VALUES (?, ?, ?, to_tsvector('simple', ?))
			ON CONFLICT (story_id) DO UPDATE SET published_at = excluded.published_at, tsv =
			excluded.tsv`, st.ID, st.Campaign, publishedAt, body).Exec(ctx)
		return err
	}
	_, err = tx.NewRaw(`INSERT OR REPLACE INTO story_search (rowid, scope, body, story_id) VALUES (?, ?, ?, ?)`,
		publishedAt, scope(st.Campaign), body, st.ID).Exec(ctx)
	return err
}

// captionTexts returns the text of every cue of the story's captions.
func captionTexts(ctx context.Context, db bun.IDB, id string) ([]string, error) {
	var captions, texts []string
	if err := db.NewRaw(`SELECT vtt FROM captions WHERE story_id = ? ORDER BY locale`, id).
		Scan(ctx, &captions); err != nil {
		return nil, err
	}
	for _, vtt := range captions {
		cues, err := caption.Parse(vtt)
		if err != nil {
			continue // it was parsed before it was stored; a story is published without it
		}
		for _, c := range cues {
			texts = append(texts, c.Text)
		}
	}
	return texts, nil
}

// unindexText deletes the story's text. SQLite's index finds a row by its number
// alone, the publication time; without a listing, while these are being filled,
// all of it is read.
func (s *Store) unindexText(ctx context.Context, tx bun.Tx, id string) error {
	if !s.postgres {
		n, err := changed(tx.NewRaw(`DELETE FROM story_search
			WHERE rowid = (SELECT published_at FROM listings WHERE story_id = ?)`, id).Exec(ctx))
		if err != nil || n > 0 {
			return err
		}
	}
	_, err := tx.NewRaw(`DELETE FROM story_search WHERE story_id = ?`, id).Exec(ctx)
	return err
}

// unindex undoes index for a story that leaves the feed.
func (s *Store) unindex(ctx context.Context, tx bun.Tx, st *story.Story, row *storyRow) error {
	if err := s.keepVocabulary(ctx, tx, st.Campaign, st.ID, nil); err != nil {
		return err
	}
	if err := s.unindexText(ctx, tx, st.ID); err != nil {
		return err
	}
	if _, err := tx.NewRaw(`DELETE FROM listings WHERE story_id = ?`, st.ID).Exec(ctx); err != nil {
		return err
	}
	if err := s.count(ctx, tx, st, row, -1); err != nil {
		return err
	}
	_, err := tx.NewRaw(`DELETE FROM story_answers WHERE story_id = ?`, st.ID).Exec(ctx)
	return err
}

// durationBands are the bands of the facet, each with the length in
// milliseconds at which the next begins.
var durationBands = []struct {
	name  string
	below int64
}{{"0-15", 15_000}, {"15-30", 30_000}, {"30-60", 60_000}, {"60-", 1 << 62}}

func durationBand(ms int64) string {
	for _, b := range durationBands {
		if ms < b.below {
			return b.name
		}
	}
	return ""
}

// listingRow is a row of the table listings.
type listingRow struct {
	bun.BaseModel `bun:"table:listings"`

	StoryID     string `bun:",pk"`
	CampaignID  string
	PublishedAt int64
	Quality     int
	Bucket      int64
	Dice        int64
	Orientation string
	DurationMS  int64 `bun:"duration_ms"`
	Country     string
	Locale      string
	SongFold    string
	ArtistFold  string
	Worded      bool
}

func newListing(r *storyRow) *listingRow {
	return &listingRow{
		StoryID: r.ID, CampaignID: r.CampaignID, PublishedAt: r.PublishedAt, Quality: r.Quality,
		Bucket: bucketOf(r.Dice), Dice: r.Dice, Orientation: r.Orientation, DurationMS: r.DurationMS,
		Country: r.Country, Locale: r.Locale, SongFold: r.SongFold, ArtistFold: r.ArtistFold,
	}
}
