package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/storyreel/storyreel/internal/fault"
)

//go:embed migrations
var migrations embed.FS

// The lock of migrations on PostgreSQL is a row with a lease, because a
// pooler in transaction mode takes and frees a session's lock on different
// connections.
const (
	migrateLease = 10 * time.Second // how long others wait after the holder was killed
	migrateBeat  = 2 * time.Second
	migrateRetry = time.Second
	migrateTries = 1800 // half an hour, for long migrations
	unlockTries  = 10
)

// Migrate brings the schema up to date and returns its version. Several
// processes may call it at once: one migrates, the others wait.
func (s *Store) Migrate(ctx context.Context) (int64, error) {
	p, err := s.migrator()
	if err != nil {
		return 0, err
	}
	before, err := p.GetDBVersion(ctx)
	if err != nil {
		return 0, fmt.Errorf("migrate: %w", err)
	}
	for {
		_, failed := p.Up(ctx)
		after, err := p.GetDBVersion(ctx)
		if failed == nil {
			if err == nil && !s.postgres {
				err = s.rewriteOnce(ctx)
			}
			return after, err
		}
		// SQLite has no lock across migrations, and a lease can end early: the
		// same migration then fails here after another process committed it.
		if err != nil || after <= before {
			return 0, fmt.Errorf("migrate: %w", failed)
		}
		before = after
	}
}

// Current reports whether the schema is the one this program was built for.
func (s *Store) Current(ctx context.Context) error {
	p, err := s.migrator()
	if err != nil {
		return err
	}
	pending, err := p.HasPending(ctx)
	if err != nil {
		return fault.New(fault.Unavailable, "database.schema", "the database's schema cannot be read").Because(err)
	}
	if pending {
		return fault.New(fault.Unavailable, "database.schema",
			"the database's schema is older than this program; run: storyreel migrate")
	}
	return nil
}

// migrator accepts numbers that were added below one already applied, as
// happens when branches are merged.
func (s *Store) migrator() (*goose.Provider, error) {
	dir, err := fs.Sub(migrations, "migrations/"+s.Dialect())
	if err != nil {
		return nil, err
	}
	options := []goose.ProviderOption{
		goose.WithGoMigrations(goose.NewGoMigration(3, &goose.GoFunc{RunTx: filledLater}, nil)),
		goose.WithAllowOutofOrder(true),
	}
	if !s.postgres {
		return goose.NewProvider(goose.DialectSQLite3, s.w.DB, dir, options...)
	}
	locker, err := lock.NewPostgresTableLocker(lock.WithTableLeaseDuration(migrateLease),
		lock.WithTableHeartbeatInterval(migrateBeat), lock.WithTableLockTimeout(migrateRetry, migrateTries),
		lock.WithTableUnlockTimeout(migrateRetry, unlockTries), lock.WithTableRetryPolicy(lockHeld))
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, s.w.DB, dir, append(options, goose.WithLocker(locker))...)
}

// lockHeld reports whether taking the lock failed because another process has
// it: no error of the server or the connection.
func lockHeld(err error) bool {
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return false
	}
	_, ok := errors.AsType[*pgconn.PgError](err)
	return !ok
}

// Versions returns the newest version of the schema that this program knows,
// and the newest that was applied to the database.
func (s *Store) Versions(ctx context.Context) (program, database int64, err error) {
	p, err := s.migrator()
	if err != nil {
		return 0, 0, err
	}
	for _, m := range p.ListSources() {
		program = max(program, m.Version)
	}
	err = s.staff.NewRaw(`SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`).
		Scan(ctx, &database)
	return program, database, s.mapError(err)
}
