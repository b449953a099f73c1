package store

import (
	"context"
	"hash/fnv"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/review"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/webhook"
)

// countShards is how many counters each campaign has of one state.
const countShards = 16

// keep brings every table that is kept from the story up to date with the
// transition. The order is the same in every transaction: two of them never
// wait for each other in a circle.
func (s *Store) keep(ctx context.Context, tx bun.Tx, st *story.Story, row *storyRow, line *story.Entry) error {
	var err error
	switch {
	case becomes(line, story.Published):
		err = s.index(ctx, tx, st, row)
	case leaves(line, story.Published):
		if err = s.unindex(ctx, tx, st, row); err == nil {
			err = endNotices(ctx, tx, line)
		}
	case line.Event == story.EventRefined:
		err = relist(ctx, tx, row)
	case becomes(line, story.InReview):
		err = s.keepFingerprints(ctx, tx, st)
	case line.Event == story.EventApproved:
		err = approveCaptions(ctx, tx, st.ID)
	case line.Event == story.EventReplaced: // captions belong to the replaced video
		_, err = tx.NewRaw(`DELETE FROM captions WHERE story_id = ?`, st.ID).Exec(ctx)
	}
	if err != nil {
		return err
	}
	if line.From == "" || line.Event == story.EventRevised || line.Event == story.EventErased {
		if err := s.keepLookup(ctx, tx, row); err != nil {
			return err
		}
	}
	if err := keepWarnings(ctx, tx, st, row, line); err != nil {
		return err
	}
	if err := keepCounts(ctx, tx, row, line); err != nil {
		return err
	}
	if err := keepMails(ctx, tx, st, line); err != nil {
		return err
	}
	if err := keepDecisions(ctx, tx, row, line); err != nil {
		return err
	}
	if ev, reported := webhook.OfLine(row.CampaignID, line); reported {
		return emit(ctx, tx, ev)
	}
	return nil
}

// keepCounts moves the story from the counter of its former state to that of
// the present one.
func keepCounts(ctx context.Context, tx bun.Tx, row *storyRow, line *story.Entry) error {
	if line.From == line.To {
		return nil
	}
	type change struct {
		state string
		n     int
	}
	changes := []change{{string(line.To), 1}}
	if line.From != "" {
		changes = append(changes, change{string(line.From), -1})
		if line.From < line.To {
			changes[0], changes[1] = changes[1], changes[0]
		}
	}
	for _, c := range changes {
		if _, err := tx.NewRaw(`INSERT INTO story_counts (campaign_id, state, shard, n) VALUES (?, ?, ?, ?)
			ON CONFLICT (campaign_id, state, shard) DO UPDATE SET n = story_counts.n + excluded.n`,
			row.CampaignID, c.state, shardOf(row.ID), c.n).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

func shardOf(storyID string) int64 { return shuffleKey(storyID) % countShards }

// keepWarnings replaces the story's warnings, whose rows carry its state and
// the time of its last change.
func keepWarnings(ctx context.Context, tx bun.Tx, st *story.Story, row *storyRow, line *story.Entry) error {
	var warnings []string
	if st.Findings != nil {
		warnings = st.Findings.Warnings
	}
	changes := line.Event == story.EventPrepared || line.Event == story.EventReplaced || line.Event == story.EventErased
	if len(warnings) == 0 && !changes {
		return nil
	}
	if _, err := tx.NewRaw(`DELETE FROM story_warnings WHERE story_id = ?`, row.ID).Exec(ctx); err != nil {
		return err
	}
	return addWarnings(ctx, tx, row.ID, row.CampaignID, row.State, row.UpdatedAt, warnings)
}

func addWarnings(ctx context.Context, tx bun.IDB, id, campaignID, state string, at int64, warnings []string) error {
	for _, w := range warnings {
		if _, err := tx.NewRaw(`INSERT INTO story_warnings (story_id, warning, campaign_id, state, updated_at)
			VALUES (?, ?, ?, ?, ?) ON CONFLICT (story_id, warning) DO NOTHING`, id, w, campaignID, state, at).
			Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// decisionRow is a row of the table decisions.
type decisionRow struct {
	bun.BaseModel `bun:"table:decisions,alias:decisions"`

	ID         string `bun:",pk"` // of the history line
	StoryID    string
	CampaignID string
	At         int64
	ActorID    string
	ActorName  string
	Event      string
	Overturned bool
	Unplayed   bool
}

const hourMicros = int64(3_600_000_000)

// keepDecisions records a moderator's decision and counts it, and marks the
// decisions of others that it overturns.
func keepDecisions(ctx context.Context, tx bun.Tx, row *storyRow, line *story.Entry) error {
	if review.IsDecision(line) {
		d := decisionRow{
			ID: line.ID, StoryID: row.ID, CampaignID: row.CampaignID, At: micros(line.At), ActorID: line.Actor.ID,
			ActorName: line.Actor.Name, Event: string(line.Event), Unplayed: line.Unplayed,
		}
		if _, err := tx.NewInsert().Model(&d).Exec(ctx); err != nil {
			return err
		}
		if err := countDecision(ctx, tx, d, d.Event, 1); err != nil {
			return err
		}
		if d.Unplayed {
			if err := countDecision(ctx, tx, d, "unplayed", 1); err != nil {
				return err
			}
		}
	}
	former, overturns := review.Overturns(line.Event)
	if !overturns {
		return nil
	}
	var lost []decisionRow
	if err := tx.NewSelect().Model(&lost).Where("story_id = ?", row.ID).Where("event = ?", string(former)).
		Where("actor_id <> ?", line.Actor.ID).Where("NOT overturned").Order("at", "id").Scan(ctx); err != nil {
		return err
	}
	for _, d := range lost {
		if _, err := tx.NewRaw(`UPDATE decisions SET overturned = ? WHERE id = ?`, true, d.ID).Exec(ctx); err != nil {
			return err
		}
		if err := countDecision(ctx, tx, d, "overturned", 1); err != nil {
			return err
		}
	}
	return nil
}

// countDecision adds n to one counter of the decision's moderator and hour.
func countDecision(ctx context.Context, tx bun.Tx, d decisionRow, counter string, n int64) error {
	of := func(name string) int64 {
		if name == counter {
			return n
		}
		return 0
	}
	_, err := tx.NewRaw(`INSERT INTO decision_counts
		(campaign_id, hour, actor_id, actor_name, approved, rejected, escalated, overturned, unplayed)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (campaign_id, hour, actor_id) DO UPDATE SET actor_name = excluded.actor_name,
		approved = decision_counts.approved + excluded.approved,
		rejected = decision_counts.rejected + excluded.rejected,
		escalated = decision_counts.escalated + excluded.escalated,
		overturned = decision_counts.overturned + excluded.overturned,
		unplayed = decision_counts.unplayed + excluded.unplayed`,
		d.CampaignID, d.At/hourMicros, d.ActorID, d.ActorName, of("approved"), of("rejected"), of("escalated"),
		of("overturned"), of("unplayed")).Exec(ctx)
	return err
}

// keepLookup replaces the text by which moderators look the story up; an
// erased story has none.
func (s *Store) keepLookup(ctx context.Context, tx bun.IDB, row *storyRow) error {
	return s.writeLookup(ctx, tx, row.ID, row.CampaignID, row.SongFold, row.ArtistFold, row.Name)
}

func (s *Store) writeLookup(ctx context.Context, tx bun.IDB, id, campaignID string, texts ...string) error {
	body := endings(texts...)
	if s.postgres {
		if body == "" {
			_, err := tx.NewRaw(`DELETE FROM lookup_texts WHERE story_id = ?`, id).Exec(ctx)
			return err
		}
		_, err := tx.NewRaw(`INSERT INTO lookup_texts (story_id, campaign_id, tsv)
			VALUES (?, ?, to_tsvector('simple', ?))
			ON CONFLICT (story_id) DO UPDATE SET tsv = excluded.tsv`, id, campaignID, body).Exec(ctx)
		return err
	}
	if body == "" {
		_, err := tx.NewRaw(`DELETE FROM lookup_texts WHERE rowid = ?`, lookupRow(id)).Exec(ctx)
		return err
	}
	_, err := tx.NewRaw(`INSERT OR REPLACE INTO lookup_texts (rowid, body, story_id) VALUES (?, ?, ?)`, lookupRow(id),
		scope(campaignID)+" "+body, id).Exec(ctx)
	return err
}

// lookupRow is the row of SQLite's index of lookups: the first 60 bits of a
// UUIDv7 but its version, which are its time, and three of its random bits.
// The time counts quarters of a microsecond, so that no two stories have the
// same row.
func lookupRow(storyID string) int64 {
	b, ok := uuidBytes(storyID)
	if !ok {
		h := fnv.New64a()
		h.Write([]byte(storyID))
		return int64(h.Sum64() >> 1)
	}
	var n uint64
	for _, x := range b[:6] {
		n = n<<8 | uint64(x)
	}
	n = n<<4 | uint64(b[6]&15)
	n = n<<8 | uint64(b[7])
	return int64(n<<3 | uint64(b[8]&7))
}
