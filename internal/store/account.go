package store

import (
	"context"
	"encoding/json"
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
	HasFactor    bool `bun:",scanonly"`
	CreatedAt    int64
}

// users selects users, and whether they have a second factor.
func (s *Store) users(rows any) *bun.SelectQuery {
	return s.r.NewSelect().Model(rows).ColumnExpr("?TableColumns").ColumnExpr(
		"EXISTS (SELECT 1 FROM second_factors AS f WHERE f.user_id = ?TableAlias.id AND f.since > 0) AS has_factor")
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
		HasFactor: r.HasFactor, CreatedAt: moment(r.CreatedAt),
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
	return s.mapError(updateUser(ctx, s.w, u))
}

func updateUser(ctx context.Context, db bun.IDB, u *account.User) error {
	row, err := newUserRow(u)
	if err != nil {
		return err
	}
	_, err = db.NewUpdate().Model(row).Column("name", "roles", "disabled").WherePK().Exec(ctx)
	return err
}

// ShutOut implements account.Store.
func (s *Store) ShutOut(ctx context.Context, u *account.User, at time.Time) error {
	return s.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := updateUser(ctx, tx, u); err != nil {
			return err
		}
		if _, err := tx.NewRaw(`DELETE FROM sessions WHERE user_id = ?`, u.ID).Exec(ctx); err != nil {
			return err
		}
		_, err := tx.NewRaw(`UPDATE api_keys SET revoked_at = ? WHERE owner_id = ? AND revoked_at = 0`, micros(at),
			u.ID).Exec(ctx)
		return err
	})
}

// SetPassword implements account.Store.
func (s *Store) SetPassword(ctx context.Context, user, hash, keep string) error {
	return s.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewRaw(`UPDATE users SET password_hash = ? WHERE id = ?`, hash, user).Exec(ctx); err != nil {
			return err
		}
		return deleteOtherSessions(ctx, tx, user, keep)
	})
}

// ReplaceHash implements account.Store.
func (s *Store) ReplaceHash(ctx context.Context, user, old, hash string) error {
	_, err := s.w.NewRaw(`UPDATE users SET password_hash = ? WHERE id = ? AND password_hash = ?`, hash, user, old).
		Exec(ctx)
	return s.mapError(err)
}

// User implements account.Store.
func (s *Store) User(ctx context.Context, idOrEmail string) (*account.User, error) {
	var row userRow
	err := s.users(&row).Where("id = ? OR email = ?", idOrEmail, idOrEmail).Limit(1).Scan(ctx)
	if noRows(err) {
		return nil, fault.New(fault.NotFound, "user.unknown", "there is no such user")
	}
	if err != nil {
		return nil, s.mapError(err)
	}
	return row.user()
}

// UserByIdentity implements account.Store.
func (s *Store) UserByIdentity(ctx context.Context, issuer, subject string) (*account.User, error) {
	var user string
	err := s.r.NewRaw(`SELECT user_id FROM identities WHERE issuer = ? AND subject = ?`, issuer, subject).
		Scan(ctx, &user)
	if err != nil && !noRows(err) {
		return nil, s.mapError(err)
	}
	return s.User(ctx, user) // there is no user with an empty id
}

// LinkIdentity implements account.Store.
func (s *Store) LinkIdentity(ctx context.Context, issuer, subject, user string, at time.Time) error {
	_, err := s.w.NewRaw(`INSERT INTO identities (issuer, subject, user_id, at) VALUES (?, ?, ?, ?)`, issuer, subject,
		user, micros(at)).Exec(ctx)
	if duplicate(err) {
		return fault.New(fault.Forbidden, "auth.identity", "the user with your e-mail address belongs to another "+
			"account at the sign-in service; ask an administrator")
	}
	return s.mapError(err)
}

// Users implements account.Store.
func (s *Store) Users(ctx context.Context) ([]*account.User, error) {
	var rows []userRow
	if err := s.users(&rows).Order("id").Scan(ctx); err != nil {
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
