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
}

// AddAuditLine implements audit.Store.
func (s *Store) AddAuditLine(ctx context.Context, l audit.Line) error {
	details, err := json.Marshal(l.Details)
	if err != nil {
		return err
	}
	_, err = s.w.NewInsert().Model(&auditRow{
		ID: l.ID, At: micros(l.At), Action: l.Action, Outcome: string(l.Outcome), ActorRole: string(l.Actor.Role),
		ActorID: l.Actor.ID, ActorName: l.Actor.Name, KeyID: l.Key, Target: l.Target, Network: l.Network,
		Instance: l.Instance, Details: string(details),
	}).Exec(ctx)
	return s.mapError(err)
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
	out := make([]audit.Line, len(rows))
	for i, r := range rows {
		out[i] = audit.Line{
			ID: r.ID, At: moment(r.At), Action: r.Action, Outcome: audit.Outcome(r.Outcome),
			Actor: account.Actor{Role: account.Role(r.ActorRole), ID: r.ActorID, Name: r.ActorName},
			Key:   r.KeyID, Target: r.Target, Network: r.Network, Instance: r.Instance,
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
