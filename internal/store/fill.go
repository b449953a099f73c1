package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/review"
	"github.com/storyreel/storyreel/internal/story"
)

// Rows that one part of a fill handles.
const (
	fillStories = 1000
	fillPrints  = 20_000
	fillTexts   = 100
)

// fillRow is how far one fill has come.
type fillRow struct {
	Name string
	Done bool
	At   string // key of the last row; empty: not begun
	Last string // of texts and board: the newest story there was at the update
}

// Fill does a part of what an update of the schema left to be filled from
// existing rows, and reports whether more is left. It is done while the service
// runs: everything that changes meanwhile is kept in any case. mend drops from
// a song what may no longer be public. At most one process may call it at a time.
func (s *Store) Fill(ctx context.Context, mend func(*story.Song)) (bool, error) {
	for _, f := range []struct {
		name string
		part func(context.Context, fillRow) (string, error)
	}{
		{"counts", func(ctx context.Context, _ fillRow) (string, error) { return "", s.recount(ctx, "story_counts") }},
		{"stories", func(ctx context.Context, f fillRow) (string, error) { return s.fillStories(ctx, f.At) }},
		{"tallies", func(ctx context.Context, _ fillRow) (string, error) {
			return "", s.recount(ctx, "facets", "decision_counts")
		}},
		{"prints", func(ctx context.Context, f fillRow) (string, error) { return s.fillPrints(ctx, f.At) }},
		{"board", func(ctx context.Context, f fillRow) (string, error) { return s.fillBoard(ctx, f.At, f.Last) }},
		{"texts", func(ctx context.Context, f fillRow) (string, error) { return s.fillTexts(ctx, f.At, f.Last, mend) }},
	} {
		var row fillRow
		if err := s.w.NewRaw(`SELECT name, done, at, last FROM fills WHERE name = ?`, f.name).
			Scan(ctx, &row); err != nil {
			return false, s.mapError(err)
		}
		if row.Done {
			continue
		}
		at, err := f.part(ctx, row)
		if err == nil {
			_, err = s.w.NewRaw(`UPDATE fills SET at = ?, done = ? WHERE name = ?`, at, at == "", f.name).Exec(ctx)
		}
		return true, s.mapError(err)
	}
	return false, nil
}

// Filled reports whether Fill has nothing left to do.
func (s *Store) Filled(ctx context.Context) (bool, error) {
	open, err := s.OpenFills(ctx)
	return open == 0, err
}

// untimed is the pool of writes without its time limit.
func (s *Store) untimed() *bun.DB { return bun.NewDB(s.w.DB, s.w.Dialect()) }

// fillStories fills what is kept from the stories after the id, and returns the
// last one's id, empty at the end. The rows are locked, so that none changes
// while it is read.
func (s *Store) fillStories(ctx context.Context, after string) (string, error) {
	last := ""
	err := s.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var rows []storyRow
		q := tx.NewSelect().Model(&rows).Column("id", "campaign_id", "state", "name", "song_fold", "artist_fold",
			"findings", "updated_at", "quality", "dice", "published_at", "orientation", "duration_ms", "country",
			"locale").Where("id > ?", after).Order("id").Limit(fillStories)
		if s.postgres {
			q = q.For("UPDATE")
		}
		if err := q.Scan(ctx); err != nil || len(rows) == 0 {
			return err
		}
		last = rows[len(rows)-1].ID
		if err := s.fillLookups(ctx, tx, rows); err != nil {
			return err
		}
		if err := s.fillListings(ctx, tx, rows); err != nil {
			return err
		}
		return fillDecisions(ctx, tx, after, rows)
	})
	return last, err
}

func (s *Store) fillLookups(ctx context.Context, tx bun.Tx, rows []storyRow) error {
	for i := range rows {
		if err := s.keepLookup(ctx, tx, &rows[i]); err != nil {
			return err
		}
	}
	return nil
}

// fillListings fills listings, warnings, and the quality and shuffle key of
// stories that have none yet.
func (s *Store) fillListings(ctx context.Context, tx bun.Tx, rows []storyRow) error {
	var listings []*listingRow
	for i := range rows {
		r := &rows[i]
		var f *media.Findings
		if err := json.Unmarshal([]byte(r.Findings), &f); err != nil {
			return fmt.Errorf("story %s: %w", r.ID, err)
		}
		if q, dice := f.Quality(), shuffleKey(r.ID); q != r.Quality || dice != r.Dice {
			r.Quality, r.Dice = q, dice
			if _, err := tx.NewRaw(`UPDATE stories SET quality = ?, dice = ? WHERE id = ?`, q, dice, r.ID).
				Exec(ctx); err != nil {
				return err
			}
		}
		if r.State == string(story.Published) {
			listings = append(listings, newListing(r))
		}
		if f == nil {
			continue
		}
		if err := addWarnings(ctx, tx, r.ID, r.CampaignID, r.State, r.UpdatedAt, f.Warnings); err != nil {
			return err
		}
	}
	if len(listings) == 0 {
		return nil
	}
	_, err := tx.NewInsert().Model(&listings).On("CONFLICT (story_id) DO NOTHING").Exec(ctx)
	return err
}

// fillDecisions fills the decisions of the stories from their histories.
func fillDecisions(ctx context.Context, tx bun.Tx, after string, rows []storyRow) error {
	campaign := make(map[string]string, len(rows))
	for _, r := range rows {
		campaign[r.ID] = r.CampaignID
	}
	var lines []historyRow
	if err := tx.NewSelect().Model(&lines).Where("story_id > ?", after).Where("story_id <= ?", rows[len(rows)-1].ID).
		Where("event IN ('approved', 'rejected', 'escalated', 'hidden', 'restored')").Order("story_id", "id").
		Scan(ctx); err != nil {
		return err
	}
	var decisions []*decisionRow
	for _, l := range lines {
		line := &story.Entry{
			ID: l.ID, Event: story.Event(l.Event), Actor: account.Actor{Role: account.Role(l.ActorRole), ID: l.ActorID},
		}
		if former, ok := review.Overturns(line.Event); ok {
			for _, d := range decisions {
				if d.StoryID == l.StoryID && d.Event == string(former) && d.ActorID != l.ActorID {
					d.Overturned = true
				}
			}
		}
		if review.IsDecision(line) {
			decisions = append(decisions, &decisionRow{
				ID: l.ID, StoryID: l.StoryID, CampaignID: campaign[l.StoryID], At: l.At, ActorID: l.ActorID,
				ActorName: l.ActorName, Event: l.Event, Unplayed: l.Unplayed,
			})
		}
	}
	if len(decisions) == 0 {
		return nil
	}
	_, err := tx.NewInsert().Model(&decisions).On("CONFLICT (id) DO UPDATE").
		Set("overturned = decisions.overturned OR EXCLUDED.overturned").Exec(ctx)
	return err
}

// fillPrints copies old_prints in the order of its key, and empties it at the
// end. at is campaign, value and story of the last row, between spaces.
func (s *Store) fillPrints(ctx context.Context, at string) (string, error) {
	var campaignID, storyID string
	value := int64(-1)
	if f := strings.Fields(at); len(f) == 3 {
		n, err := strconv.ParseInt(f[1], 10, 64)
		if err != nil {
			return "", err
		}
		campaignID, value, storyID = f[0], n, f[2]
	}
	next := ""
	err := s.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var end struct {
			CampaignID string
			Value      int64
			StoryID    string
		}
		const rest = `FROM old_prints WHERE campaign_id = ? AND (value, story_id) > (?, ?) ORDER BY value, story_id`
		err := tx.NewRaw(`SELECT campaign_id, value, story_id `+rest+` LIMIT 1`, campaignID, value, storyID).
			Scan(ctx, &end)
		if noRows(err) {
			value, storyID = -1, ""
			err = tx.NewRaw(`SELECT campaign_id FROM old_prints WHERE campaign_id > ? ORDER BY campaign_id LIMIT 1`,
				campaignID).Scan(ctx, &campaignID)
			if noRows(err) {
				return s.empty(ctx, tx, "old_prints")
			}
		}
		if err != nil {
			return err
		}
		next = strings.Join([]string{campaignID, "9223372036854775807", "~"}, " ")
		err = tx.NewRaw(`SELECT campaign_id, value, story_id `+rest+` LIMIT 1 OFFSET ?`, campaignID, value, storyID,
			fillPrints-1).Scan(ctx, &end)
		if err == nil {
			next = fmt.Sprintf("%s %d %s", end.CampaignID, end.Value, end.StoryID)
		}
		if err != nil && !noRows(err) {
			return err
		}
		return s.copyPrints(ctx, tx, rest, campaignID, value, storyID)
	})
	return next, err
}

// copyPrints copies one part. A row's lock makes whoever deletes it wait, and
// then delete the copy as well.
func (s *Store) copyPrints(ctx context.Context, tx bun.Tx, rest, campaignID string, value int64, storyID string) error {
	id, lock := `unhex(story_id, '-')`, ""
	if s.postgres {
		id, lock = `story_id::uuid`, " FOR KEY SHARE"
	}
	// a value of the source's hash is the one with bit 60; it keeps its last 30 bits
	_, err := tx.NewRaw(`INSERT INTO prints (campaign, value, story)
		SELECT ?, CASE WHEN value >= 1152921504606846976 THEN (value & 1073741823) | 1073741824 ELSE value END, `+id+`
		FROM (SELECT value, story_id `+rest+` LIMIT ?`+lock+`) AS part WHERE true ON CONFLICT DO NOTHING`,
		campaignHash(campaignID), campaignID, value, storyID, fillPrints).Exec(ctx)
	return err
}

func (s *Store) empty(ctx context.Context, tx bun.Tx, table string) error {
	query := `DELETE FROM ?`
	if s.postgres {
		query = `TRUNCATE ?`
	}
	_, err := tx.NewRaw(query, bun.Ident(table)).Exec(ctx)
	return err
}

// filledLater is migration 3, which computed what fillStories now does.
func filledLater(context.Context, *sql.Tx) error { return nil }
