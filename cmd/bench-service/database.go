package main

import (
	"context"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit/million"
)

// kinds are the databases that are measured.
func kinds() []string {
	var out []string
	if *dir != "" {
		out = append(out, "sqlite")
	}
	if *postgres != "" {
		out = append(out, "postgres")
	}
	return out
}

// lastKind is the one on which the whole service runs.
func lastKind() string {
	all := kinds()
	return all[len(all)-1]
}

// title is the name of a kind of database in tables.
func title(kind string) string {
	if kind == "postgres" {
		return "PostgreSQL"
	}
	return "SQLite"
}

// addressOf returns the address of a database; on PostgreSQL it is created if
// it does not exist. folder is where SQLite has its file.
func addressOf(ctx context.Context, kind, folder, name string) (string, error) {
	if kind == "sqlite" {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return "", err
		}
		return "sqlite:" + filepath.Join(folder, name+".db"), nil
	}
	u, err := url.Parse(*postgres)
	if err != nil {
		return "", err
	}
	admin, err := sql.Open("pgx", u.String())
	if err != nil {
		return "", err
	}
	defer admin.Close()
	var exists bool
	err = admin.QueryRowContext(ctx, "SELECT count(*) > 0 FROM pg_database WHERE datname = $1", name).Scan(&exists)
	if err == nil && !exists {
		_, err = admin.ExecContext(ctx, "CREATE DATABASE "+name)
	}
	u.Path = "/" + name
	return u.String(), err
}

// fresh returns the address of an empty database, and what removes it.
func (b *bench) fresh(ctx context.Context, kind, name string) (string, func() error, error) {
	name = "storyreel_bench_" + name
	if kind == "sqlite" {
		address, err := addressOf(ctx, kind, filepath.Join(b.dir, name), name)
		return address, func() error { return os.RemoveAll(filepath.Join(b.dir, name)) }, err
	}
	drop := func() error {
		admin, err := sql.Open("pgx", *postgres)
		if err != nil {
			return err
		}
		defer admin.Close()
		_, err = admin.ExecContext(context.WithoutCancel(ctx), "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
		return err
	}
	if err := drop(); err != nil {
		return "", nil, err
	}
	address, err := addressOf(ctx, kind, "", name)
	return address, drop, err
}

// open connects to a database, with the present schema in it.
func open(ctx context.Context, address string) (*store.Store, error) {
	db, err := store.Open(ctx, address)
	if err != nil {
		return nil, err
	}
	if _, err := db.Migrate(ctx); err != nil {
		_ = db.Close() // the other error is the cause
		return nil, err
	}
	return db, nil
}

// prepare seeds an empty database, and fills what is kept from the stories.
func prepare(ctx context.Context, db *store.Store, kind, address string, seed seeding, n int) error {
	states, err := db.CountStates(ctx, million.Campaign)
	if err == nil && len(states) == 0 {
		err = fillWith(ctx, kind, address, seed, n)
	}
	if err != nil {
		return err
	}
	began := time.Now()
	for more := true; more; {
		if more, err = db.Fill(ctx, func(*story.Song) {}); err != nil {
			return err
		}
	}
	progress("%s %d: filled in %v", kind, n, time.Since(began).Round(time.Second))
	return nil
}

// seeding makes n stories by statements.
type seeding func(exec func(query string) error, postgres bool, n int) error

// openRaw opens a database past the store.
func openRaw(address string) (*sql.DB, error) {
	if file, is := strings.CutPrefix(address, "sqlite:"); is {
		return sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(10000)&_pragma=cache_size(-500000)")
	}
	return sql.Open("pgx", address)
}

func fillWith(ctx context.Context, kind, address string, seed seeding, n int) error {
	raw, err := openRaw(address)
	if err != nil {
		return err
	}
	defer raw.Close()
	raw.SetMaxOpenConns(1)
	began := time.Now()
	err = seed(func(query string) error {
		_, err := raw.ExecContext(ctx, query)
		return err
	}, kind == "postgres", n)
	progress("%s %d: seeded in %v", kind, n, time.Since(began).Round(time.Second))
	return err
}
