package audit

import (
	"strconv"
	"sync"
	"time"
)

// Bounds of refusals that one process records in a minute, so that whoever
// guesses passwords or scans routes cannot fill the database.
const (
	perNetwork = 20 // of one action
	perProcess = 300
)

// bound counts refusals by network and action within a minute.
type bound struct {
	mu      sync.Mutex
	began   time.Time
	seen    map[string]int
	total   int
	omitted int // since the last line that passed
}

// pass reports whether a refusal is recorded, and how many were left out since
// the last one that was; empty for none.
func (b *bound) pass(now time.Time, key string) (ok bool, omitted string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if age := now.Sub(b.began); age >= time.Minute || age < 0 {
		b.began, b.total = now, 0
		clear(b.seen)
	}
	if b.total >= perProcess || b.seen[key] >= perNetwork {
		b.omitted++
		return false, ""
	}
	b.total++
	b.seen[key]++
	if b.omitted > 0 {
		omitted = strconv.Itoa(b.omitted)
		b.omitted = 0
	}
	return true, omitted
}
