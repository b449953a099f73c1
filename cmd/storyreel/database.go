package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/storyreel/storyreel/internal/config"
	"github.com/storyreel/storyreel/internal/store"
)

// pools bounds the use of the database as the settings do.
func pools(cfg config.Config) store.Pools {
	return store.Pools{
		Public: store.Pool{Connections: cfg.PublicConns, Timeout: cfg.PublicTimeout},
		Staff:  store.Pool{Connections: cfg.StaffConns, Timeout: cfg.StaffTimeout},
		Write:  store.Pool{Connections: cfg.WriteConns, Timeout: cfg.WriteTimeout},
	}
}

// Of the process that fills what an update of the schema left to be filled.
const (
	fillLease = 10 * time.Minute      // far longer than one part of it
	fillPause = 50 * time.Millisecond // between parts, for those who use the service
	fillRetry = 15 * time.Second      // between looks at whether another process has ended
)

// fill completes an update of the schema in the background; one process at a
// time does it. The returned function ends it and waits.
func (a *app) fill(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			done, err := a.fillAll(ctx)
			if done {
				return
			}
			if err != nil && ctx.Err() == nil {
				a.log.Warn("filling after the update did not finish; it goes on", "err", err)
			}
			select {
			case <-ctx.Done():
			case <-time.After(fillRetry):
			}
		}
	}()
	return func() {
		cancel()
		<-ended
	}
}

// fillAll fills to the end if no other process does, and reports whether all
// is filled.
func (a *app) fillAll(ctx context.Context) (bool, error) {
	const lease = "fill"
	filled, err := a.store.Filled(ctx)
	if filled || err != nil {
		return filled, err
	}
	lead, err := a.store.Lead(ctx, lease, a.name, clock(), clock().Add(fillLease))
	if !lead || err != nil {
		return false, err
	}
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		if err := a.store.Resign(end, lease, a.name); err != nil {
			a.log.Debug("lease of the fill runs out by itself", "err", err)
		}
	}()
	a.log.Info("filling counters and indices after the update; lists of staff may lack stories until it ends")
	began := time.Now()
	for more := true; more; {
		if more, err = a.store.Fill(ctx, a.intake.DropUnchecked); err != nil {
			return false, err
		}
		if _, err := a.store.Lead(ctx, lease, a.name, clock(), clock().Add(fillLease)); err != nil {
			return false, err
		}
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-time.After(fillPause):
		}
	}
	a.log.Info("filled", "took", time.Since(began).Round(time.Second))
	return true, nil
}

type countersCmd struct {
	Repair bool `help:"Count again what differs."`
}

// Run implements the command.
func (c countersCmd) Run(e *env) (err error) {
	cfg, _, err := e.config()
	if err != nil {
		return err
	}
	db, err := store.Open(e.ctx, cfg.DatabaseURL)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.Current(e.ctx); err != nil {
		return err
	}
	wrong, err := db.CheckCounters(e.ctx, c.Repair)
	if err != nil {
		return err
	}
	for _, d := range wrong {
		fmt.Fprintf(e.stdout, "%s %s %s: kept %d, counted %d\n", d.Table, d.Key, d.Counter, d.Kept, d.Counted)
	}
	switch {
	case len(wrong) == 0:
		fmt.Fprintln(e.stdout, "all counters agree with their rows")
	case c.Repair:
		fmt.Fprintf(e.stdout, "%d counters repaired\n", len(wrong))
	default:
		return errReported
	}
	return nil
}
