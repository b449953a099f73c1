package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/webhook"
)

type pickRow struct {
	markRow
	FromMS        int64 `bun:"from_ms"`
	ToMS          int64 `bun:"to_ms"`
	ByPerson      bool
	ConfirmedID   string
	ConfirmedName string
	ConfirmedAt   int64
}

// AddPick implements board.Store. Writes of a campaign's selection hold the
// lock of its row, and so follow each other.
func (s *Store) AddPick(ctx context.Context, p board.Pick) (added bool, err error) {
	err = s.campaignTx(ctx, p.Campaign, func(ctx context.Context, tx bun.Tx) error {
		taken, err := tx.NewSelect().Table("selection").Where("campaign_id = ?", p.Campaign).
			Where("slot = ? OR story_id = ?", p.Slot, p.Story).Exists(ctx)
		if err != nil || taken {
			return err
		}
		if err := emit(ctx, tx, filled(p)); err != nil {
			return err
		}
		_, err = tx.NewRaw(`INSERT INTO selection
			(campaign_id, slot, story_id, note, from_ms, to_ms, actor_id, actor_name, by_person, at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			p.Campaign, p.Slot, p.Story, p.Note, p.FromMS, p.ToMS, p.By.ID, p.By.Name, p.By.Person, micros(p.At)).
			Exec(ctx)
		added = err == nil
		return err
	})
	return added, err
}

func filled(p board.Pick) webhook.Event {
	return webhook.Event{Type: webhook.SelectionFilled, Campaign: p.Campaign, Story: p.Story, At: p.At,
		Facts: webhook.Facts{Slot: p.Slot, FromMS: p.FromMS, ToMS: p.ToMS}}
}

// holds reports whether a slot holds the story.
func holds(ctx context.Context, tx bun.Tx, campaignID, slot, storyID string) (bool, error) {
	return tx.NewSelect().Table("selection").Where("campaign_id = ?", campaignID).Where("slot = ?", slot).
		Where("story_id = ?", storyID).Exists(ctx)
}

// ReplacePick implements board.Store.
func (s *Store) ReplacePick(ctx context.Context, p board.Pick) error {
	return s.campaignTx(ctx, p.Campaign, func(ctx context.Context, tx bun.Tx) error {
		if ok, err := holds(ctx, tx, p.Campaign, p.Slot, p.Story); err != nil || !ok {
			return err
		}
		if err := emit(ctx, tx, filled(p)); err != nil {
			return err
		}
		_, err := tx.NewRaw(`UPDATE selection SET note = ?, from_ms = ?, to_ms = ?, actor_id = ?, actor_name = ?,
			by_person = ?, at = ?, confirmed_id = ?, confirmed_name = ?, confirmed_at = ?
			WHERE campaign_id = ? AND slot = ? AND story_id = ?`,
			p.Note, p.FromMS, p.ToMS, p.By.ID, p.By.Name, p.By.Person, micros(p.At), p.ConfirmedBy.ID,
			p.ConfirmedBy.Name, micros(p.ConfirmedAt), p.Campaign, p.Slot, p.Story).Exec(ctx)
		return err
	})
}

// DeletePick implements board.Store.
func (s *Store) DeletePick(ctx context.Context, campaignID, slot string, at time.Time) error {
	return s.campaignTx(ctx, campaignID, func(ctx context.Context, tx bun.Tx) error {
		return free(ctx, tx, campaignID, at, `slot = ?`, slot)
	})
}

// freeSlots empties the slots that a story to be erased fills.
func freeSlots(ctx context.Context, tx bun.Tx, st *story.Story, at time.Time) error {
	return free(ctx, tx, st.Campaign, at, `story_id = ?`, st.ID)
}

// free empties the slots of a campaign that a condition describes.
func free(ctx context.Context, tx bun.Tx, campaignID string, at time.Time, condition string, arg any) error {
	var slots []webhook.Slot
	if err := tx.NewRaw(`SELECT slot AS name, story_id AS story FROM selection WHERE campaign_id = ? AND `+condition,
		campaignID, arg).Scan(ctx, &slots); err != nil {
		return err
	}
	for _, slot := range slots {
		ev := webhook.Event{Type: webhook.SelectionFreed, Campaign: campaignID, Story: slot.Story, At: at,
			Facts: webhook.Facts{Slot: slot.Name}}
		if err := emit(ctx, tx, ev); err != nil {
			return err
		}
		if _, err := tx.NewRaw(`DELETE FROM selection WHERE campaign_id = ? AND slot = ? AND story_id = ?`, campaignID,
			slot.Name, slot.Story).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// ConfirmPick implements board.Store.
func (s *Store) ConfirmPick(ctx context.Context, p board.Pick, by account.Actor, at time.Time) (ok bool, err error) {
	err = s.campaignTx(ctx, p.Campaign, func(ctx context.Context, tx bun.Tx) error {
		ok, err = tx.NewSelect().Table("selection").Where("campaign_id = ?", p.Campaign).Where("slot = ?", p.Slot).
			Where("story_id = ?", p.Story).Where("at = ?", micros(p.At)).Exists(ctx)
		if err != nil || !ok {
			return err
		}
		ev := webhook.Event{Type: webhook.SelectionConfirmed, Campaign: p.Campaign, Story: p.Story, At: at,
			Facts: webhook.Facts{Slot: p.Slot, FromMS: p.FromMS, ToMS: p.ToMS}}
		if err := emit(ctx, tx, ev); err != nil {
			return err
		}
		if _, err := tx.NewRaw(`UPDATE selection SET confirmed_id = ?, confirmed_name = ?, confirmed_at = ?
			WHERE campaign_id = ? AND slot = ? AND story_id = ?`,
			by.ID, by.Name, micros(at), p.Campaign, p.Slot, p.Story).Exec(ctx); err != nil {
			return err
		}
		return emitReady(ctx, tx, p.Campaign, at)
	})
	return ok, err
}

// emitReady reports the kit where every slot of the campaign is confirmed.
func emitReady(ctx context.Context, tx bun.Tx, campaignID string, at time.Time) error {
	var all string
	var slots []string
	if err := tx.NewRaw(`SELECT ad_slots FROM campaigns WHERE id = ?`, campaignID).Scan(ctx, &all); err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(all), &slots); err != nil {
		return err
	}
	var confirmed []webhook.Slot
	if err := tx.NewRaw(`SELECT slot AS name, story_id AS story FROM selection
		JOIN stories ON stories.id = selection.story_id AND stories.state = 'published'
		WHERE selection.campaign_id = ? AND confirmed_at > 0 ORDER BY slot`, campaignID).
		Scan(ctx, &confirmed); err != nil {
		return err
	}
	usable := make([]string, len(confirmed))
	for i, c := range confirmed {
		usable[i] = c.Name
	}
	if !board.Complete(slots, usable) {
		return nil
	}
	return emit(ctx, tx, webhook.Event{
		Type: webhook.KitReady, Campaign: campaignID, At: at, Facts: webhook.Facts{Slots: confirmed},
	})
}

// RecordExport implements board.Store.
func (s *Store) RecordExport(ctx context.Context, campaignID, format string, picks []board.Pick, at time.Time) error {
	slots := make([]webhook.Slot, len(picks))
	for i, p := range picks {
		slots[i] = webhook.Slot{Name: p.Slot, Story: p.Story}
	}
	return s.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return emit(ctx, tx, webhook.Event{
			Type: webhook.KitExported, Campaign: campaignID, At: at, Facts: webhook.Facts{Slots: slots, Format: format},
		})
	})
}

// Selection implements board.Store.
func (s *Store) Selection(ctx context.Context, campaignID string) ([]board.Pick, error) {
	return s.picks(ctx, campaignID, "")
}

func (s *Store) picks(ctx context.Context, campaignID, storyID string) ([]board.Pick, error) {
	var rows []pickRow
	if err := s.staff.NewRaw(
		`SELECT slot, story_id, note, actor_id, actor_name, at, by_person, from_ms, to_ms, confirmed_id,
			confirmed_name, confirmed_at FROM selection WHERE campaign_id = ? AND `+ofStory+` ORDER BY slot`,
		campaignID, storyID, storyID).Scan(ctx, &rows); err != nil {
		return nil, s.mapError(err)
	}
	out := make([]board.Pick, len(rows))
	for i, r := range rows {
		out[i] = board.Pick{
			Campaign: campaignID, Slot: r.Slot, Story: r.StoryID, Note: r.Note, FromMS: r.FromMS, ToMS: r.ToMS,
			By: r.by(), At: moment(r.At), ConfirmedAt: moment(r.ConfirmedAt),
		}
		out[i].By.Person = r.ByPerson
		if r.ConfirmedAt != 0 {
			out[i].ConfirmedBy = account.Actor{
				Role: account.Creative, ID: r.ConfirmedID, Name: r.ConfirmedName, Person: true,
			}
		}
	}
	return out, nil
}
