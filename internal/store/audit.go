package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/audit"
)

var _ audit.Store = (*Store)(nil)

type auditRow struct {
	bun.BaseModel `bun:"table:audit"`

	ID        string `bun:",pk"`
	At        int64
	Action    string
	Outcome   string
	ActorRole string
	ActorID   string
	ActorName string
	KeyID     string
	Target    string
	Network   string
	Instance  string
	Details   string // JSON
	Seq       int64  // 0: from before there was a chain
	Prev      string
	Hash      string
}

// AddAuditLine implements audit.Store. The row of the newest line is locked
// until the line is committed.
func (s *Store) AddAuditLine(ctx context.Context, l audit.Line) (audit.Line, error) {
	details, err := json.Marshal(l.Details)
	if err != nil {
		return l, err
	}
	sealed := l
	err = s.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var last audit.Link
		err := tx.NewRaw(`UPDATE audit_head SET seq = seq + 1 RETURNING seq - 1, hash`).Scan(ctx, &last.Seq, &last.Hash)
		if err != nil {
			return err
		}
		if sealed, err = l.Seal(last); err != nil {
			return err
		}
		_, err = tx.NewInsert().Model(&auditRow{
			ID: l.ID, At: micros(l.At), Action: l.Action, Outcome: string(l.Outcome), ActorRole: string(l.Actor.Role),
			ActorID: l.Actor.ID, ActorName: l.Actor.Name, KeyID: l.Key, Target: l.Target, Network: l.Network,
			Instance: l.Instance, Details: string(details), Seq: sealed.Seq, Prev: sealed.Prev, Hash: sealed.Hash,
		}).Exec(ctx)
		if err != nil {
			return err
		}
		_, err = tx.NewRaw(`UPDATE audit_head SET hash = ?, prev = ?`, sealed.Hash, sealed.Prev).Exec(ctx)
		return err
	})
	if err != nil {
		return l, err
	}
	return sealed, nil
}

// AuditHead implements audit.Store.
func (s *Store) AuditHead(ctx context.Context) (audit.Link, error) {
	var l audit.Link
	err := s.staff.NewRaw(`SELECT seq, prev, hash FROM audit_head`).Scan(ctx, &l.Seq, &l.Prev, &l.Hash)
	return l, s.mapError(err)
}

// AuditChain implements audit.Store.
func (s *Store) AuditChain(ctx context.Context, after int64, limit int) ([]audit.Line, error) {
	var rows []auditRow
	err := s.staff.NewSelect().Model(&rows).Where("seq > ?", after).Order("seq").Limit(int64(limit)).Scan(ctx)
	if err != nil {
		return nil, s.mapError(err)
	}
	return auditLines(rows)
}

// AuditLines implements audit.Store. Ids rise with time.
func (s *Store) AuditLines(ctx context.Context, f audit.Filter, after string, limit int) ([]audit.Line, error) {
	var rows []auditRow
	q := s.r.NewSelect().Model(&rows).Order("id DESC").Limit(int64(limit))
	where := func(use bool, condition string, args ...any) {
		if use {
			q = q.Where(condition, args...)
		}
	}
	where(after != "", "id < ?", after)
	where(f.Action != "", "(action = ? OR substr(action, 1, ?) = ?)", f.Action, len(f.Action)+1, f.Action+".")
	where(f.Outcome != "", "outcome = ?", string(f.Outcome))
	where(f.Actor != "", "actor_id = ?", f.Actor)
	where(f.Target != "", "target = ?", f.Target)
	where(!f.From.IsZero(), "at >= ?", micros(f.From))
	where(!f.To.IsZero(), "at < ?", micros(f.To))
	if err := q.Scan(ctx); err != nil {
		return nil, s.mapError(err)
	}
	return auditLines(rows)
}

func auditLines(rows []auditRow) ([]audit.Line, error) {
	out := make([]audit.Line, len(rows))
	for i, r := range rows {
		out[i] = audit.Line{
			ID: r.ID, At: moment(r.At), Action: r.Action, Outcome: audit.Outcome(r.Outcome),
			Actor: account.Actor{Role: account.Role(r.ActorRole), ID: r.ActorID, Name: r.ActorName},
			Key:   r.KeyID, Target: r.Target, Network: r.Network, Instance: r.Instance,
			Link: audit.Link{Seq: r.Seq, Prev: r.Prev, Hash: r.Hash},
		}
		if err := json.Unmarshal([]byte(r.Details), &out[i].Details); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// DeleteAuditLines implements audit.Store.
func (s *Store) DeleteAuditLines(ctx context.Context, before time.Time) error {
	_, err := s.w.NewRaw(`DELETE FROM audit WHERE at < ?`, micros(before)).Exec(ctx)
	return s.mapError(err)
}
