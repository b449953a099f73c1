package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
)

type sessionRow struct {
	bun.BaseModel `bun:"table:sessions"`

	Hash      string `bun:",pk"`
	ID        string
	UserID    string
	Link      bool
	ByLink    bool
	Device    string
	CreatedAt int64
	SeenAt    int64
	ExpiresAt int64
}

func (r *sessionRow) session() *account.Session {
	return &account.Session{
		ID: r.ID, Hash: r.Hash, User: r.UserID, Link: r.Link, ByLink: r.ByLink, Device: r.Device,
		CreatedAt: moment(r.CreatedAt), SeenAt: moment(r.SeenAt), ExpiresAt: moment(r.ExpiresAt),
	}
}

// CreateSession implements account.Store.
func (s *Store) CreateSession(ctx context.Context, x *account.Session) error {
	_, err := s.w.NewInsert().Model(&sessionRow{
		Hash: x.Hash, ID: x.ID, UserID: x.User, Link: x.Link, ByLink: x.ByLink, Device: x.Device,
		CreatedAt: micros(x.CreatedAt), SeenAt: micros(x.SeenAt), ExpiresAt: micros(x.ExpiresAt),
	}).Exec(ctx)
	return s.mapError(err)
}

// SessionByHash implements account.Store.
func (s *Store) SessionByHash(ctx context.Context, hash string, now time.Time) (*account.Session, error) {
	var row sessionRow
	err := s.r.NewSelect().Model(&row).Where("hash = ?", hash).Where("expires_at > ?", micros(now)).Scan(ctx)
	if noRows(err) {
		return nil, fault.New(fault.NotFound, "session.unknown", "this session has ended; sign in again")
	}
	return row.session(), s.mapError(err)
}

// Sessions implements account.Store.
func (s *Store) Sessions(ctx context.Context, user string, now time.Time) ([]*account.Session, error) {
	var rows []sessionRow
	if err := s.r.NewSelect().Model(&rows).Where("user_id = ?", user).Where("expires_at > ?", micros(now)).
		Order("id DESC").Scan(ctx); err != nil {
		return nil, s.mapError(err)
	}
	out := make([]*account.Session, len(rows))
	for i := range rows {
		out[i] = rows[i].session()
	}
	return out, nil
}

// TouchSession implements account.Store.
func (s *Store) TouchSession(ctx context.Context, hash string, at time.Time) error {
	_, err := s.w.NewRaw(`UPDATE sessions SET seen_at = ? WHERE hash = ?`, micros(at), hash).Exec(ctx)
	return s.mapError(err)
}

// DeleteSession implements account.Store.
func (s *Store) DeleteSession(ctx context.Context, hash string) (bool, error) {
	n, err := changed(s.w.NewRaw(`DELETE FROM sessions WHERE hash = ?`, hash).Exec(ctx))
	return n > 0, s.mapError(err)
}

// DeleteSessions implements account.Store.
func (s *Store) DeleteSessions(ctx context.Context, user, id string) (int64, error) {
	n, err := changed(s.w.NewRaw(`DELETE FROM sessions WHERE user_id = ? AND (id = ? OR ? = '')`, user, id, id).
		Exec(ctx))
	return n, s.mapError(err)
}

// DeleteExpired implements account.Store.
func (s *Store) DeleteExpired(ctx context.Context, now, idle, tries time.Time) error {
	_, err := s.w.NewRaw(`DELETE FROM sessions WHERE expires_at <= ? OR (NOT link AND seen_at <= ?)`, micros(now),
		micros(idle)).Exec(ctx)
	if err == nil {
		_, err = s.w.NewRaw(`DELETE FROM sign_in_tries WHERE last_at <= ?`, micros(tries)).Exec(ctx)
	}
	return s.mapError(err)
}

// triesRow is a row of sign_in_tries.
type triesRow struct {
	Failed int
	LastAt int64
	Until  int64
}

// Tries implements account.Store.
func (s *Store) Tries(ctx context.Context, key string) (account.Tries, error) {
	var row triesRow
	err := s.r.NewRaw(`SELECT failed, last_at, until FROM sign_in_tries WHERE account = ?`, key).Scan(ctx, &row)
	if noRows(err) {
		return account.Tries{}, nil
	}
	return account.Tries{Failed: row.Failed, Last: moment(row.LastAt), Until: moment(row.Until)}, s.mapError(err)
}

// SetTries implements account.Store. An account without wrong passwords has
// no row.
func (s *Store) SetTries(ctx context.Context, key string, from, to account.Tries) (bool, error) {
	var err error
	var n int64
	if from == (account.Tries{}) {
		n, err = changed(s.w.NewRaw(`INSERT INTO sign_in_tries (account, failed, last_at, until) VALUES (?, ?, ?, ?)
			ON CONFLICT (account) DO NOTHING`, key, to.Failed, micros(to.Last), micros(to.Until)).Exec(ctx))
	} else {
		n, err = changed(s.w.NewRaw(`UPDATE sign_in_tries SET failed = ?, last_at = ?, until = ?
			WHERE account = ? AND failed = ? AND last_at = ? AND until = ?`, to.Failed, micros(to.Last),
			micros(to.Until), key, from.Failed, micros(from.Last), micros(from.Until)).Exec(ctx))
	}
	return n == 1, s.mapError(err)
}

// DeleteTries implements account.Store.
func (s *Store) DeleteTries(ctx context.Context, key string) error {
	_, err := s.w.NewRaw(`DELETE FROM sign_in_tries WHERE account = ?`, key).Exec(ctx)
	return s.mapError(err)
}

// DeleteOtherSessions implements account.Store.
func (s *Store) DeleteOtherSessions(ctx context.Context, user, keep string) error {
	return s.mapError(deleteOtherSessions(ctx, s.w, user, keep))
}

func deleteOtherSessions(ctx context.Context, db bun.IDB, user, keep string) error {
	_, err := db.NewRaw(`DELETE FROM sessions WHERE user_id = ? AND hash <> ?`, user, keep).Exec(ctx)
	return err
}
