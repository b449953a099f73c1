package store

import (
	"context"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/fault"
)

var _ board.Store = (*Store)(nil)

// Facets implements board.Store.
func (s *Store) Facets(ctx context.Context, campaignID string, top int) ([]board.Facet, error) {
	var out []board.Facet
	for _, name := range []string{"song", "artist", "country", "orientation", "duration", "language", "quality"} {
		var rows []struct {
			Value string
			N     int64
		}
		if err := s.r.NewRaw(
			`SELECT value, n FROM facets WHERE campaign_id = ? AND name = ? AND n > 0 ORDER BY n DESC, value LIMIT ?`,
			campaignID, name, top).Scan(ctx, &rows); err != nil {
			return nil, s.explain(err)
		}
		for _, r := range rows {
			out = append(out, board.Facet{Name: name, Value: r.Value, Count: r.N})
		}
	}
	var tags []board.Facet
	err := s.r.NewRaw(`SELECT 'tag' AS name, tag AS value, count(*) AS count FROM tags WHERE campaign_id = ?
		AND EXISTS (SELECT 1 FROM stories WHERE stories.id = tags.story_id AND state = 'published')
		GROUP BY tag ORDER BY count(*) DESC, tag LIMIT ?`, campaignID, top).Scan(ctx, &tags)
	return append(out, tags...), s.explain(err)
}

// PutCandidate implements board.Store.
func (s *Store) PutCandidate(ctx context.Context, c board.Candidate) error {
	_, err := s.w.NewRaw(`INSERT INTO shortlist (campaign_id, story_id, note, actor_id, actor_name, at)
		VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (campaign_id, story_id) DO UPDATE SET note = excluded.note, actor_id = excluded.actor_id,
		actor_name = excluded.actor_name`,
		c.Campaign, c.Story, c.Note, c.By.ID, c.By.Name, micros(c.At)).Exec(ctx)
	return s.explain(err)
}

// DeleteCandidate implements board.Store.
func (s *Store) DeleteCandidate(ctx context.Context, campaignID, storyID string) error {
	_, err := s.w.NewRaw(`DELETE FROM shortlist WHERE campaign_id = ? AND story_id = ?`, campaignID, storyID).Exec(ctx)
	return s.explain(err)
}

// markRow is what shortlist and selection have in common.
type markRow struct {
	Slot      string
	StoryID   string
	Note      string
	ActorID   string
	ActorName string
	At        int64
}

func (r markRow) by() account.Actor {
	return account.Actor{Role: account.Creative, ID: r.ActorID, Name: r.ActorName}
}

type pickRow struct {
	markRow
	FromMS        int64 `bun:"from_ms"`
	ToMS          int64 `bun:"to_ms"`
	ConfirmedID   string
	ConfirmedName string
	ConfirmedAt   int64
}

// ConfirmPick implements board.Store.
func (s *Store) ConfirmPick(ctx context.Context, p board.Pick, by account.Actor, at time.Time) (bool, error) {
	n, err := changed(
		s.w.NewRaw(
			`UPDATE selection SET confirmed_id = ?, confirmed_name = ?, confirmed_at = ? WHERE campaign_id = ?
				AND slot = ? AND story_id = ? AND at = ?`,
			by.ID, by.Name, micros(at), p.Campaign, p.Slot, p.Story, micros(p.At)).Exec(ctx))
	return n == 1, s.explain(err)
}

// Shortlist implements board.Store.
func (s *Store) Shortlist(ctx context.Context, campaignID string) ([]board.Candidate, error) {
	var rows []markRow
	if err := s.r.NewRaw(
		`SELECT story_id, note, actor_id, actor_name, at FROM shortlist WHERE campaign_id = ?
			ORDER BY at DESC, story_id DESC`, campaignID).Scan(ctx, &rows); err != nil {
		return nil, s.explain(err)
	}
	out := make([]board.Candidate, len(rows))
	for i, r := range rows {
		out[i] = board.Candidate{Campaign: campaignID, Story: r.StoryID, Note: r.Note, By: r.by(), At: moment(r.At)}
	}
	return out, nil
}

// PutPick implements board.Store.
func (s *Store) PutPick(ctx context.Context, p board.Pick) error {
	_, err := s.w.NewRaw(
		`INSERT INTO selection (campaign_id, slot, story_id, note, from_ms, to_ms, actor_id, actor_name, at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		p.Campaign, p.Slot, p.Story, p.Note, p.FromMS, p.ToMS, p.By.ID, p.By.Name, micros(p.At)).Exec(ctx)
	if !duplicate(err) {
		return s.explain(err)
	}
	picks, err := s.Selection(ctx, p.Campaign)
	if err != nil {
		return err
	}
	for _, held := range picks {
		switch {
		case held.Slot == p.Slot && held.Story == p.Story:
			if held.Note == p.Note && held.FromMS == p.FromMS && held.ToMS == p.ToMS {
				return nil
			}
			// Whoever changes the choice now answers for it.
			_, err := s.w.NewRaw(`UPDATE selection SET note = ?, from_ms = ?, to_ms = ?, actor_id = ?,
				actor_name = ?, at = ?, confirmed_id = '', confirmed_name = '', confirmed_at = 0
				WHERE campaign_id = ? AND slot = ? AND story_id = ?`,
				p.Note, p.FromMS, p.ToMS, p.By.ID, p.By.Name, micros(p.At), p.Campaign, p.Slot, p.Story).Exec(ctx)
			return s.explain(err)
		case held.Story == p.Story:
			return fault.New(fault.Conflict, "selection.story",
				"%s already chose this story for %s; free that slot first", held.By.Name, held.Slot).
				With("slot", held.Slot).With("chosen_by", held.By.Name).With("chosen_at", held.At)
		case held.Slot == p.Slot:
			return fault.New(fault.Conflict, "selection.slot", "%s already filled %s with another story; free it first",
				held.By.Name, held.Slot).With("story", held.Story).With("chosen_by", held.By.Name).
				With("chosen_at", held.At)
		}
	}
	return fault.New(fault.Conflict, "selection.slot", "the selection changed at this moment; try again")
}

// DeletePick implements board.Store.
func (s *Store) DeletePick(ctx context.Context, campaignID, slot string) error {
	_, err := s.w.NewRaw(`DELETE FROM selection WHERE campaign_id = ? AND slot = ?`, campaignID, slot).Exec(ctx)
	return s.explain(err)
}

// Selection implements board.Store.
func (s *Store) Selection(ctx context.Context, campaignID string) ([]board.Pick, error) {
	var rows []pickRow
	if err := s.r.NewRaw(
		`SELECT slot, story_id, note, actor_id, actor_name, at, from_ms, to_ms, confirmed_id, confirmed_name,
			confirmed_at FROM selection WHERE campaign_id = ? ORDER BY slot`, campaignID).Scan(ctx, &rows); err != nil {
		return nil, s.explain(err)
	}
	out := make([]board.Pick, len(rows))
	for i, r := range rows {
		out[i] = board.Pick{
			Campaign: campaignID, Slot: r.Slot, Story: r.StoryID, Note: r.Note, FromMS: r.FromMS, ToMS: r.ToMS,
			By: r.by(), At: moment(r.At), ConfirmedAt: moment(r.ConfirmedAt),
		}
		if r.ConfirmedAt != 0 {
			out[i].ConfirmedBy = account.Actor{Role: account.Creative, ID: r.ConfirmedID, Name: r.ConfirmedName}
		}
	}
	return out, nil
}
