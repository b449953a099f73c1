package store

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/text"
)

// listTable returns the table of a list's candidates, and its column that has
// the list's id. The default list has a table of its own, whose key is the
// campaign: releases that know no other list read and write it.
func listTable(campaignID, list string) (table, key bun.Ident) {
	if list == campaignID {
		return "shortlist", "campaign_id"
	}
	return "shortlist_entries", "list_id"
}

// candidateColumns are those of both tables besides the key.
const candidateColumns = `story_id, note, status, version, actor_id, actor_name, at, changed_id, changed_name,
	changed_at`

type listedRow struct {
	markRow
	ListID      string
	Status      string
	Version     int64
	ChangedID   string
	ChangedName string
	ChangedAt   int64
}

func (r *listedRow) candidate(campaignID string) board.Candidate {
	c := board.Candidate{
		Campaign: campaignID, List: r.ListID, Story: r.StoryID, Note: r.Note, Status: board.Status(r.Status),
		Version: r.Version, By: r.by(), At: moment(r.At), ChangedAt: moment(r.ChangedAt),
	}
	if r.ChangedAt != 0 {
		c.ChangedBy = account.Actor{Role: account.Creative, ID: r.ChangedID, Name: r.ChangedName}
	}
	return c
}

// onLists selects the ids of the stories on any of the lists.
func (s *Store) onLists(campaignID string, lists []string) *bun.SelectQuery {
	named := slices.DeleteFunc(slices.Clone(lists), func(id string) bool { return id == campaignID })
	listed := s.staff.NewSelect().Table("shortlist_entries").Column("story_id").Where("list_id IN (?)", bun.List(named))
	standard := s.staff.NewSelect().Table("shortlist").Column("story_id").Where("campaign_id = ?", campaignID)
	switch {
	case len(named) == len(lists):
		return listed
	case len(named) == 0:
		return standard
	}
	return s.staff.NewSelect().TableExpr("(? UNION ALL ?) AS listed", listed, standard).Column("story_id")
}

// listedCount counts the stories on lists, those on several more than once.
func (s *Store) listedCount(ctx context.Context, campaignID string, lists []string) (n int64, err error) {
	err = s.staff.NewRaw(`SELECT count(*) FROM (SELECT 1 AS one FROM (?) AS listed LIMIT ?) AS few`,
		s.onLists(campaignID, lists), s.searchAmong+1).Scan(ctx, &n)
	return n, err
}

// Lists implements board.Store.
func (s *Store) Lists(ctx context.Context, campaignID string) ([]board.List, error) {
	return s.lists(ctx, campaignID, "")
}

// List implements board.Store.
func (s *Store) List(ctx context.Context, campaignID, id string) (*board.List, error) {
	found, err := s.lists(ctx, campaignID, id)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// lists returns one list or, for an empty id, all.
func (s *Store) lists(ctx context.Context, campaignID, id string) ([]board.List, error) {
	var out []board.List
	if id == "" || id == campaignID {
		out = append(out, board.List{ID: campaignID, Campaign: campaignID})
	}
	if id != campaignID {
		var rows []struct {
			markRow
			ID, Name string
			Version  int64
		}
		if err := s.staff.NewRaw(`SELECT id, name, version, actor_id, actor_name, at FROM shortlists
			WHERE campaign_id = ? AND (? = '' OR id = ?) ORDER BY name_fold`, campaignID, id, id).
			Scan(ctx, &rows); err != nil {
			return nil, s.mapError(err)
		}
		for _, r := range rows {
			out = append(out, board.List{
				ID: r.ID, Campaign: campaignID, Name: r.Name, Version: r.Version, By: r.by(), At: moment(r.At),
			})
		}
	}
	return out, s.mapError(s.countLists(ctx, campaignID, out))
}

// countLists counts the candidates of each list by status.
func (s *Store) countLists(ctx context.Context, campaignID string, lists []board.List) error {
	ids := make([]string, len(lists))
	at := map[string]int{}
	for i := range lists {
		ids[i], at[lists[i].ID], lists[i].Counts = lists[i].ID, i, map[board.Status]int64{}
	}
	if len(ids) == 0 {
		return nil
	}
	var rows []struct {
		ListID, Status string
		N              int64
	}
	if err := s.staff.NewRaw(`SELECT list_id, status, count(*) AS n FROM shortlist_entries WHERE list_id IN (?)
			GROUP BY list_id, status
		UNION ALL SELECT campaign_id, status, count(*) FROM shortlist WHERE campaign_id = ? AND campaign_id IN (?)
			GROUP BY campaign_id, status`, bun.List(ids), campaignID, bun.List(ids)).Scan(ctx, &rows); err != nil {
		return err
	}
	for _, r := range rows {
		lists[at[r.ListID]].Counts[board.Status(r.Status)] = r.N
	}
	return nil
}

var errNameTaken = fault.New(fault.Conflict, "shortlist.name_taken", "this campaign has a shortlist of that name")

// CreateList implements board.Store.
func (s *Store) CreateList(ctx context.Context, l board.List) error {
	_, err := s.w.NewRaw(`INSERT INTO shortlists (id, campaign_id, name, name_fold, version, actor_id, actor_name, at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		l.ID, l.Campaign, l.Name, text.Fold(l.Name), l.Version, l.By.ID, l.By.Name, micros(l.At)).Exec(ctx)
	if duplicate(err) {
		return errNameTaken
	}
	return s.mapError(err)
}

// RenameList implements board.Store.
func (s *Store) RenameList(ctx context.Context, id, name string, version int64) (bool, error) {
	n, err := changed(s.w.NewRaw(`UPDATE shortlists SET name = ?, name_fold = ?, version = version + 1
		WHERE id = ? AND version = ?`, name, text.Fold(name), id, version).Exec(ctx))
	if duplicate(err) {
		return false, errNameTaken
	}
	return n == 1, s.mapError(err)
}

// DeleteList implements board.Store.
func (s *Store) DeleteList(ctx context.Context, id string) error {
	return s.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewRaw(`DELETE FROM shortlist_entries WHERE list_id = ?`, id).Exec(ctx); err != nil {
			return err
		}
		_, err := tx.NewRaw(`DELETE FROM shortlists WHERE id = ?`, id).Exec(ctx)
		return err
	})
}

// EditList implements board.Store. Writes of a campaign's lists hold the lock
// of its row, and so follow each other.
func (s *Store) EditList(ctx context.Context, campaignID, list string, stories []string,
	edit func(board.Entry) (*board.Candidate, error)) ([]error, error) {
	refused := make([]error, len(stories))
	table, key := listTable(campaignID, list)
	err := s.campaignTx(ctx, campaignID, func(ctx context.Context, tx bun.Tx) error {
		states, err := s.lockStates(ctx, tx, campaignID, stories)
		if err != nil {
			return err
		}
		var rows []listedRow
		if err := tx.NewRaw(`SELECT ? AS list_id, `+candidateColumns+` FROM ? WHERE ? = ? AND story_id IN (?)`, list,
			table, key, list, bun.List(stories)).Scan(ctx, &rows); err != nil {
			return err
		}
		listed := map[string]*board.Candidate{}
		for i := range rows {
			c := rows[i].candidate(campaignID)
			listed[c.Story] = &c
		}
		size, err := tx.NewSelect().Table(string(table)).Where("? = ?", key, list).Count(ctx)
		if err != nil {
			return err
		}
		for i, id := range stories {
			was := listed[id]
			next, err := edit(board.Entry{Story: id, State: states[id], Candidate: was, Listed: int(size)})
			if refused[i] = err; err != nil {
				continue
			}
			switch {
			case was == nil && next != nil:
				size++
			case was != nil && next == nil:
				size--
			}
			if err := s.putCandidate(ctx, tx, campaignID, list, id, was, next); err != nil {
				return err
			}
		}
		return nil
	})
	return refused, err
}

// putCandidate writes what a list has of a story, where it changed.
func (s *Store) putCandidate(ctx context.Context, tx bun.Tx, campaignID, list, id string,
	was, next *board.Candidate) error {
	table, key := listTable(campaignID, list)
	if next == nil {
		if was == nil {
			return nil
		}
		_, err := tx.NewRaw(`DELETE FROM ? WHERE ? = ? AND story_id = ?`, table, key, list, id).Exec(ctx)
		return err
	}
	if was != nil && was.Version == next.Version {
		return nil
	}
	_, err := tx.NewRaw(`INSERT INTO ? (?, `+candidateColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (?, story_id) DO UPDATE SET note = excluded.note, status = excluded.status,
		version = excluded.version, changed_id = excluded.changed_id, changed_name = excluded.changed_name,
		changed_at = excluded.changed_at`,
		table, key, list, id, next.Note, string(next.Status), next.Version, next.By.ID, next.By.Name, micros(next.At),
		next.ChangedBy.ID, next.ChangedBy.Name, micros(next.ChangedAt), key).Exec(ctx)
	return err
}

// Candidates implements board.Store.
func (s *Store) Candidates(ctx context.Context, campaignID, list string, status board.Status, after *board.Cursor,
	limit int) ([]board.Listed, error) {
	table, key := listTable(campaignID, list)
	sel := s.staff.NewSelect().TableExpr("? AS i", table).ColumnExpr("? AS list_id, "+candidateColumns, list).
		Where("i.? = ?", key, list)
	if status != "" {
		sel = sel.Where("i.status = ?", string(status))
	}
	var rows []listedRow
	if err := inTime(sel, "i.at", board.Newest, after).Limit(int64(limit)).Scan(ctx, &rows); err != nil {
		return nil, s.mapError(err)
	}
	ids := make([]string, len(rows))
	at := make(map[string]*listedRow, len(rows))
	for i := range rows {
		ids[i], at[rows[i].StoryID] = rows[i].StoryID, &rows[i]
	}
	stories, err := s.Stories(ctx, ids)
	out := make([]board.Listed, len(stories))
	for i, st := range stories {
		out[i] = board.Listed{Candidate: at[st.ID].candidate(campaignID), Story: st}
	}
	return out, err
}

// OnLists implements board.Store.
func (s *Store) OnLists(ctx context.Context, campaignID string, stories []string) (
	map[string][]board.Candidate, error,
) {
	var rows []listedRow
	if err := s.staff.NewRaw(`SELECT campaign_id AS list_id, `+candidateColumns+` FROM shortlist
			WHERE campaign_id = ? AND story_id IN (?)
		UNION ALL SELECT list_id, `+candidateColumns+` FROM shortlist_entries WHERE story_id IN (?)
		ORDER BY at, list_id`, campaignID, bun.List(stories), bun.List(stories)).Scan(ctx, &rows); err != nil {
		return nil, s.mapError(err)
	}
	out := map[string][]board.Candidate{}
	for i := range rows {
		c := rows[i].candidate(campaignID)
		out[c.Story] = append(out[c.Story], c)
	}
	return out, nil
}
