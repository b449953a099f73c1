package worker

import (
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/machine"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// Pauses of a worker. Without them, a worker that cannot work takes jobs
// faster than those that can, and delays all of them.
const (
	firstPause = 5 * time.Second // after a fault of the machine; doubles with each that follows
	maxPause   = 5 * time.Minute
	waitPause  = 5 * time.Second // after a job that was not taken for lack of room: others may be smaller
)

// trialBytes are written to the scratch folder before a pause ends, which
// finds quotas and file systems that are read-only.
const trialBytes = 256 << 10

// gate decides whether this process takes jobs.
type gate struct {
	dir     string // scratch folder of this process
	minFree int64  // bytes
	spaceAt func(string) (machine.Space, error)
	now     func() time.Time

	mu    sync.Mutex
	held  map[string]int64 // bytes that each running job may use, by its folder
	until time.Time        // no job is taken before
	pause time.Duration    // the last one after a fault; 0 after a success
	why   error            // of the pause; nil: none, or it has ended
	room  int64            // free bytes that end the pause before its time; 0: none do
}

func newGate(dir string, minFree int64) *gate {
	return &gate{dir: dir, minFree: minFree, spaceAt: machine.SpaceAt, now: time.Now, held: map[string]int64{}}
}

// paused makes the fault of a worker that takes no work.
func paused(why error) *fault.Error {
	return fault.New(fault.Unavailable, "worker.paused", "the worker takes no work until its machine is in order").
		OfMachine().Because(why)
}

// MinFree returns the free bytes below which a worker with that setting takes
// no work on a disk. A small disk that holds nothing else is enough for small
// jobs.
func MinFree(setting int64, s machine.Space) int64 { return min(setting, s.Total/4) }

// ready returns nil when this process takes jobs, otherwise why it does not.
func (g *gate) ready() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.check()
}

// check is ready with the lock held.
func (g *gate) check() error {
	s, err := g.spaceAt(g.dir)
	if err != nil {
		return paused(machine.OfDisk(err))
	}
	if s.Full(MinFree(g.minFree, s)) {
		return paused(refusal.DiskFull().OfMachine())
	}
	if g.why == nil {
		return nil
	}
	if g.now().Before(g.until) && (g.room == 0 || g.available(s) < g.room) {
		return paused(g.why)
	}
	if err := machine.TryWrite(g.dir, trialBytes); err != nil {
		return paused(err)
	}
	g.why, g.room = nil, 0
	return nil
}

// available returns the free bytes that no running job still needs.
func (g *gate) available(s machine.Space) int64 {
	free := s.Free
	for dir, need := range g.held {
		free -= max(need-sizeOf(dir), 0)
	}
	return free
}

// take reserves room for a job with the folder dir. story.ErrNotTaken means
// that the job goes back to the queue: there is no room for it here and now.
// A job that needs more than most of the whole disk is tried on an otherwise
// empty one, since needs are upper bounds.
func (g *gate) take(dir string, need int64) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.check(); err != nil {
		return story.ErrNotTaken.Because(err)
	}
	s, err := g.spaceAt(g.dir)
	if err != nil {
		return story.ErrNotTaken.Because(err)
	}
	if room := min(need, s.Total/10*9); g.available(s) < room {
		why := refusal.DiskFull().OfMachine()
		g.why, g.room, g.until = why, room, g.now().Add(waitPause)
		return story.ErrNotTaken.Because(why)
	}
	g.held[dir] = need
	return nil
}

// release ends a reservation.
func (g *gate) release(dir string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.held, dir)
}

// ended is release of a job that has removed its files, and takes note of how
// it ended. A fault of the machine begins a pause, and so does a killed program:
// the system may be out of memory. The pause for lack of room ends as soon as
// there is room.
func (g *gate) ended(dir string, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	need := g.held[dir]
	delete(g.held, dir)
	killed := fault.Is(err, refusal.CodeKilled) && fault.KindOf(err) == fault.Unavailable
	switch {
	case err == nil:
		g.pause = 0
	case !fault.IsLocal(err) && !killed:
	case g.why != nil: // of a job that ran beside the one that began the pause
	default:
		g.pause = min(max(2*g.pause, firstPause), maxPause)
		g.why, g.until, g.room = fault.As(err), g.now().Add(g.pause), 0
		if s, err := g.spaceAt(g.dir); err == nil && g.available(s) < need {
			g.room = need
		}
	}
}

// sizeOf returns the bytes of all files below dir; what is removed meanwhile
// counts nothing.
func sizeOf(dir string) (total int64) {
	_ = filepath.WalkDir(dir, func(_ string, e os.DirEntry, err error) error {
		if err != nil {
			return nil //nolint:nilerr // removed meanwhile
		}
		if info, err := e.Info(); err == nil && e.Type().IsRegular() {
			total += info.Size()
		}
		return nil
	})
	return total
}
