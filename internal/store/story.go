package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/story"
)

var _ story.Store = (*Store)(nil)

var errNoStory = fault.New(fault.NotFound, "story.unknown", "there is no such story")

// Story implements story.Store.
func (s *Store) Story(ctx context.Context, id string) (*story.Story, error) {
	var row storyRow
	err := withSlug(s.r.NewSelect().Model(&row)).Where("id = ?", id).Scan(ctx)
	if noRows(err) {
		return nil, errNoStory
	}
	if err != nil {
		return nil, s.mapError(err)
	}
	return row.story()
}

// SaveStory implements story.Store.
func (s *Store) SaveStory(ctx context.Context, st *story.Story, line *story.Entry) error {
	return s.save(ctx, st, line, nil)
}

// save writes the whole row where the version still holds. The write lock
// that the update takes orders everything else in the transaction.
func (s *Store) save(ctx context.Context, st *story.Story, line *story.Entry,
	more func(context.Context, bun.Tx) error) error {
	row, err := newStoryRow(st)
	if err != nil {
		return err
	}
	row.Version++
	fixed := []string{"id", "campaign_id", "created_at"}
	if !row.keepWaiting(line) {
		fixed = append(fixed, "waiting_since")
	}
	err = s.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		n, err := changed(tx.NewUpdate().Model(row).ExcludeColumn(fixed...).
			Where("id = ?", row.ID).Where("version = ?", st.Version).Exec(ctx))
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Conflict, "story.stale", "this story has changed since it was read")
		}
		if line != nil {
			if err := s.record(ctx, tx, st, row, line); err != nil {
				return err
			}
		}
		if more != nil {
			return more(ctx, tx)
		}
		return nil
	})
	if err == nil {
		st.Version = row.Version
		st.ClaimedBy, st.ClaimedUntil = account.Actor{}, time.Time{}
	}
	return err
}

// record appends the history line and brings the rows that depend on the
// story's state up to date.
func (s *Store) record(ctx context.Context, tx bun.Tx, st *story.Story, row *storyRow, line *story.Entry) error {
	if err := s.keep(ctx, tx, st, row, line); err != nil {
		return err
	}
	return appendHistory(ctx, tx, line)
}

func becomes(line *story.Entry, state story.State) bool {
	return line.To == state && line.From != state
}

func leaves(line *story.Entry, state story.State) bool {
	return line.From == state && line.To != state
}

type historyRow struct {
	bun.BaseModel `bun:"table:history"`

	ID        string `bun:",pk"`
	StoryID   string
	At        int64
	ActorRole string
	ActorID   string
	ActorName string
	Event     string
	FromState string
	ToState   string
	Reason    string
	Note      string
	Unplayed  bool
	Message   string
	Changes   string // JSON; empty: none
	Seq       int64  // see story.Chained
	Hash      string
}

// appendHistory stores the line as the next one of its story's chain. The
// transaction must hold the story's row, or have made it.
func appendHistory(ctx context.Context, tx bun.Tx, e *story.Entry) error {
	var last story.Chained
	err := tx.NewRaw(`SELECT seq, hash FROM history WHERE story_id = ? AND seq > 0 ORDER BY seq DESC LIMIT 1`, e.Story).
		Scan(ctx, &last.Seq, &last.Hash)
	if err != nil && !noRows(err) {
		return err
	}
	e.Seal(last)
	changes := ""
	if len(e.Changes) > 0 {
		b, err := json.Marshal(e.Changes)
		if err != nil {
			return err
		}
		changes = string(b)
	}
	_, err = tx.NewInsert().Model(&historyRow{
		ID: e.ID, StoryID: e.Story, At: micros(e.At), ActorRole: string(e.Actor.Role), ActorID: e.Actor.ID,
		ActorName: e.Actor.Name,
		Event:     string(e.Event), FromState: string(e.From), ToState: string(e.To), Reason: e.Reason, Note: e.Note,
		Unplayed: e.Unplayed, Message: e.Message, Changes: changes, Seq: e.Chain.Seq, Hash: e.Chain.Hash,
	}).Exec(ctx)
	return err
}

// History implements story.Store.
func (s *Store) History(ctx context.Context, id string) ([]*story.Entry, error) {
	var rows []historyRow
	if err := s.r.NewSelect().Model(&rows).Where("story_id = ?", id).Order("id").Scan(ctx); err != nil {
		return nil, s.mapError(err)
	}
	return entries(rows)
}

func entries(rows []historyRow) ([]*story.Entry, error) {
	out := make([]*story.Entry, len(rows))
	for i := range rows {
		e, err := rows[i].entry()
		if err != nil {
			return nil, err
		}
		out[i] = e
	}
	return out, nil
}

func (r *historyRow) entry() (*story.Entry, error) {
	e := &story.Entry{
		ID: r.ID, Story: r.StoryID, At: moment(r.At),
		Actor: account.Actor{Role: account.Role(r.ActorRole), ID: r.ActorID, Name: r.ActorName},
		Event: story.Event(r.Event), From: story.State(r.FromState), To: story.State(r.ToState), Reason: r.Reason,
		Note: r.Note, Message: r.Message, Unplayed: r.Unplayed, Chain: story.Chained{Seq: r.Seq, Hash: r.Hash},
	}
	if r.Changes == "" {
		return e, nil
	}
	return e, json.Unmarshal([]byte(r.Changes), &e.Changes)
}

// StatesOf implements story.Store.
func (s *Store) StatesOf(ctx context.Context, ids []string) (map[string]story.State, error) {
	states := make(map[string]story.State, len(ids))
	if len(ids) == 0 {
		return states, nil
	}
	var rows []struct{ ID, State string }
	if err := s.r.NewRaw(`SELECT id, state FROM stories WHERE id IN (?)`, bun.List(ids)).Scan(ctx, &rows); err != nil {
		return nil, s.mapError(err)
	}
	for _, r := range rows {
		states[r.ID] = story.State(r.State)
	}
	return states, nil
}

func (s *Store) selectStories(ctx context.Context, q *bun.SelectQuery) ([]*story.Story, error) {
	var rows []storyRow
	if err := withSlug(q.Model(&rows)).Scan(ctx); err != nil {
		return nil, s.mapError(err)
	}
	return storiesOf(rows)
}

// Stories implements board.Store. An unknown story is left out.
func (s *Store) Stories(ctx context.Context, ids []string) ([]*story.Story, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := s.selectStories(ctx, s.staff.NewSelect().Where("id IN (?)", bun.List(ids)))
	if err != nil {
		return nil, err
	}
	at := make(map[string]*story.Story, len(found))
	for _, st := range found {
		at[st.ID] = st
	}
	out := make([]*story.Story, 0, len(ids))
	for _, id := range ids {
		if st := at[id]; st != nil {
			out = append(out, st)
		}
	}
	return out, nil
}
