package store

import (
	"context"
	"time"

	"github.com/storyreel/storyreel/internal/mail"
)

const dayMicros = 24 * hourMicros

// Recipient implements mail.Store.
func (s *Store) Recipient(ctx context.Context, hash, token string, now time.Time) (mail.Recipient, error) {
	if token != "" {
		if _, err := s.w.NewRaw(`INSERT INTO mail_recipients (address_hash, stop_token, stopped_at, used_at, day, sent)
			VALUES (?, ?, 0, ?, 0, 0) ON CONFLICT (address_hash) DO UPDATE SET used_at = excluded.used_at`, hash, token,
			micros(now)).Exec(ctx); err != nil {
			return mail.Recipient{}, s.mapError(err)
		}
	}
	var row struct {
		StopToken string
		StoppedAt int64
	}
	err := s.w.NewRaw(`SELECT stop_token, stopped_at FROM mail_recipients WHERE address_hash = ?`, hash).Scan(ctx, &row)
	if noRows(err) {
		return mail.Recipient{}, nil
	}
	return mail.Recipient{Token: row.StopToken, StoppedAt: moment(row.StoppedAt)}, s.mapError(err)
}

// CountMail implements mail.Store.
func (s *Store) CountMail(ctx context.Context, hash string, now time.Time, limit int) (bool, error) {
	day := micros(now) / dayMicros
	n, err := changed(s.w.NewRaw(`UPDATE mail_recipients SET sent = CASE WHEN day = ? THEN sent + 1 ELSE 1 END, day = ?
		WHERE address_hash = ? AND (day <> ? OR sent < ?)`, day, day, hash, day, limit).Exec(ctx))
	return n > 0, s.mapError(err)
}

// StopMails implements mail.Store.
func (s *Store) StopMails(ctx context.Context, token string, at time.Time) (bool, error) {
	n, err := changed(s.w.NewRaw(`UPDATE mail_recipients SET stopped_at = ? WHERE stop_token = ?`, micros(at), token).
		Exec(ctx))
	return n > 0, s.mapError(err)
}

// RecipientByToken implements mail.Store.
func (s *Store) RecipientByToken(ctx context.Context, token string) (known, stopped bool, err error) {
	var at int64
	err = s.r.NewRaw(`SELECT stopped_at FROM mail_recipients WHERE stop_token = ?`, token).Scan(ctx, &at)
	if noRows(err) {
		return false, false, nil
	}
	return err == nil, at > 0, s.mapError(err)
}
