package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/intake"
	"github.com/storyreel/storyreel/internal/story"
)

var (
	_ story.Store  = (*Store)(nil)
	_ intake.Store = (*Store)(nil)
)

var errNoStory = fault.New(fault.NotFound, "story.unknown", "there is no such story")

// CreateStory implements intake.Store.
func (s *Store) CreateStory(ctx context.Context, st *story.Story, first *story.Entry, tokenHash string,
	idem *intake.Idempotency) error {
	row, err := newStoryRow(st)
	if err != nil {
		return err
	}
	return s.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewInsert().Model(row).Exec(ctx); err != nil {
			return err
		}
		if err := appendHistory(ctx, tx, first); err != nil {
			return err
		}
		if _, err := tx.NewRaw(`INSERT INTO story_tokens (hash, story_id) VALUES (?, ?)`, tokenHash, st.ID).
			Exec(ctx); err != nil {
			return err
		}
		if idem == nil {
			return nil
		}
		n, err := changed(
			tx.NewRaw(
				`INSERT INTO idempotency (key, request, story_id, created_at) VALUES (?, ?, ?, ?) ON CONFLICT
					DO NOTHING`,
				idem.Key, idem.Request, idem.Story, micros(idem.CreatedAt)).Exec(ctx))
		if err == nil && n == 0 {
			return fault.New(fault.Conflict, "idempotency.known", "this Idempotency-Key was used before")
		}
		return err
	})
}

// Story implements story.Store.
func (s *Store) Story(ctx context.Context, id string) (*story.Story, error) {
	return s.loadStory(ctx, s.r, id)
}

func (s *Store) loadStory(ctx context.Context, db bun.IDB, id string) (*story.Story, error) {
	var row storyRow
	err := db.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errNoStory
	}
	if err != nil {
		return nil, s.explain(err)
	}
	return row.story()
}

// SaveStory implements story.Store.
func (s *Store) SaveStory(ctx context.Context, st *story.Story, line *story.Entry) error {
	return s.save(ctx, st, line, nil)
}

// EraseStory implements attempt.Store.
func (s *Store) EraseStory(ctx context.Context, st *story.Story, line *story.Entry) error {
	return s.save(ctx, st, line, func(ctx context.Context, tx bun.Tx) error {
		for _, q := range []string{
			`UPDATE history SET note = '' WHERE story_id = ?`,
			`UPDATE attempts SET error = '' WHERE story_id = ?`,
			`DELETE FROM idempotency WHERE story_id = ?`,
			`DELETE FROM shortlist WHERE story_id = ?`,
			`DELETE FROM selection WHERE story_id = ?`,
			`DELETE FROM votes WHERE story_id = ?`,
			`DELETE FROM tags WHERE story_id = ?`,
			`DELETE FROM captions WHERE story_id = ?`,
			`DELETE FROM prints WHERE story_id = ?`,
		} {
			if _, err := tx.NewRaw(q, st.ID).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
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
	err = s.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if becomes(line, story.Published) {
			if err := s.index(ctx, tx, st, row); err != nil {
				return err
			}
		}
		n, err := changed(tx.NewUpdate().Model(row).ExcludeColumn("id", "campaign_id", "created_at").
			Where("id = ?", row.ID).Where("version = ?", st.Version).Exec(ctx))
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Conflict, "story.stale", "this story has changed since it was read")
		}
		if leaves(line, story.Published) {
			if err := s.unindex(ctx, tx, st, row); err != nil {
				return err
			}
		}
		if line != nil && line.Event == story.EventReplaced { // the film they belong to is gone
			if _, err := tx.NewRaw(`DELETE FROM captions WHERE story_id = ?`, st.ID).Exec(ctx); err != nil {
				return err
			}
		}
		if becomes(line, story.InReview) {
			if err := keepPrints(ctx, tx, st); err != nil {
				return err
			}
		}
		if line != nil {
			if err := appendHistory(ctx, tx, line); err != nil {
				return err
			}
		}
		if more != nil {
			return more(ctx, tx)
		}
		return nil
	})
	if err == nil {
		st.Version, st.PublishedAt = row.Version, moment(row.PublishedAt)
		st.ClaimedBy, st.ClaimedUntil = account.Actor{}, time.Time{}
	}
	return err
}

func becomes(line *story.Entry, state story.State) bool {
	return line != nil && line.To == state && line.From != state
}

func leaves(line *story.Entry, state story.State) bool {
	return line != nil && line.From == state && line.To != state
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
}

func appendHistory(ctx context.Context, tx bun.Tx, e *story.Entry) error {
	_, err := tx.NewInsert().Model(&historyRow{
		ID: e.ID, StoryID: e.Story, At: micros(e.At), ActorRole: string(e.Actor.Role), ActorID: e.Actor.ID,
		ActorName: e.Actor.Name,
		Event:     string(e.Event), FromState: string(e.From), ToState: string(e.To), Reason: e.Reason, Note: e.Note,
	}).Exec(ctx)
	return err
}

// History implements story.Store.
func (s *Store) History(ctx context.Context, id string) ([]*story.Entry, error) {
	var rows []historyRow
	if err := s.r.NewSelect().Model(&rows).Where("story_id = ?", id).Order("id").Scan(ctx); err != nil {
		return nil, s.explain(err)
	}
	out := make([]*story.Entry, len(rows))
	for i, r := range rows {
		out[i] = &story.Entry{
			ID: r.ID, Story: r.StoryID, At: moment(r.At),
			Actor: account.Actor{Role: account.Role(r.ActorRole), ID: r.ActorID, Name: r.ActorName},
			Event: story.Event(r.Event), From: story.State(r.FromState), To: story.State(r.ToState), Reason: r.Reason,
			Note: r.Note,
		}
	}
	return out, nil
}

// AddToken implements intake.Store.
func (s *Store) AddToken(ctx context.Context, id, hash string) error {
	_, err := s.w.NewRaw(`INSERT INTO story_tokens (hash, story_id) VALUES (?, ?)`, hash, id).Exec(ctx)
	return s.explain(err)
}

// HasToken implements intake.Store.
func (s *Store) HasToken(ctx context.Context, id, hash string) (bool, error) {
	var n int
	err := s.r.NewRaw(`SELECT count(*) FROM story_tokens WHERE hash = ? AND story_id = ?`, hash, id).Scan(ctx, &n)
	return n > 0, s.explain(err)
}

// Idempotency implements intake.Store.
func (s *Store) Idempotency(ctx context.Context, key string) (*intake.Idempotency, error) {
	rec := intake.Idempotency{Key: key}
	var at int64
	err := s.r.NewRaw(`SELECT request, story_id, created_at FROM idempotency WHERE key = ?`, key).
		Scan(ctx, &rec.Request, &rec.Story, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	rec.CreatedAt = moment(at)
	return &rec, s.explain(err)
}

// PruneIdempotency implements intake.Store.
func (s *Store) PruneIdempotency(ctx context.Context, before time.Time) error {
	_, err := s.w.NewRaw(`DELETE FROM idempotency WHERE created_at < ?`, micros(before)).Exec(ctx)
	return s.explain(err)
}

// StatesOf implements story.Store.
func (s *Store) StatesOf(ctx context.Context, ids []string) (map[string]story.State, error) {
	states := make(map[string]story.State, len(ids))
	if len(ids) == 0 {
		return states, nil
	}
	var rows []struct{ ID, State string }
	if err := s.r.NewRaw(`SELECT id, state FROM stories WHERE id IN (?)`, bun.List(ids)).Scan(ctx, &rows); err != nil {
		return nil, s.explain(err)
	}
	for _, r := range rows {
		states[r.ID] = story.State(r.State)
	}
	return states, nil
}

// searchText is what a search looks through.
func searchText(st *story.Story) string {
	return strings.Join([]string{st.Song.Title, st.Song.Artist, st.Title, st.Text, st.Contributor.Name}, "\n")
}
