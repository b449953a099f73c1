// Package audit keeps the trail of what staff do outside stories: sign-ins,
// keys, users, campaigns, exports, and requests that were refused. What happens
// to a story is in its history.
package audit

import (
	"context"
	"log/slog"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/page"
)

// Outcome is how an act ended.
type Outcome string

// The outcomes.
const (
	Done    Outcome = "done"
	Refused Outcome = "refused" // not signed in, not allowed, or too often
)

// Line is one act. It never holds a password, a token, a key or a text that
// contributors wrote.
type Line struct {
	ID       string
	At       time.Time
	Action   string // such as key.created
	Outcome  Outcome
	Actor    account.Actor // zero: not signed in
	Key      string        // id of the API key that was used; empty: a session
	Target   string        // id or slug of what was acted on
	Network  string        // of the caller, as Network cuts it
	Instance string        // of the request, as in the service's log
	// Details are further facts: what changed, from what to what.
	Details map[string]string
	Link
}

// Link is a line's place in the chain; zero for lines from before there was
// one.
type Link struct {
	Seq        int64  // from 1, without gaps
	Prev, Hash string // of the line before and of this one, SHA-256 in hex; Prev is empty for the first
}

// Filter selects lines. Zero values select all.
type Filter struct {
	Action  string // exactly, or a family such as key for key.created
	Outcome Outcome
	Actor   string // id
	Target  string
	From    time.Time // inclusive
	To      time.Time // exclusive
}

// Store is where the trail is kept.
type Store interface {
	// AddAuditLine seals the line and adds it, one line at a time, whichever
	// process writes. It returns the line as it was added.
	AddAuditLine(ctx context.Context, l Line) (Line, error)
	// AuditChain returns lines of the chain with numbers above after, in order.
	AuditChain(ctx context.Context, after int64, limit int) ([]Line, error)
	// AuditHead returns the place of the newest line; zero before the first.
	AuditHead(ctx context.Context) (Link, error)
	// AuditLines returns lines older than the one with the id after, newest
	// first; an empty after begins at the newest.
	AuditLines(ctx context.Context, f Filter, after string, limit int) ([]Line, error)
	// DeleteAuditLines deletes those from before the time.
	DeleteAuditLines(ctx context.Context, before time.Time) error
}

// Options tune a Log. Zero values take the defaults given.
type Options struct {
	Keep time.Duration // that a line is kept; 365 days
}

// Log adds to the trail and reads it.
type Log struct {
	store Store
	now   func() time.Time
	log   *slog.Logger
	keep  time.Duration
	bound bound
}

// NewLog returns a Log over the store; now is the clock.
func NewLog(store Store, now func() time.Time, o Options, log *slog.Logger) *Log {
	if o.Keep == 0 {
		o.Keep = 365 * 24 * time.Hour
	}
	return &Log{store: store, now: now, log: log, keep: o.Keep, bound: bound{seen: map[string]int{}}}
}

// Add writes one line to the service's log and to the trail. The act has
// happened, so a trail that cannot be written is logged and undoes nothing.
// Refusals beyond the bound are left out and counted in a later line.
func (l *Log) Add(ctx context.Context, line Line) {
	line.ID, line.At = id.New(), l.now()
	if line.Outcome == "" {
		line.Outcome = Done
	}
	if line.Outcome == Refused {
		pass, omitted := l.bound.pass(line.At, line.Network+" "+line.Action)
		if !pass {
			return
		}
		if omitted != "" {
			line.Details = with(line.Details, "omitted", omitted)
		}
	}
	added, err := l.store.AddAuditLine(ctx, line)
	l.log.InfoContext(ctx, "audit", "action", line.Action, "outcome", line.Outcome, "actor", line.Actor.ID, "role",
		line.Actor.Role, "key", line.Key, "target", line.Target, "network", line.Network, "instance", line.Instance,
		"details", line.Details, "seq", added.Seq, "hash", added.Hash)
	if err != nil {
		l.log.ErrorContext(ctx, "audit line is in this log alone", "id", line.ID, "err", err)
	}
}

func with(details map[string]string, name, value string) map[string]string {
	out := map[string]string{name: value}
	for k, v := range details {
		out[k] = v
	}
	return out
}

// List returns a page of the trail, newest first.
func (l *Log) List(ctx context.Context, f Filter, after *string, limit int) (page.Page[Line, string], error) {
	from := ""
	if after != nil {
		from = *after
	}
	lines, err := l.store.AuditLines(ctx, f, from, limit+1)
	return page.Cut(lines, limit, func(x Line) string { return x.ID }), err
}

// MaxExport is how many lines one export holds.
const MaxExport = 50_000

// exportAtOnce is how many lines Export reads at a time.
const exportAtOnce = 1000

// Export returns all lines of the filter, newest first. More than MaxExport are
// Invalid "audit.too_many".
func (l *Log) Export(ctx context.Context, f Filter) ([]Line, error) {
	var all []Line
	after := ""
	for {
		lines, err := l.store.AuditLines(ctx, f, after, exportAtOnce)
		if err != nil {
			return nil, err
		}
		all = append(all, lines...)
		switch {
		case len(all) > MaxExport:
			return nil, fault.New(fault.Invalid, "audit.too_many",
				"an export has at most %d lines; choose a shorter time or an action", MaxExport)
		case len(lines) < exportAtOnce:
			return all, nil
		}
		after = lines[len(lines)-1].ID
	}
}

// Sweep deletes lines that are older than they are kept.
func (l *Log) Sweep(ctx context.Context) error {
	return l.store.DeleteAuditLines(ctx, l.now().Add(-l.keep))
}
