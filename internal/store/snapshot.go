package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/storyreel/storyreel/internal/fault"
)

// Snapshot writes the SQLite database, as it is at one moment, to a new file;
// reads and writes go on. PostgreSQL has tools of its own: Invalid
// "backup.postgres".
func (s *Store) Snapshot(ctx context.Context, file string) error {
	if s.postgres {
		return fault.New(fault.Invalid, "backup.postgres",
			"the database is PostgreSQL; back it up with its own tools, as docs/operate/backup.md says")
	}
	db, err := sql.Open("sqlite", s.dsn) // a connection of its own, neither the writer nor for queries only
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", file)
	return errors.Join(err, db.Close())
}

// EndAllSessions signs everybody out and voids all links, as after a restore:
// a session that was ended since would be in force again.
func (s *Store) EndAllSessions(ctx context.Context) error {
	_, err := s.w.NewRaw(`DELETE FROM sessions`).Exec(ctx)
	return s.mapError(err)
}
