package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/retention"
	"github.com/storyreel/storyreel/internal/story"
)

var _ retention.Store = (*Store)(nil)

// ofClass selects the stories of a class whose period ended before the moment.
func ofClass(sel *bun.SelectQuery, c retention.Class, before time.Time) *bun.SelectQuery {
	if c.Notice {
		return sel.Table("notices").Join("JOIN stories ON stories.id = notices.story_id").
			Where("notices.outcome <> 'open'").Where("notices.ended_at <= ?", micros(before)).Order("notices.ended_at")
	}
	sel = sel.Table("stories")
	if c.State != "" {
		sel = sel.Where("state = ?", c.State)
	}
	switch {
	case c.Address:
		return sel.Where("full_address").Where("created_at <= ?", micros(before)).Order("created_at")
	case c.FromEnd:
		if c.Source {
			sel = sel.Where("source_kept").
				Where("NOT EXISTS (SELECT 1 FROM shortlist WHERE shortlist.story_id = stories.id)").
				Where("NOT EXISTS (SELECT 1 FROM shortlist_entries AS e WHERE e.story_id = stories.id)").
				Where("NOT EXISTS (SELECT 1 FROM selection WHERE selection.story_id = stories.id)")
		}
		return sel.Where("campaign_id IN (SELECT id FROM campaigns WHERE closes_at > 0 AND closes_at <= ?)",
			micros(before))
	case c.Tombstone:
		sel = sel.Where("EXISTS (SELECT 1 FROM history WHERE history.story_id = stories.id)")
	}
	return sel.Where("updated_at <= ?", micros(before)).Order("updated_at")
}

// idOf is the column that names what ends.
func idOf(c retention.Class) string {
	if c.Notice {
		return "notices.id"
	}
	return "stories.id"
}

// Lapsed implements retention.Store.
func (s *Store) Lapsed(ctx context.Context, c retention.Class, now time.Time, limit int) ([]string, error) {
	var ids []string
	err := ofClass(s.r.NewSelect(), c, now.Add(-c.Keep)).Column(idOf(c)).Where("NOT "+underHold).
		Where("claimed_until <= ?", micros(now)).Limit(int64(limit)).Scan(ctx, &ids)
	return ids, s.mapError(err)
}

// CountClass implements retention.Store.
func (s *Store) CountClass(ctx context.Context, c retention.Class, now time.Time) (retention.Count, error) {
	var n retention.Count
	stored := s.r.NewSelect().Table("stories")
	if c.Notice {
		stored = s.r.NewSelect().Table("notices")
	}
	if c.State != "" {
		stored = stored.Where("state = ?", c.State)
	}
	if c.Source {
		stored = stored.Where("source_kept")
	}
	if c.Address {
		stored = stored.Where("full_address")
	}
	count := func(to *int64, q *bun.SelectQuery) error { return q.ColumnExpr("count(*)").Scan(ctx, to) }
	due := func(held string) *bun.SelectQuery {
		return s.r.NewSelect().TableExpr("(?) AS due",
			ofClass(s.r.NewSelect(), c, now.Add(-c.Keep)).Column(idOf(c)).Where(held))
	}
	err := count(&n.Stored, stored)
	if err == nil && c.Keep > 0 {
		err = count(&n.Due, due("NOT "+underHold))
	}
	if err == nil && c.Keep > 0 {
		err = count(&n.Held, due(underHold))
	}
	return n, s.mapError(err)
}

// tombstone is what DeleteTombstone does. The bare row and the decisions stay,
// which counters are kept from.
var tombstone = []string{
	`DELETE FROM attempts WHERE story_id = ?`,
	`DELETE FROM history WHERE story_id = ?`,
	`DELETE FROM holds WHERE story_id = ?`,
	`DELETE FROM mails WHERE story_id = ?`,
	`DELETE FROM story_tokens WHERE story_id = ?`,
	`UPDATE stories SET release = '{}' WHERE id = ?`,
}

// DeleteTombstone implements retention.Store.
func (s *Store) DeleteTombstone(ctx context.Context, id string) error {
	return s.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, q := range tombstone {
			if _, err := tx.NewRaw(q, id).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

// ReleaseWithdrawn implements retention.Store.
func (s *Store) ReleaseWithdrawn(ctx context.Context, now time.Time) error {
	_, err := s.w.NewRaw(releaseWithdrawn, micros(now)).Exec(ctx)
	return s.mapError(err)
}

const releaseWithdrawn = `UPDATE stories SET work = 'remove', dispatched_at = 0, next_run_at = ?
	WHERE state = 'withdrawn' AND work = '' AND NOT ` + underHold

// AddHold implements retention.Store.
func (s *Store) AddHold(ctx context.Context, h retention.Hold, line *story.Entry) error {
	return s.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		n, err := changed(tx.NewRaw(`INSERT INTO holds (id, campaign_id, story_id, reason, actor_id, actor_name, at,
			lifted_id, lifted_name, lifted_at) VALUES (?, ?, ?, ?, ?, ?, ?, '', '', 0)
			ON CONFLICT (campaign_id, story_id) WHERE lifted_at = 0 DO NOTHING`, h.ID, h.Campaign, h.Story, h.Reason,
			h.By.ID, h.By.Name, micros(h.At)).Exec(ctx))
		if err != nil || n == 0 {
			return err
		}
		if _, err := tx.NewRaw(`UPDATE stories SET work = '' WHERE campaign_id = ? AND (? = '' OR id = ?)
			AND state = 'withdrawn' AND public_set = 'null'`, h.Campaign, h.Story, h.Story).Exec(ctx); err != nil {
			return err
		}
		if line == nil {
			return nil
		}
		return s.appendHeld(ctx, tx, line)
	})
}

// LiftHold implements retention.Store.
func (s *Store) LiftHold(
	ctx context.Context, campaignID, storyID string, by account.Actor, at time.Time, line *story.Entry,
) (lifted bool, err error) {
	err = s.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		n, err := changed(tx.NewRaw(`UPDATE holds SET lifted_id = ?, lifted_name = ?, lifted_at = ?
			WHERE campaign_id = ? AND story_id = ? AND lifted_at = 0`, by.ID, by.Name, micros(at), campaignID, storyID).
			Exec(ctx))
		lifted = n > 0
		if err != nil || !lifted {
			return err
		}
		if _, err := tx.NewRaw(releaseWithdrawn+` AND campaign_id = ? AND (? = '' OR id = ?)`, micros(at), campaignID,
			storyID, storyID).Exec(ctx); err != nil || line == nil {
			return err
		}
		return s.appendHeld(ctx, tx, line)
	})
	return lifted, err
}

// appendHeld appends a line whose transaction does not change the story's row,
// but locks it: the line's state is that of the row, which may have moved since
// the line was made.
func (s *Store) appendHeld(ctx context.Context, tx bun.Tx, line *story.Entry) error {
	var state story.State
	err := tx.NewRaw(`UPDATE stories SET version = version WHERE id = ? RETURNING state`, line.Story).Scan(ctx, &state)
	if err != nil {
		return err
	}
	line.From, line.To = state, state
	return appendHistory(ctx, tx, line)
}

// Holds implements retention.Store.
func (s *Store) Holds(ctx context.Context) ([]retention.Hold, error) {
	var rows []struct {
		ID, CampaignID, StoryID, Reason, ActorID, ActorName string
		At                                                  int64
	}
	if err := s.r.NewRaw(`SELECT id, campaign_id, story_id, reason, actor_id, actor_name, at FROM holds
		WHERE lifted_at = 0 ORDER BY at DESC, id DESC LIMIT 1000`).Scan(ctx, &rows); err != nil {
		return nil, s.mapError(err)
	}
	out := make([]retention.Hold, len(rows))
	for i, r := range rows {
		out[i] = retention.Hold{
			ID: r.ID, Campaign: r.CampaignID, Story: r.StoryID, Reason: r.Reason,
			By: account.Actor{Role: account.Admin, ID: r.ActorID, Name: r.ActorName}, At: moment(r.At),
		}
	}
	return out, nil
}
