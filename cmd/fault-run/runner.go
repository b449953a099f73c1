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
		if at = time.Now(); p.Kind.on == onWorkers {
			hit = r.watch.held(r.in.processes[p.On])
		} else {
			hit, _ = r.watch.now()
		}
		hit = awaited(hit)
	})
	o.noTarget = errors.Is(o.err, errNoTarget)
	over := make(chan struct{})
	if o.err != nil || at.IsZero() {
		r.record(o)
		close(over)
		return over
	}
	if p.Kind.on == onServers { // its stories are held by workers
		o.took, hit = []time.Duration{time.Since(at)}, nil
	}
	if p.Kind.most > 0 {
		hit, at = r.stillDue(hit), time.Now()
	}
	o.hit = len(hit)
	r.waiting.Go(func() {
		defer close(over)
		took, stuck := r.watch.recovered(ctx, hit, at, recoveryLimit, !p.Kind.hangs)
		o.took, o.stuck = append(o.took, took...), stuck
		r.record(o)
	})
	return over
}

// stillDue are those of the stories that a fault hit which have work at its end,
// as they are now.
func (r *runner) stillDue(hit map[string]row) map[string]row {
	rows, _ := r.watch.now()
	out := map[string]row{}
	for id := range hit {
		if now, due := rows[id]; due {
			out[id] = now
		}
	}
	return out
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

// happen makes all faults of the schedule happen.
func (r *runner) happen(ctx context.Context, s *schedule) {
	for _, p := range s.Single {
		if ctx.Err() != nil {
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
				if ctx.Err() == nil {
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
