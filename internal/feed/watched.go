package feed

import (
	"context"
	"sync"
	"time"
)

// Periods and bounds of marking stories as watched.
const (
	watchedEvery = 10 * time.Minute // between two marks of the same story
	watchedKnown = 10_000           // stories whose last mark one process remembers
)

type watchedStore interface {
	// MarkWatched records that a published story that waits for its ladder was
	// being watched at the time, unless it was recorded at or after before.
	// Others, also unknown ones, are left as they are.
	MarkWatched(ctx context.Context, id string, at, before time.Time) error
}

// Watched records which stories are being watched, so that they are served
// first: when, and neither how often nor by whom. It is safe for use by several
// goroutines.
type Watched struct {
	store watchedStore
	now   func() time.Time
	mu    sync.Mutex
	last  map[string]time.Time // marks of this process, by story
}

// NewWatched wires a Watched; now is the clock.
func NewWatched(store watchedStore, now func() time.Time) *Watched {
	return &Watched{store: store, now: now, last: map[string]time.Time{}}
}

// Mark records that a visitor is playing the story. However many do, it writes
// about one story once in ten minutes.
func (w *Watched) Mark(ctx context.Context, id string) error {
	now := w.now()
	if !w.due(id, now) {
		return nil
	}
	return w.store.MarkWatched(ctx, id, now, now.Add(-watchedEvery))
}

func (w *Watched) due(id string, now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if last, known := w.last[id]; known && now.Sub(last) < watchedEvery {
		return false
	}
	if len(w.last) >= watchedKnown {
		clear(w.last) // the database knows as well
	}
	w.last[id] = now
	return true
}
