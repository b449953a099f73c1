package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
)

var _ account.Store = (*Store)(nil)

type userRow struct {
	bun.BaseModel `bun:"table:users"`

	ID           string `bun:",pk"`
	Email        string
	Name         string
	Roles        string // JSON list
	PasswordHash string
	Disabled     bool
	CreatedAt    int64
}

func newUserRow(u *account.User) (*userRow, error) {
	roles, err := json.Marshal(u.Roles)
	return &userRow{
		ID: u.ID, Email: u.Email, Name: u.Name, Roles: string(roles), PasswordHash: u.PasswordHash,
		Disabled: u.Disabled, CreatedAt: micros(u.CreatedAt),
	}, err
}

func (r *userRow) user() (*account.User, error) {
	u := &account.User{
		ID: r.ID, Email: r.Email, Name: r.Name, PasswordHash: r.PasswordHash, Disabled: r.Disabled,
		CreatedAt: moment(r.CreatedAt),
	}
	return u, json.Unmarshal([]byte(r.Roles), &u.Roles)
}

// CreateUser implements account.Store.
func (s *Store) CreateUser(ctx context.Context, u *account.User) error {
	row, err := newUserRow(u)
	if err != nil {
		return err
	}
	_, err = s.w.NewInsert().Model(row).Exec(ctx)
	if duplicate(err) {
		return fault.New(fault.Conflict, "user.exists", "there is already a user with this e-mail address")
	}
	return s.mapError(err)
}

// UpdateUser implements account.Store.
func (s *Store) UpdateUser(ctx context.Context, u *account.User) error {
	row, err := newUserRow(u)
	if err != nil {
		return err
	}
	_, err = s.w.NewUpdate().Model(row).Column("name", "roles", "password_hash", "disabled").WherePK().Exec(ctx)
	return s.mapError(err)
}

// User implements account.Store.
func (s *Store) User(ctx context.Context, idOrEmail string) (*account.User, error) {
	var row userRow
	err := s.r.NewSelect().Model(&row).Where("id = ? OR email = ?", idOrEmail, idOrEmail).Limit(1).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "user.unknown", "there is no such user")
	}
	if err != nil {
		return nil, s.mapError(err)
	}
	return row.user()
}

// Users implements account.Store.
func (s *Store) Users(ctx context.Context) ([]*account.User, error) {
	var rows []userRow
	if err := s.r.NewSelect().Model(&rows).Order("id").Scan(ctx); err != nil {
		return nil, s.mapError(err)
	}
	out := make([]*account.User, len(rows))
	for i := range rows {
		u, err := rows[i].user()
		if err != nil {
			return nil, err
		}
		out[i] = u
	}
	return out, nil
}

type keyRow struct {
	bun.BaseModel `bun:"table:api_keys"`

	ID        string `bun:",pk"`
	Name      string
	Role      string
	Hash      string
	CreatedAt int64
	RevokedAt int64
}

func (r *keyRow) key() *account.Key {
	return &account.Key{
		ID: r.ID, Name: r.Name, Role: account.Role(r.Role), Hash: r.Hash, CreatedAt: moment(r.CreatedAt),
		RevokedAt: moment(r.RevokedAt),
	}
}

var errNoKey = fault.New(fault.NotFound, "key.unknown", "there is no such API key in force")

// CreateKey implements account.Store.
func (s *Store) CreateKey(ctx context.Context, k *account.Key) error {
	_, err := s.w.NewInsert().
		Model(&keyRow{ID: k.ID, Name: k.Name, Role: string(k.Role), Hash: k.Hash, CreatedAt: micros(k.CreatedAt)}).
		Exec(ctx)
	return s.mapError(err)
}

// KeyByHash implements account.Store.
func (s *Store) KeyByHash(ctx context.Context, hash string) (*account.Key, error) {
	var row keyRow
	err := s.r.NewSelect().Model(&row).Where("hash = ?", hash).Where("revoked_at = 0").Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errNoKey
	}
	return row.key(), s.mapError(err)
}

// Keys implements account.Store.
func (s *Store) Keys(ctx context.Context) ([]*account.Key, error) {
	var rows []keyRow
	if err := s.r.NewSelect().Model(&rows).Order("id").Scan(ctx); err != nil {
		return nil, s.mapError(err)
	}
	out := make([]*account.Key, len(rows))
	for i := range rows {
		out[i] = rows[i].key()
	}
	return out, nil
}

// RevokeKey implements account.Store.
func (s *Store) RevokeKey(ctx context.Context, id string, at time.Time) error {
	n, err := changed(
		s.w.NewRaw(`UPDATE api_keys SET revoked_at = ? WHERE id = ? AND revoked_at = 0`, micros(at), id).Exec(ctx))
	if err == nil && n == 0 {
		return errNoKey
	}
	return s.mapError(err)
}

type sessionRow struct {
	bun.BaseModel `bun:"table:sessions"`

	Hash      string `bun:",pk"`
	UserID    string
	Link      bool
	CreatedAt int64
	ExpiresAt int64
}

// CreateSession implements account.Store.
func (s *Store) CreateSession(ctx context.Context, x *account.Session) error {
	_, err := s.w.NewInsert().
		Model(
			&sessionRow{
				Hash: x.Hash, UserID: x.User, Link: x.Link, CreatedAt: micros(x.CreatedAt),
				ExpiresAt: micros(x.ExpiresAt),
			}).Exec(ctx)
	return s.mapError(err)
}

// SessionByHash implements account.Store.
func (s *Store) SessionByHash(ctx context.Context, hash string, now time.Time) (*account.Session, error) {
	var row sessionRow
	err := s.r.NewSelect().Model(&row).Where("hash = ?", hash).Where("expires_at > ?", micros(now)).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "session.unknown", "this session has ended; sign in again")
	}
	return &account.Session{
		Hash: row.Hash, User: row.UserID, Link: row.Link, CreatedAt: moment(row.CreatedAt),
		ExpiresAt: moment(row.ExpiresAt),
	}, s.mapError(err)
}

// DeleteSession implements account.Store.
func (s *Store) DeleteSession(ctx context.Context, hash string) (bool, error) {
	n, err := changed(s.w.NewRaw(`DELETE FROM sessions WHERE hash = ?`, hash).Exec(ctx))
	return n > 0, s.mapError(err)
}

// DeleteSessionsBefore implements account.Store.
func (s *Store) DeleteSessionsBefore(ctx context.Context, t time.Time) error {
	_, err := s.w.NewRaw(`DELETE FROM sessions WHERE expires_at <= ?`, micros(t)).Exec(ctx)
	return s.mapError(err)
}
