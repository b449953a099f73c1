package store

import (
	"context"
	"encoding/json"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/account"
)

type factorRow struct {
	bun.BaseModel `bun:"table:second_factors"`

	UserID   string `bun:",pk"`
	Secret   string
	Since    int64 // 0: not confirmed
	LastStep int64
	Recovery string // JSON list
}

func newFactorRow(f *account.Factor) (*factorRow, error) {
	recovery, err := json.Marshal(f.Recovery)
	return &factorRow{
		UserID: f.User, Secret: f.Secret, Since: micros(f.Since), LastStep: f.LastStep, Recovery: string(recovery),
	}, err
}

// Factor implements account.Store.
func (s *Store) Factor(ctx context.Context, user string) (*account.Factor, error) {
	var row factorRow
	err := s.r.NewSelect().Model(&row).Where("user_id = ?", user).Scan(ctx)
	if noRows(err) {
		return nil, account.ErrNoFactor
	}
	if err != nil {
		return nil, s.mapError(err)
	}
	f := &account.Factor{User: row.UserID, Secret: row.Secret, Since: moment(row.Since), LastStep: row.LastStep}
	return f, json.Unmarshal([]byte(row.Recovery), &f.Recovery)
}

// CreateFactor implements account.Store.
func (s *Store) CreateFactor(ctx context.Context, f *account.Factor) error {
	row, err := newFactorRow(f)
	if err != nil {
		return err
	}
	res, err := s.w.NewInsert().Model(row).On("CONFLICT (user_id) DO UPDATE").Set("secret = EXCLUDED.secret").
		Where("?TableAlias.since = 0").Exec(ctx)
	if err != nil {
		return s.mapError(err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return account.ErrFactorExists.Because(err)
	}
	return nil
}

// ReplaceFactor implements account.Store.
func (s *Store) ReplaceFactor(ctx context.Context, old, next *account.Factor) (bool, error) {
	was, err := newFactorRow(old)
	if err != nil {
		return false, err
	}
	row, err := newFactorRow(next)
	if err != nil {
		return false, err
	}
	res, err := s.w.NewUpdate().Model(row).Column("since", "last_step", "recovery").WherePK().
		Where("secret = ?", was.Secret).Where("since = ?", was.Since).Where("last_step = ?", was.LastStep).
		Where("recovery = ?", was.Recovery).Exec(ctx)
	if err != nil {
		return false, s.mapError(err)
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// DeleteFactor implements account.Store.
func (s *Store) DeleteFactor(ctx context.Context, user string) error {
	_, err := s.w.NewRaw(`DELETE FROM second_factors WHERE user_id = ?`, user).Exec(ctx)
	return s.mapError(err)
}
