// Package store is the database: SQLite for one machine or PostgreSQL for
// many. One test suite covers both. It is the only package that knows SQL, and
// implements the Store port of every domain package.
package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/uptrace/bun"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/storyreel/storyreel/internal/fault"
)

// Store is the database.
type Store struct {
	w, r, staff  *bun.DB // pools: writes, public reads, staff's reads
	writeTimeout time.Duration
	postgres     bool
	searchAmong  int    // see the constant
	textsAtOnce  int    // fillTexts, unless a test needs fewer
	dsn          string // of a SQLite file
}

// Open connects to sqlite:PATH or postgres://… with DefaultPools. It changes no
// data; a file that others may read is made private.
func Open(ctx context.Context, address string) (*Store, error) {
	return OpenPools(ctx, address, Pools{})
}

// OpenPools is Open with other pools.
func OpenPools(ctx context.Context, address string, pools Pools) (*Store, error) {
	var s *Store
	var err error
	pools = pools.complete()
	switch scheme, rest, _ := strings.Cut(address, ":"); scheme {
	case "sqlite":
		s, err = openSQLite(rest, pools)
	case "postgres", "postgresql":
		s, err = openPostgres(address, pools)
	default:
		return nil,
			fault.New(fault.Invalid, "config.database", "the database address must start with sqlite: or postgres://")
	}
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := s.Ping(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// busyTimeout is how long one writer of SQLite waits for another.
const busyTimeout = 10 * time.Second

// makePrivate creates the file of a SQLite database, or takes it and its logs
// from other users. SQLite gives new logs the mode of the file. A file that
// exists is never opened here: closing it would end the locks that another
// connection of this process holds on it.
func makePrivate(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err == nil {
		return f.Close()
	}
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			err = os.Chmod(path+suffix, 0o600)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Ping checks that the database answers.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.staff.PingContext(ctx); err != nil {
		return fault.New(fault.Unavailable, "database.unavailable", "the database does not answer").Because(err)
	}
	return nil
}

// Close waits for running statements and disconnects.
func (s *Store) Close() error {
	var err error
	for _, db := range []*bun.DB{s.r, s.staff, s.w} {
		if db != nil {
			err = errors.Join(err, db.Close())
		}
	}
	return err
}

// Dialect returns "sqlite" or "postgres".
func (s *Store) Dialect() string {
	if s.postgres {
		return "postgres"
	}
	return "sqlite"
}

// noRows reports whether a read of one row found none.
func noRows(err error) bool { return errors.Is(err, sql.ErrNoRows) }

// mapError maps driver errors to faults. Faults stay as they are.
func (s *Store) mapError(err error) error {
	if err == nil || fault.As(err) != nil {
		return err
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); errors.Is(err, context.DeadlineExceeded) ||
		ok && pg.Code == "57014" {
		return fault.New(fault.Unavailable, "database.timeout",
			"the database did not answer in time; try again later, or ask for less").Because(err)
	}
	unavailable := fault.New(fault.Unavailable, "database.unavailable", "the database cannot take this now; try again").
		Because(err)
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch {
		case pg.Code == "40001", pg.Code == "40P01", strings.HasPrefix(pg.Code, "08"), strings.HasPrefix(pg.Code, "53"),
			strings.HasPrefix(pg.Code, "57"):
			return unavailable
		}
		return err
	}
	if lite, ok := errors.AsType[*sqlite.Error](err); ok {
		switch lite.Code() & 0xff {
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR:
			return unavailable
		}
		return err
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok || lostConnection(err) {
		return unavailable
	}
	return err
}

// lostConnection reports whether err is that of a connection which ended during
// a statement or before it: the server or the network between is gone.
func lostConnection(err error) bool {
	for _, lost := range []error{io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, driver.ErrBadConn, sql.ErrConnDone} {
		if errors.Is(err, lost) {
			return true
		}
	}
	_, network := errors.AsType[net.Error](err)
	return network || pgconn.SafeToRetry(err)
}

// duplicate reports whether err is a violated unique or primary key.
func duplicate(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code == "23505"
	}
	if lite, ok := errors.AsType[*sqlite.Error](err); ok {
		return lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	return false
}

// changed returns how many rows a statement touched.
func changed(r sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// Lead reports whether holder leads the named duty until the given time. A
// leader keeps the lease by asking again before it ends.
func (s *Store) Lead(ctx context.Context, name, holder string, now, until time.Time) (bool, error) {
	n, err := changed(s.w.NewRaw(`INSERT INTO leases (name, holder, until) VALUES (?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
		WHERE leases.holder = excluded.holder OR leases.until < ?`, name, holder, micros(until), micros(now)).Exec(ctx))
	return n == 1, s.mapError(err)
}

// Resign ends the holder's lease, so that another can lead at once.
func (s *Store) Resign(ctx context.Context, name, holder string) error {
	_, err := s.w.NewRaw(`DELETE FROM leases WHERE name = ? AND holder = ?`, name, holder).Exec(ctx)
	return s.mapError(err)
}

// micros is how times are stored: UTC microseconds, 0 for the zero time.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// moment is the inverse of micros.
func moment(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
