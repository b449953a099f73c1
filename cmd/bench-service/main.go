// Command bench-service measures the service, part by part, and states whether
// each figure is within its bar:
//
//	go run ./cmd/bench-service -part reads,writes [-postgres postgres://…]
//
// The parts are
//
//	reads    what pages of staff and the public read, inside this process
//	writes   beginning, claiming, deciding, the sweep, opening, inside this process
//	intake   stories begun and parts signed by `serve`, beside a bare handler
//	uploads  many multipart uploads that are open at a time, and the memory of `serve`
//	backlog  many waiting stories, announced and worked off by stand-ins for encoders
//	latency  how soon stories move with real videos, idle and with ladders queued
//	soak     hours of mixed traffic, and what grows in `serve` and `work`
//
// Everything runs on this machine, on SQLite and, where -postgres gives the
// address of a server, on PostgreSQL. Large databases are made once and kept for
// the next run: files in the folder of -dir, and databases storyreel_bench_N on
// the server.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/storyreel/storyreel/cmd/bench-service/peer"
	"github.com/storyreel/storyreel/internal/embedded"
)

var (
	parts    = flag.String("part", "reads,writes,intake,uploads,backlog", "parts to measure; also latency, soak")
	bin      = flag.String("bin", "bin/storyreel", "the built binary")
	dir      = flag.String("dir", "bin/million", "folder of the large SQLite files; empty: no SQLite")
	postgres = flag.String("postgres", "", "address of a PostgreSQL server on which databases may be created")
	out      = flag.String("out", "", "file that gets the tables as well")
	small    = flag.Int("small", 1000, "stories of the small databases")
	middle   = flag.Int("middle", 0, "stories of databases of a size between; 0: none")
	large    = flag.Int("large", 1_000_000, "stories of the large databases; 0: none")
	requests = flag.Int("requests", 300, "times each read and write is measured")
	only     = flag.String("only", ".", "pattern of the reads and writes")
	each     = flag.Duration("each", 5*time.Second, "time of each line of intake")
	opened   = flag.Int("uploads", 1000, "multipart uploads that are open at a time")
	active   = flag.Int("active", 50, "of these, being sent at a time")
	backlog  = flag.Int("backlog", 100_000, "stories that wait for a review copy")
	jobs     = flag.Int("jobs", 30, "jobs that are timed, for each worker")
	jobTimes = flag.String("job-times", "1.2s,1.9s,3.1s",
		"wall times of the stand-in encoder, in turn; those of your machine are what the part latency prints")
	runs    = flag.Int("runs", 20, "latency: stories of each clip and condition")
	ladders = flag.Int("ladders", 200,
		"latency: ladders that are due during the second half; 0: the first half only")
	soakFor   = flag.Duration("for", 2*time.Hour, "length of the soak")
	soakEvery = flag.Duration("every", time.Minute, "time between two lines of the soak")
	soakOut   = flag.String("soak-out", "bin/soak", "path of the soak's files, without .csv and .svg")
)

// roleVar is the variable by which this program, started by itself, knows what
// to be: a worker or the bare handler.
const roleVar = "BENCH_SERVICE_ROLE"

func main() {
	embedded.Main()
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	switch os.Getenv(roleVar) {
	case "worker":
		err = standIn(ctx)
	case "peer":
		err = peer.Serve(ctx, os.Getenv(peerVar))
	default:
		err = run(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench-service:", err)
		stop()
		os.Exit(1)
	}
}

// bench is one run of this program.
type bench struct {
	*services
	w   io.Writer // of the tables
	dir string    // temporary
}

// run measures the chosen parts.
func run(ctx context.Context) (err error) {
	known := map[string]func(context.Context, *bench) error{
		"reads": nil, "writes": nil, // one pass over the databases for both
		"intake": measureIntake, "uploads": measureUploads, "backlog": measureBacklog,
		"latency": measureLatency, "soak": soak,
	}
	chosen := strings.Split(*parts, ",")
	for _, p := range chosen {
		if _, ok := known[p]; !ok {
			return fmt.Errorf("there is no part %q", p)
		}
	}
	if len(kinds()) == 0 {
		return errors.New("neither -dir nor -postgres names a database")
	}
	b := &bench{w: os.Stdout}
	if b.dir, err = os.MkdirTemp("", "storyreel-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	if *out != "" {
		file, err := os.Create(*out)
		if err != nil {
			return err
		}
		defer file.Close()
		b.w = io.MultiWriter(os.Stdout, file)
	}
	if *bin, err = filepath.Abs(*bin); err != nil {
		return err
	}
	if b.services, err = startServices(ctx, b.dir); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.services.close()) }()
	fmt.Fprintf(b.w, "%d cores, load %s at the start.\n", runtime.NumCPU(), load())
	if slices.Contains(chosen, "reads") || slices.Contains(chosen, "writes") {
		err := measureStores(ctx, b, slices.Contains(chosen, "reads"), slices.Contains(chosen, "writes"))
		if err != nil {
			return err
		}
	}
	for _, p := range chosen {
		if measure := known[p]; measure != nil {
			if err := measure(ctx, b); err != nil {
				return fmt.Errorf("%s: %w", p, err)
			}
		}
	}
	return nil
}

// progress writes a line for whoever waits.
func progress(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
