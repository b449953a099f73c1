package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
)

type keyRow struct {
	bun.BaseModel `bun:"table:api_keys"`

	ID        string `bun:",pk"`
	Name      string
	Role      string
	OwnerID   string
	Hash      string
	CreatedAt int64
	ExpiresAt int64
	UsedAt    int64
	RevokedAt int64
}

func (r *keyRow) key() *account.Key {
	return &account.Key{
		ID: r.ID, Name: r.Name, Role: account.Role(r.Role), Owner: r.OwnerID, Hash: r.Hash,
		CreatedAt: moment(r.CreatedAt), ExpiresAt: moment(r.ExpiresAt), UsedAt: moment(r.UsedAt),
		RevokedAt: moment(r.RevokedAt),
	}
}

var errNoKey = fault.New(fault.NotFound, "key.unknown", "there is no such API key in force")

// CreateKey implements account.Store.
func (s *Store) CreateKey(ctx context.Context, k *account.Key) error {
	_, err := s.w.NewInsert().Model(&keyRow{
		ID: k.ID, Name: k.Name, Role: string(k.Role), OwnerID: k.Owner, Hash: k.Hash, CreatedAt: micros(k.CreatedAt),
		ExpiresAt: micros(k.ExpiresAt),
	}).Exec(ctx)
	return s.mapError(err)
}

// KeyByHash implements account.Store.
func (s *Store) KeyByHash(ctx context.Context, hash string) (*account.Key, error) {
	var row keyRow
	err := s.r.NewSelect().Model(&row).Where("hash = ?", hash).Where("revoked_at = 0").Scan(ctx)
	if noRows(err) {
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

// TouchKey implements account.Store.
func (s *Store) TouchKey(ctx context.Context, id string, at time.Time) error {
	_, err := s.w.NewRaw(`UPDATE api_keys SET used_at = ? WHERE id = ?`, micros(at), id).Exec(ctx)
	return s.mapError(err)
}
