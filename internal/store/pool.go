package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"github.com/uptrace/bun/schema"
)

// Pool bounds the statements of one kind. Zero values take those of
// DefaultPools.
type Pool struct {
	Connections int           // statements at a time; others wait
	Timeout     time.Duration // of one statement or write transaction, the wait for a connection included
}

// Pools keep one kind of statement from using up the connections of another:
// staff's searches do not stop the feed, and neither stops a write.
type Pools struct {
	Public Pool // reads by key, and the feed
	Staff  Pool // lists, searches and reports of moderators, the creative team and administrators
	Write  Pool // SQLite has one connection for it
	// Observe is called after every statement, with the wait for its connection
	// in took. failure is one of Failures, and empty for statements that did what
	// they could: no row found, a key taken and a caller gone are no failures.
	// nil: nobody is interested.
	Observe func(pool string, took time.Duration, failure string)
}

// The names of the pools, as Observe gets them and Usage gives them.
const (
	poolPublic = "public"
	poolStaff  = "staff"
	poolWrite  = "write"
)

// PoolNames lists the names of the pools.
func PoolNames() []string { return []string{poolPublic, poolStaff, poolWrite} }

// DefaultPools returns the pools that the settings describe.
func DefaultPools() Pools {
	return Pools{
		Public: Pool{Connections: 8, Timeout: 5 * time.Second},
		Staff:  Pool{Connections: 4, Timeout: 10 * time.Second},
		Write:  Pool{Connections: 8, Timeout: 30 * time.Second},
	}
}

// complete replaces zero values by the defaults.
func (p Pools) complete() Pools {
	fill := func(p *Pool, d Pool) {
		if p.Connections == 0 {
			p.Connections = d.Connections
		}
		if p.Timeout == 0 {
			p.Timeout = d.Timeout
		}
	}
	d := DefaultPools()
	fill(&p.Public, d.Public)
	fill(&p.Staff, d.Staff)
	fill(&p.Write, d.Write)
	return p
}

// openSQLite opens one writer, as SQLite allows no more, and two pools of
// readers. Every commit reaches the disk, and deleted content is overwritten.
func openSQLite(path string, pools Pools) (*Store, error) {
	if path == "" {
		return nil, errors.New("sqlite: needs a path")
	}
	if err := makePrivate(path); err != nil {
		return nil, err
	}
	pools.Write.Connections = 1
	dsn := fmt.Sprintf("file:%s?_pragma=busy_timeout(%d)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"+
		"&_pragma=foreign_keys(1)&_pragma=cache_size(-65536)&_pragma=secure_delete(1)",
		(&url.URL{Path: path}).EscapedPath(), busyTimeout.Milliseconds())
	open := func(dsn string) (*sql.DB, error) { return sql.Open("sqlite", dsn) }
	s, err := openPools(pools, func() schema.Dialect { return sqlitedialect.New() }, func(write bool) (*sql.DB, error) {
		if write {
			return open(dsn + "&_txlock=immediate")
		}
		return open(dsn + "&_pragma=query_only(1)")
	})
	if err == nil {
		s.dsn = dsn
	}
	return s, err
}

// openPostgres turns off the driver's statement cache: bun writes values into
// the text, so no two statements are alike, and poolers like PgBouncer lose
// prepared statements anyway. Where a statement's context ends, pgx cancels it on the
// server and closes the connection.
func openPostgres(address string, pools Pools) (*Store, error) {
	cfg, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, errors.New("postgres address cannot be read") // the cause may quote the password
	}
	pools.Write.Connections = max(pools.Write.Connections, migrateConnections)
	cfg.DefaultQueryExecMode = pgx.QueryExecModeExec
	s, err := openPools(pools, func() schema.Dialect { return pgdialect.New() },
		func(bool) (*sql.DB, error) { return stdlib.OpenDB(*cfg), nil })
	if err == nil {
		s.postgres = true
	}
	return s, err
}

// migrateConnections is how many goose holds at a time: the migration's, its
// lock's, and that of the lock's heartbeat.
const migrateConnections = 3

// openPools opens the three pools, each with connections of its own.
func openPools(
	pools Pools, dialect func() schema.Dialect, open func(write bool) (*sql.DB, error),
) (*Store, error) {
	s := &Store{writeTimeout: pools.Write.Timeout, searchAmong: searchAmong, textsAtOnce: fillTexts}
	for _, p := range []struct {
		name  string
		to    **bun.DB
		bound Pool
	}{{poolWrite, &s.w, pools.Write}, {poolPublic, &s.r, pools.Public}, {poolStaff, &s.staff, pools.Staff}} {
		db, err := open(p.name == poolWrite)
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
		db.SetMaxOpenConns(p.bound.Connections)
		db.SetMaxIdleConns(p.bound.Connections)
		db.SetConnMaxIdleTime(5 * time.Minute)
		db.SetConnMaxLifetime(30 * time.Minute)
		*p.to = bun.NewDB(db, dialect()).WithQueryHook(deadline{p.bound.Timeout}).
			WithQueryHook(&observer{s, p.name, pools.Observe})
	}
	return s, nil
}

// deadline ends each statement after the time, wherever it is executed: also
// behind a pooler, which accepts no statement_timeout, and in SQLite, which has
// none.
type deadline struct{ after time.Duration }

// BeforeQuery implements bun.QueryHook. A transaction's BEGIN keeps the
// caller's context, whose end would roll the transaction back.
func (d deadline) BeforeQuery(ctx context.Context, e *bun.QueryEvent) context.Context {
	if e.Query == "BEGIN" || e.Query == "COMMIT" || e.Query == "ROLLBACK" {
		return ctx
	}
	ctx, cancel := context.WithTimeout(ctx, d.after)
	e.Stash = map[any]any{deadline{}: cancel}
	return ctx
}

// AfterQuery implements bun.QueryHook: the rows have been read by now.
func (deadline) AfterQuery(_ context.Context, e *bun.QueryEvent) {
	if cancel, ok := e.Stash[deadline{}].(context.CancelFunc); ok {
		cancel()
	}
}

// tx runs fn in a transaction and maps its error.
func (s *Store) tx(ctx context.Context, fn func(ctx context.Context, tx bun.Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, s.writeTimeout)
	defer cancel()
	return s.mapError(s.w.RunInTx(ctx, nil, fn))
}
