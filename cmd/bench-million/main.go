// Command bench-million measures every read that a page of staff or of the
// public waits for, with a thousand stories and with a million, on SQLite and,
// where -postgres gives the address of a server, on PostgreSQL:
//
//	go run ./cmd/bench-million -dir DIR [-postgres postgres://…]
//
// The databases are made once and kept for the next run: files in the folder,
// and databases storyreel_bench_N on the server.
package main

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit/million"
)

var (
	dir      = flag.String("dir", "bin/million", "folder of the SQLite files; empty: no SQLite")
	postgres = flag.String("postgres", "", "address of a PostgreSQL server on which databases may be created")
	small    = flag.Int("small", 1000, "stories of the small databases")
	large    = flag.Int("large", 1_000_000, "stories of the large databases")
	requests = flag.Int("requests", 100, "times each read is measured")
	only     = flag.String("only", ".", "pattern of the reads")
)

func main() {
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench-million:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	for kind, where := range map[string]string{"sqlite": *dir, "postgres": *postgres} {
		if where == "" {
			continue
		}
		var results [2][]result
		for i, n := range []int{*small, *large} {
			address, err := addressOf(ctx, kind, n)
			if err != nil {
				return err
			}
			if results[i], err = measure(ctx, kind, address, n); err != nil {
				return fmt.Errorf("%s with %d stories: %w", kind, n, err)
			}
		}
		printTable(kind, results)
	}
	return nil
}

// addressOf returns the address of the database of that size; on PostgreSQL it
// is created if it does not exist.
func addressOf(ctx context.Context, kind string, n int) (string, error) {
	name := fmt.Sprintf("storyreel_bench_%d", n)
	if kind == "sqlite" {
		if err := os.MkdirAll(*dir, 0o700); err != nil {
			return "", err
		}
		return "sqlite:" + filepath.Join(*dir, name+".db"), nil
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

// measure seeds the database if it is empty, and measures the reads.
func measure(ctx context.Context, kind, address string, n int) ([]result, error) {
	db, err := store.Open(ctx, address)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	if _, err := db.Migrate(ctx); err != nil {
		return nil, err
	}
	if err := prepare(ctx, db, kind, address, n); err != nil {
		return nil, err
	}
	reads, err := readsOf(ctx, db)
	if err != nil {
		return nil, err
	}
	pattern := regexp.MustCompile(*only)
	var out []result
	for _, r := range reads {
		if !pattern.MatchString(r.name) {
			continue
		}
		var took []time.Duration
		for range *requests {
			began := time.Now()
			if err := r.do(); err != nil {
				return nil, fmt.Errorf("%s: %w", r.name, err)
			}
			took = append(took, time.Since(began))
		}
		slices.Sort(took)
		res := result{r.name, took[len(took)/2], took[min(len(took)-1, len(took)*99/100)]}
		fmt.Fprintf(os.Stderr, "%s %d %s: %v, %v\n", kind, n, res.name, res.p50, res.p99)
		out = append(out, res)
	}
	return out, nil
}

// prepare seeds an empty database, and fills what is kept from the stories.
func prepare(ctx context.Context, db *store.Store, kind, address string, n int) error {
	states, err := db.CountStates(ctx, million.Campaign)
	if err == nil && len(states) == 0 {
		err = seed(ctx, kind, address, n)
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
	fmt.Fprintf(os.Stderr, "%s %d: filled in %v\n", kind, n, time.Since(began).Round(time.Second))
	return nil
}

func seed(ctx context.Context, kind, address string, n int) error {
	driver, source := "pgx", address
	if kind == "sqlite" {
		driver = "sqlite"
		source = "file:" + address[len("sqlite:"):] + "?_pragma=busy_timeout(10000)&_pragma=cache_size(-500000)"
	}
	raw, err := sql.Open(driver, source)
	if err != nil {
		return err
	}
	defer raw.Close()
	raw.SetMaxOpenConns(1)
	began := time.Now()
	err = million.Seed(func(query string) error {
		_, err := raw.ExecContext(ctx, query)
		return err
	}, kind == "postgres", n)
	fmt.Fprintf(os.Stderr, "%s %d: seeded in %v\n", kind, n, time.Since(began).Round(time.Second))
	return err
}

// result is what one read took.
type result struct {
	name     string
	p50, p99 time.Duration
}

// printTable writes the table of one kind of database.
func printTable(kind string, results [2][]result) {
	fmt.Printf("\n| %s, p50 / p99 in ms | %d | %d | ratio of p50 |\n|---|--:|--:|--:|\n", kind, *small, *large)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	for i, a := range results[0] {
		b := results[1][i]
		fmt.Printf("| %s | %.1f / %.1f | %.1f / %.1f | %.1f |\n", a.name, ms(a.p50), ms(a.p99), ms(b.p50), ms(b.p99),
			ms(b.p50)/max(ms(a.p50), 0.1))
	}
}
