package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/storyreel/storyreel/client"
	"github.com/storyreel/storyreel/internal/media"
)

// A file is one whole part and a short one.
const (
	uploadBytes = 8<<20 + 64<<10
	firstPart   = 8 << 20
)

// Of ten thousand uploads, so many are left for good, and so many are
// interrupted and go on later.
const (
	abandoned = 1000
	resumed   = 500
)

// Bars of uploads.
const (
	memoryLimit = 200 << 20 // bytes of `serve`
	growthLimit = 16 << 20  // from when all uploads are open to after the last one
)

// zeros is a file of zero bytes.
type zeros struct{}

// ReadAt implements io.ReaderAt.
func (zeros) ReadAt(p []byte, _ int64) (int, error) {
	clear(p)
	return len(p), nil
}

// watched is what a process held over some time.
type watched struct {
	at         string
	last, most usage
}

// measureUploads opens many multipart uploads and sends them, some at a time.
func measureUploads(ctx context.Context, b *bench) error {
	for _, kind := range kinds() {
		if err := b.uploadsOn(ctx, kind); err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
	}
	return nil
}

func (b *bench) uploadsOn(ctx context.Context, kind string) (err error) {
	address, remove, err := b.fresh(ctx, kind, "uploads")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	in, err := b.install(ctx, "uploads-"+kind, address)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.serve.stop()) }()
	rest := func(d time.Duration) func(context.Context) error {
		return func(ctx context.Context) error {
			pause(ctx, d)
			return ctx.Err()
		}
	}
	before, err := in.serve.watch(ctx, "before", rest(time.Second))
	if err != nil {
		return err
	}
	var refs []client.Ref
	opening, err := in.serve.watch(ctx, "beginning", func(ctx context.Context) error {
		refs, err = in.openAll(ctx, *opened)
		return err
	})
	if err != nil {
		return err
	}
	var counts uploadCounts
	began := time.Now()
	sending, err := in.serve.watch(ctx, "sending", func(ctx context.Context) error {
		return b.sendAll(ctx, in, refs, &counts)
	})
	if err != nil {
		return err
	}
	elapsed := time.Since(began)
	after, err := in.serve.watch(ctx, "30 s after", rest(30*time.Second))
	if err != nil {
		return err
	}
	fmt.Fprintf(b.w, "\n%s: %d multipart uploads open, %d of them being sent at a time, for %.0f s: %d completed, "+
		"%d abandoned, %d completed after an interruption.\n", title(kind), *opened, *active, elapsed.Seconds(),
		counts.completed.Load(), counts.abandoned.Load(), counts.resumed.Load())
	b.printUploads(before, opening, sending, after)
	return nil
}

func (b *bench) printUploads(all ...watched) {
	fmt.Fprint(b.w, "\n| `serve` | MB at the end | MB at most | goroutines at the end | at most "+
		"| descriptors at the end | at most | bar |\n|---|--:|--:|--:|--:|--:|--:|---|\n")
	opening, end := all[1], all[len(all)-1]
	for _, w := range all {
		judged := ""
		if w.at == end.at {
			var missed []string
			most := int64(0)
			for _, one := range all {
				most = max(most, one.most.memory)
			}
			if most > memoryLimit {
				missed = append(missed, fmt.Sprintf("above %d MB", memoryLimit>>20))
			}
			if end.last.memory-opening.last.memory > growthLimit {
				missed = append(missed, fmt.Sprintf("grew by more than %d MB", growthLimit>>20))
			}
			judged = verdict(missed...)
		}
		fmt.Fprintf(b.w, "| %s | %.0f | %.0f | %d | %d | %d | %d | %s |\n", w.at, mb(w.last.memory), mb(w.most.memory),
			w.last.goroutines, w.most.goroutines, w.last.descriptors, w.most.descriptors, judged)
	}
}

// watch looks at the process each half second while do runs, and once after.
func (p *process) watch(ctx context.Context, at string, do func(context.Context) error) (watched, error) {
	w := watched{at: at}
	look := func() error {
		u, err := p.usage(ctx)
		w.last = u
		w.most.memory = max(w.most.memory, u.memory)
		w.most.goroutines = max(w.most.goroutines, u.goroutines)
		w.most.descriptors = max(w.most.descriptors, u.descriptors)
		w.most.connections = max(w.most.connections, u.connections)
		return err
	}
	done := make(chan error, 1)
	go func() { done <- do(ctx) }()
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	var errs error
	for {
		select {
		case err := <-done:
			return w, errors.Join(err, errs, look())
		case <-tick.C:
			errs = look() // of the last look: one that fails on a busy machine does not matter
		}
	}
}

// openAll begins so many stories.
func (in *installation) openAll(ctx context.Context, n int) ([]client.Ref, error) {
	refs := make([]client.Ref, n)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(*active)
	for i := range refs {
		g.Go(func() error {
			u, err := in.begin(ctx, uploadBytes)
			if err == nil {
				refs[i] = u.Ref
			}
			return err
		})
	}
	return refs, g.Wait()
}

// uploadCounts are the ends of uploads.
type uploadCounts struct{ completed, abandoned, resumed atomic.Int64 }

// sendAll sends all uploads, some at a time, and removes what arrived, so that
// the disk holds only what is open.
func (b *bench) sendAll(ctx context.Context, in *installation, refs []client.Ref, counts *uploadCounts) error {
	order := rand.New(rand.NewPCG(1, 1)).Perm(len(refs)) // the same in each run
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(*active)
	for place, i := range order {
		g.Go(func() error {
			share := place * 10_000 / len(order)
			switch {
			case share < abandoned:
				counts.abandoned.Add(1)
				return in.interrupt(ctx, refs[i], 1<<20)
			case share < abandoned+resumed:
				if err := in.interrupt(ctx, refs[i], firstPart); err != nil {
					return err
				}
				counts.resumed.Add(1)
			default:
				counts.completed.Add(1)
			}
			if err := in.sendRest(ctx, refs[i], nil); err != nil {
				return err
			}
			_, err := b.bucket.DeletePrefix(ctx, media.StoryPrefix(media.IncomingRoot, refs[i].Story))
			return err
		})
	}
	return g.Wait()
}

// interrupt sends until so many bytes are on their way, and breaks off.
func (in *installation) interrupt(ctx context.Context, ref client.Ref, after int64) error {
	sending, cancel := context.WithCancel(ctx)
	defer cancel()
	err := in.sendRest(sending, ref, func(sent, _ int64) {
		if sent > after {
			cancel()
		}
	})
	if err != nil && ctx.Err() == nil && sending.Err() != nil {
		return nil // as was meant
	}
	return err
}

// sendRest sends what storage does not have, as a program does that knows only
// the story.
func (in *installation) sendRest(ctx context.Context, ref client.Ref, progress func(sent, total int64)) error {
	u, err := in.client.Resume(ctx, ref)
	if err != nil {
		return err
	}
	return in.client.Upload(ctx, u, zeros{}, client.UploadOptions{Parallel: 1, Progress: progress})
}
