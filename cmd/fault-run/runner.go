//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// runner makes the faults of a schedule happen while stories flow.
type runner struct {
	in     *installation
	watch  *watch
	load   *load
	ledger *ledger
	began  time.Time

	mu       sync.Mutex
	outcomes []outcome
	waiting  sync.WaitGroup // measurements under way

	before, after map[string]int // what the sweep removed by kind, until the last restart and since then
}

// outcome is what came of one fault.
type outcome struct {
	planned
	hit      int
	took     []time.Duration
	stuck    int
	noTarget bool
	err      error
}

// recoveryLimit is how long a measurement waits for a story.
const recoveryLimit = 6 * time.Minute

func (r *runner) logf(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%7.1f s  %s\n", time.Since(r.began).Seconds(), fmt.Sprintf(format, args...))
}

// one makes a fault happen, and returns a channel that is closed when the
// stories that it hit have moved again.
func (r *runner) one(ctx context.Context, p planned) <-chan struct{} {
	pause(ctx, p.Before)
	r.logf("%s", p)
	o := outcome{planned: p}
	var at time.Time
	var hit map[string]row
	o.err = p.Kind.do(ctx, r, p, func() {
		at = time.Now()
		hit = r.befallen(ctx, p, at)
	})
	ended := time.Now()
	o.noTarget = errors.Is(o.err, errNoTarget)
	over := make(chan struct{})
	if o.err != nil || at.IsZero() {
		r.record(o)
		close(over)
		return over
	}
	if p.Kind.on == onServers { // its stories are held by workers
		o.took, hit = []time.Duration{ended.Sub(at)}, nil
	}
	r.waiting.Go(func() {
		defer close(over)
		if !p.Kind.kills {
			hit = r.atEnd(ctx, hit, ended)
		}
		if p.Kind.most > 0 {
			at = ended
		}
		o.hit = len(hit)
		var took []time.Duration
		took, o.stuck = r.watch.recovered(ctx, hit, at, recoveryLimit)
		o.took = append(o.took, took...)
		r.record(o)
	})
	return over
}

// readLimit is how long a killed worker stays dead for a reading of what it held.
const readLimit = 3 * time.Second

// befallen are the stories that the fault hits. Those of a killed worker, which is
// dead by now, are as it left them; none where the database cannot be read.
func (r *runner) befallen(ctx context.Context, p planned, at time.Time) map[string]row {
	rows, _ := r.watch.now()
	if p.Kind.kills {
		fresh, ok := r.watch.after(ctx, at, readLimit)
		if !ok {
			return nil
		}
		rows = fresh
	}
	if p.Kind.on == onWorkers {
		rows = r.watch.held(r.in.processes[p.On], rows)
	}
	return awaited(rows)
}

// atEnd are those of the stories that still have work once the fault has ended,
// as they are then, so that only what follows counts as recovery. They are as
// they were where the database cannot be read for the time of a recovery.
func (r *runner) atEnd(ctx context.Context, hit map[string]row, ended time.Time) map[string]row {
	rows, ok := r.watch.after(ctx, ended, recoveryLimit)
	if !ok {
		return hit
	}
	return stillDue(hit, rows)
}

func (r *runner) record(o outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.outcomes = append(r.outcomes, o)
	if o.err != nil {
		r.logf("%s: %v", o.planned, o.err)
	}
}

// done are the faults that are over and measured.
func (r *runner) done() []outcome {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.outcomes)
}

// happen makes all faults of the schedule happen. None begins after the end of
// breaking; what has begun, and the wait for the stories that it hit, go on.
func (r *runner) happen(ctx, breaking context.Context, s *schedule) {
	for _, p := range s.Single {
		if breaking.Err() != nil {
			return
		}
		select {
		case <-r.one(ctx, p):
		case <-time.After(15 * time.Second): // the measurement goes on
		}
	}
	var all sync.WaitGroup
	for _, t := range s.Mixed {
		all.Go(func() {
			for _, p := range t {
				if breaking.Err() == nil {
					r.one(ctx, p)
				}
			}
		})
	}
	all.Wait()
}

// flow keeps stories coming until the faults are over and there were enough,
// some at a time.
func (r *runner) flow(ctx context.Context, enough, most, parallel int, over <-chan struct{}) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range parallel {
		all.Go(func() {
			for ctx.Err() == nil {
				n := int(next.Add(1)) - 1
				done := false
				select {
				case <-over:
					done = true
				default:
				}
				if n >= most || done && n >= enough {
					return
				}
				if err := r.load.run(ctx, n); err != nil && ctx.Err() == nil {
					r.logf("story %d: %v", n, err)
					r.contradicted(n, err)
				}
			}
		})
	}
	all.Wait()
}

// contradicted records an answer that no client could expect.
func (r *runner) contradicted(n int, err error) {
	r.ledger.mu.Lock()
	defer r.ledger.mu.Unlock()
	for _, e := range r.ledger.entries {
		if e.Number == n {
			e.wrong = append(e.wrong, err.Error())
			return
		}
	}
	r.ledger.entries = append(r.ledger.entries, &entry{Number: n, wrong: []string{err.Error()}})
}

// settle waits until no story has work, and restarts every process, so that the
// sweep compares bucket and database at once.
func (r *runner) settle(ctx context.Context) error {
	err := r.quiet(ctx)
	before, unread := r.in.drift(ctx)
	r.before, err = before, errors.Join(err, unread)
	for _, name := range names() {
		r.in.processes[name].end(syscall.SIGTERM)
		err = errors.Join(err, r.in.processes[name].start(ctx))
	}
	return err
}

// quiet waits until no story has work.
func (r *runner) quiet(ctx context.Context) error {
	return until(ctx, 2*patience, func() bool {
		for _, e := range r.ledger.all() {
			if e.ID == "" || e.Plan == abandon {
				continue
			}
			var state, work string
			row := r.in.db.QueryRowContext(ctx, "SELECT state, "+workNow+" FROM stories WHERE id = $1", e.ID)
			if err := row.Scan(&state, &work); err != nil || work != "" || state == "awaiting_upload" {
				return false
			}
			if state == "failed" {
				_ = r.load.retry(ctx, r.find(e.ID)) // seen again in the next round
				return false
			}
		}
		return true
	})
}

func (r *runner) find(id string) *entry {
	r.ledger.mu.Lock()
	defer r.ledger.mu.Unlock()
	for _, e := range r.ledger.entries {
		if e.ID == id {
			return e
		}
	}
	return nil
}
