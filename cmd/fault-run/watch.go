//go:build linux

package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// row is how far a story's work is.
type row struct {
	version, attempt int64
	worker           string // that holds it; empty: none
	ladder           bool   // its work is one, for which nobody waits: the story is public
}

// workNow is an SQL expression: the kind of work that a story calls for now. The
// removal of a first set that was replaced is an hour away and does not count.
const workNow = `CASE WHEN ladder > 0 THEN 'ladder' WHEN state = 'published' AND next_run_at > 0 THEN ''
	ELSE work END`

// watch looks at all stories that have work, past every proxy.
type watch struct {
	in   *installation
	host string

	mu   sync.Mutex
	rows map[string]row
	at   time.Time // when they were read
}

// run reads the stories five times a second until ctx ends.
func (w *watch) run(ctx context.Context) {
	for ctx.Err() == nil {
		began := time.Now()
		if rows, err := w.read(ctx); err == nil { // the database may be down
			w.mu.Lock()
			w.rows, w.at = rows, began
			w.mu.Unlock()
		}
		pause(ctx, 200*time.Millisecond)
	}
}

func (w *watch) read(ctx context.Context) (map[string]row, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	found, err := w.in.db.QueryContext(ctx, `SELECT s.id, s.version, s.attempt, COALESCE(a.worker, ''), s.ladder > 0
		FROM stories s LEFT JOIN attempts a ON a.story_id = s.id AND a.attempt = s.attempt AND a.outcome = ''
			AND s.heartbeat_at > 0 WHERE `+workNow+` <> ''`)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	rows := map[string]row{}
	for found.Next() {
		var id string
		var r row
		if err := found.Scan(&id, &r.version, &r.attempt, &r.worker, &r.ladder); err != nil {
			return nil, err
		}
		rows[id] = r
	}
	return rows, found.Err()
}

func (w *watch) now() (map[string]row, time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.rows, w.at
}

// held are those of the stories that the last run of the worker holds.
func (w *watch) held(p *process, rows map[string]row) map[string]row {
	pid, _ := p.current()
	out := map[string]row{}
	for id, r := range rows {
		if r.worker == fmt.Sprintf("%s-%d", w.host, pid) {
			out[id] = r
		}
	}
	return out
}

// awaited are those of the stories that are not public yet. Ladders wait until
// there is no other work, so that their times would say nothing about a fault.
func awaited(rows map[string]row) map[string]row {
	out := map[string]row{}
	for id, r := range rows {
		if !r.ladder {
			out[id] = r
		}
	}
	return out
}

func (w *watch) busy(p *process) int {
	rows, _ := w.now()
	return len(w.held(p, rows))
}

// after returns the rows of a reading that began after the moment; false if there
// is none within the limit, as while the database is down.
func (w *watch) after(ctx context.Context, moment time.Time, limit time.Duration) (map[string]row, bool) {
	var rows map[string]row
	err := until(ctx, limit, func() bool {
		var at time.Time
		rows, at = w.now()
		return at.After(moment)
	})
	return rows, err == nil
}

// stillDue are those of the stories that have work in the rows for which somebody
// waits, as they are there.
func stillDue(hit, rows map[string]row) map[string]row {
	out := map[string]row{}
	for id := range hit {
		if now, due := rows[id]; due {
			out[id] = now
		}
	}
	return awaited(out)
}

// moved reports whether the story went on: its row changed, an attempt at its
// work began, or no work is left. A heartbeat raises no version and counts for
// nothing: it may be the last one of an attempt that was hit, or of a worker that
// waits in vain.
func (r row) moved(rows map[string]row, id string) bool {
	now, due := rows[id]
	return !due || now.version != r.version || now.attempt != r.attempt
}

// recovered waits until each of the stories has moved from where it was when it
// was read, after the moment. It returns how long each took from the moment, and
// how many did not move in the time.
func (w *watch) recovered(ctx context.Context, hit map[string]row, since time.Time, limit time.Duration) (
	took []time.Duration, stuck int) {
	left := maps.Clone(hit)
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for len(left) > 0 && ctx.Err() == nil {
		rows, at := w.now()
		for id, before := range left {
			if at.After(since) && before.moved(rows, id) {
				took = append(took, at.Sub(since))
				delete(left, id)
			}
		}
		pause(ctx, 100*time.Millisecond)
	}
	return took, len(left)
}

// parseStat returns id, name and parent of a process from the text of its stat
// file. The name may hold anything.
func parseStat(stat string) (pid int, name string, parent int) {
	from, to := strings.IndexByte(stat, '('), strings.LastIndexByte(stat, ')')
	if from < 0 || to < from {
		return 0, "", 0
	}
	pid, _ = strconv.Atoi(strings.TrimSpace(stat[:from])) // 0 for anything else
	if rest := strings.Fields(stat[to+1:]); len(rest) > 1 {
		parent, _ = strconv.Atoi(rest[1])
	}
	return pid, stat[from+1 : to], parent
}

func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return name
}
