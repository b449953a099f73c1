//go:build linux

package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/storyreel/storyreel/internal/media"
)

// errNoTarget means that what a fault befalls did not come up.
var errNoTarget = errors.New("nothing to befall")

// targetPatience bounds the wait for something that a fault can befall.
const targetPatience = 20 * time.Second

// killWorker kills a worker at a random moment, and starts another one.
func killWorker(ctx context.Context, r *runner, p planned, hit func()) error {
	rnd := rand.New(rand.NewPCG(p.Seed, 2))
	w := r.in.processes[p.On]
	_ = until(ctx, targetPatience, func() bool { return r.watch.busy(w) > 0 }) // idle is a case, too
	pause(ctx, time.Duration(rnd.Int64N(int64(1500*time.Millisecond))))
	w.end(syscall.SIGKILL)
	hit()
	return w.start(ctx)
}

// killAfterOutput kills a worker when its last output is stored and the write
// that names it is not made.
func killAfterOutput(ctx context.Context, r *runner, p planned, hit func()) error {
	return r.killAt(ctx, p, hit, func(req *http.Request) bool {
		path := req.URL.Path
		return req.Method == http.MethodPut && (strings.HasSuffix(path, "/master.m3u8") ||
			strings.Contains(path, "/review/") && strings.HasSuffix(path, ".mp4"))
	})
}

// killAfterEnd kills a worker when it looks for what to tidy up, after the write
// that ended its attempt.
func killAfterEnd(ctx context.Context, r *runner, p planned, hit func()) error {
	return r.killAt(ctx, p, hit, finished())
}

// finished returns what matches the listing of a story's folders by the process
// that has stored output for it. Removals list without a delimiter, and the sweep
// lists folders of stories for which its process stores nothing at the time.
func finished() func(*http.Request) bool {
	var mu sync.Mutex
	stored := map[string]bool{} // folders of stories
	return func(req *http.Request) bool {
		mu.Lock()
		defer mu.Unlock()
		switch q := req.URL.Query(); req.Method {
		case http.MethodPut:
			key := strings.TrimPrefix(req.URL.Path, "/"+slug+"/")
			if root := media.RootOf(key); root == media.PublicRoot || root == media.ReviewRoot {
				stored[media.StoryPrefix(root, media.StoryOf(key))] = true
			}
		case http.MethodGet:
			return q.Get("list-type") == "2" && q.Get("delimiter") == "/" && stored[q.Get("prefix")]
		}
		return false
	}
}

// killAt kills a worker at a request.
func (r *runner) killAt(ctx context.Context, p planned, hit func(), match func(*http.Request) bool) error {
	w, proxy := r.in.processes[p.On], r.in.storages[p.On]
	a := &aim{match: match, hit: make(chan struct{}), fire: func() { w.signal(syscall.SIGKILL) }}
	proxy.aim.Store(a)
	defer proxy.aim.Store(nil)
	select {
	case <-a.hit:
	case <-time.After(2 * targetPatience):
		return errNoTarget
	case <-ctx.Done():
		return ctx.Err()
	}
	w.end(syscall.SIGKILL)
	hit()
	return w.start(ctx)
}

func killServer(ctx context.Context, r *runner, p planned, hit func()) error {
	hit()
	r.in.processes[p.On].end(syscall.SIGKILL)
	return r.in.processes[p.On].start(ctx)
}

// programs are the processes of ffmpeg below a worker.
func programs(worker int) []int {
	parents := map[int]int{}
	media := map[int]bool{}
	dirs, _ := filepath.Glob("/proc/[0-9]*") // the pattern is well-formed
	for _, d := range dirs {
		b, err := os.ReadFile(filepath.Join(d, "stat"))
		if err != nil {
			continue // it has ended
		}
		pid, name, parent := parseStat(string(b))
		parents[pid] = parent
		media[pid] = name == "ffmpeg" || name == "ffprobe"
	}
	var out []int
	for pid, is := range media {
		if !is {
			continue
		}
		for up := pid; up > 1; up = parents[up] {
			if up == worker {
				out = append(out, pid)
				break
			}
		}
	}
	return out
}

// signalPrograms waits for programs of the worker and sends them the signal.
func (r *runner) signalPrograms(ctx context.Context, p planned, sig syscall.Signal, hit func()) error {
	w := r.in.processes[p.On]
	var found []int
	if until(ctx, targetPatience, func() bool {
		pid, _ := w.current()
		found = programs(pid)
		return len(found) > 0
	}) != nil {
		return errNoTarget
	}
	hit()
	for _, pid := range found {
		_ = syscall.Kill(pid, sig) // ended already is as good
	}
	return nil
}

func killPrograms(ctx context.Context, r *runner, p planned, hit func()) error {
	return r.signalPrograms(ctx, p, syscall.SIGKILL, hit)
}

// hangPrograms stops ffmpeg for good: the worker has to notice.
func hangPrograms(ctx context.Context, r *runner, p planned, hit func()) error {
	return r.signalPrograms(ctx, p, syscall.SIGSTOP, hit)
}

// stopWorker stops a worker while another one takes its stories, and lets it
// continue.
func stopWorker(ctx context.Context, r *runner, p planned, hit func()) error {
	w := r.in.processes[p.On]
	_ = until(ctx, targetPatience, func() bool { return r.watch.busy(w) > 0 })
	hit()
	w.signal(syscall.SIGSTOP)
	pause(ctx, p.Lasts)
	w.signal(syscall.SIGCONT)
	return nil
}

// fillDisk fills the scratch disk of a worker, or, where no disk can be
// mounted, lets the worker and its programs write no file of any size.
func fillDisk(ctx context.Context, r *runner, p planned, hit func()) error {
	name := "work-b"
	w := r.in.processes[name]
	_ = until(ctx, targetPatience, func() bool { return r.watch.busy(w) > 0 })
	if !r.in.mounted {
		pid, _ := w.current()
		var old unix.Rlimit
		if err := unix.Prlimit(pid, unix.RLIMIT_FSIZE, nil, &old); err != nil {
			return err
		}
		hit()
		if err := unix.Prlimit(pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 0, Max: old.Max}, nil); err != nil {
			return err
		}
		pause(ctx, p.Lasts)
		return unix.Prlimit(pid, unix.RLIMIT_FSIZE, &old, nil)
	}
	hit()
	filler := filepath.Join(r.in.disk, "filler")
	f, err := os.Create(filler)
	if err != nil {
		return err
	}
	for size := int64(32 << 20); size >= 4096; size /= 2 { // until nothing more fits
		for at := int64(0); err == nil; {
			info, bad := f.Stat()
			if bad != nil {
				break
			}
			at = info.Size()
			err = unix.Fallocate(int(f.Fd()), 0, at, size)
		}
		err = nil
	}
	pause(ctx, p.Lasts)
	return errors.Join(f.Close(), os.Remove(filler))
}

// roll stops every process in turn as a deployment does.
func roll(ctx context.Context, r *runner, _ planned, hit func()) error {
	hit()
	for _, name := range names() {
		r.in.processes[name].end(syscall.SIGTERM)
		if err := r.in.processes[name].start(ctx); err != nil {
			return err
		}
	}
	return nil
}
