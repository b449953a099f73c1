// Package worker does the work that stories call for: it fetches the source,
// has it transcoded, stores what came out, and tells the story. It runs under
// an attempt number that fences off every earlier try, and leaves nothing
// behind when it is overtaken, stopped or fails.
package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/transcode"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// blobs is what the pipeline needs of storage.
type blobs interface {
	Head(ctx context.Context, key string) (media.Object, error)
	Fetch(ctx context.Context, key, etag, path string) (sha256 string, bytes int64, err error)
	Copy(ctx context.Context, from, etag, to string) error
	PutTree(ctx context.Context, prefix, dir string, progress func(done, total int64)) (int64, error)
	DeletePrefix(ctx context.Context, prefix string) (int, error)
	Folders(ctx context.Context, prefix, after string, limit int) ([]string, error)
	AbortMultipart(ctx context.Context, key, uploadID string) error
}

// Options tune a Pipeline.
type Options struct {
	Scratch   string        // folder for files of running jobs; emptied of dead processes' leftovers
	Name      string        // of this worker, in attempt records
	BeatEvery time.Duration // heartbeat interval; 5 s
	Lease     time.Duration // the story service's Lease: without a beat for so long, the job may be another's; 60 s
	// Order is what publishing makes: its Quality, AV1 and Encoder. The rest
	// is each job's own.
	Order plan.Options
	// Limits returns what the story's campaign accepts.
	Limits func(ctx context.Context, campaignID string) (refusal.Limits, error)
	// Ended hears of every try that ended; nil: nobody listens.
	Ended func(attempt.Record)
	Log   *slog.Logger
}

// Pipeline runs one job at a time per call of Run; calls may be concurrent.
type Pipeline struct {
	attempts *attempt.Service
	blobs    blobs
	media    *transcode.Transcoder
	opts     Options
	scratch  *scratch
}

// New prepares the scratch folder, removing what dead processes left there.
func New(attempts *attempt.Service, b blobs, t *transcode.Transcoder, o Options) (*Pipeline, error) {
	if o.BeatEvery == 0 {
		o.BeatEvery = 5 * time.Second
	}
	if o.Lease == 0 {
		o.Lease = time.Minute
	}
	s, err := openScratch(o.Scratch)
	if err != nil {
		return nil, fmt.Errorf("scratch folder: %w", err)
	}
	return &Pipeline{attempts: attempts, blobs: b, media: t, opts: o, scratch: s}, nil
}

// Close removes this process's scratch folder.
func (p *Pipeline) Close() error { return p.scratch.close() }

// try is one attempt under way.
type try struct {
	job      story.Job
	story    *story.Story
	dir      string        // scratch folder of this try
	progress atomic.Uint64 // bits of a float64 in 0…1
	record   attempt.Record
}

func (t *try) advance(from, to, fraction float64) {
	t.progress.Store(math.Float64bits(from + (to-from)*min(max(fraction, 0), 1)))
}

// errLost ends a try that could not prove for a whole lease that it is alive.
var errLost = fault.New(fault.Conflict, "job.overtaken", "no heartbeat could be written for too long")

// Run does the job, if the story still calls for exactly this try. An error
// means that the announcement should be made again; the story itself has
// been told of every outcome that it needs to know.
func (p *Pipeline) Run(ctx context.Context, j story.Job) error {
	st, err := p.attempts.Start(ctx, j)
	switch {
	case fault.KindOf(err) == fault.Conflict, fault.KindOf(err) == fault.NotFound:
		return nil // taken, done or gone: the announcement was old
	case err != nil:
		return err
	case st.State == story.Failed && j.Kind != story.Remove:
		p.opts.Log.Error("story failed: its workers were lost too often", "story", j.Story, "job", j.String())
		return nil
	}
	t := &try{
		job: j, story: st,
		record: attempt.Record{
			Story: j.Story, Attempt: j.Attempt, Kind: j.Kind, Worker: p.opts.Name, StartedAt: now(),
			Sandbox: string(p.media.SandboxLevel()),
		},
	}
	if err := p.attempts.Save(ctx, &t.record); err != nil {
		p.opts.Log.Warn("attempt not recorded", "story", j.Story, "err", err)
	}
	err = p.hold(ctx, t)
	return p.conclude(ctx, t, err)
}

// hold does the work while a heart beats for it.
func (p *Pipeline) hold(ctx context.Context, t *try) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	beating := make(chan struct{})
	go func() {
		defer close(beating)
		p.beat(ctx, t, cancel)
	}()
	err := p.work(ctx, t)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause // why we stopped says more than what broke by it
	}
	cancel(nil)
	<-beating
	return err
}

func (p *Pipeline) beat(ctx context.Context, t *try, stop context.CancelCauseFunc) {
	tick := time.NewTicker(p.opts.BeatEvery)
	defer tick.Stop()
	alive := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := p.attempts.Beat(ctx, t.job, math.Float64frombits(t.progress.Load()))
		switch {
		case err == nil:
			alive = time.Now()
		case fault.Is(err, "job.overtaken"):
			stop(err)
			return
		case time.Since(alive) > p.opts.Lease*3/4:
			stop(errLost.Because(err))
			return
		}
	}
}

func (p *Pipeline) work(ctx context.Context, t *try) (err error) {
	if t.dir, err = p.scratch.folder(t.job.String()); err != nil {
		return fault.New(fault.Unavailable, "worker.scratch", "no scratch space").Because(err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(t.dir)) }()
	switch t.job.Kind {
	case story.Prepare:
		return p.prepare(ctx, t)
	case story.Publish:
		return p.publish(ctx, t)
	case story.Remove:
		return p.remove(ctx, t)
	}
	return fault.New(fault.Invalid, "job.malformed", "no such job")
}

// conclude tells the story how the try ended, and cleans up after one that
// made nothing lasting.
func (p *Pipeline) conclude(ctx context.Context, t *try, err error) error {
	stopping := ctx.Err() != nil
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	log := p.opts.Log.With("story", t.job.Story, "job", t.job.String())
	var told error
	switch {
	case err == nil:
		t.record.Outcome = attempt.Done
		log.Info("job done", "seconds", time.Since(t.record.StartedAt).Seconds(), "cpu_seconds", t.record.CPU.Seconds())
	case fault.Is(err, "job.overtaken") || fault.Is(err, "story.state"):
		t.record.Outcome = attempt.Overtaken
		log.Info("job overtaken")
	case stopping:
		t.record.Outcome = attempt.Requeued
		told = p.attempts.Requeue(ctx, t.job)
		log.Info("job handed back")
	default:
		t.record.Outcome, t.record.Code, t.record.Error = attempt.Failed, fault.CodeOf(err), err.Error()
		var st *story.Story
		if st, told = p.attempts.Fail(ctx, t.job, err); st != nil && st.State != story.Failed {
			t.record.Outcome = attempt.Deferred
		}
		level := slog.LevelWarn
		if fault.KindOf(err) == fault.Invalid { // the contributor's to mend, and told
			level = slog.LevelInfo
		}
		log.Log(ctx, level, "job "+string(t.record.Outcome), "code", t.record.Code, "err", err)
	}
	if prefix := t.prefix(); err != nil && prefix != "" {
		if _, err := p.blobs.DeletePrefix(ctx, prefix); err != nil {
			log.Warn("leftovers not removed; the sweep will", "err", err)
		}
	}
	if t.record.Outcome == attempt.Overtaken {
		told = p.attempts.Release(ctx, t.job)
	}
	t.record.EndedAt = now()
	if p.opts.Ended != nil {
		p.opts.Ended(t.record)
	}
	if err := p.attempts.Save(ctx, &t.record); err != nil {
		log.Warn("attempt not recorded", "err", err)
	}
	if fault.Is(told, "job.overtaken") {
		return nil
	}
	return told
}

// prefix is the one place this try may write under.
func (t *try) prefix() string {
	switch t.job.Kind {
	case story.Prepare:
		return media.ReviewPrefix(t.job.Story, t.job.Attempt)
	case story.Publish:
		return media.PublicPrefix(t.job.Story, t.job.Attempt)
	case story.Remove:
	}
	return ""
}

func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// source fetches the story's file into the try's scratch folder. The name
// has no extension and is nobody's input.
func (p *Pipeline) source(ctx context.Context, t *try, key, etag string) (path, sha string, err error) {
	path = filepath.Join(t.dir, "source")
	sha, t.record.BytesIn, err = p.blobs.Fetch(ctx, key, etag, path)
	t.advance(0, 0.1, 1)
	return path, sha, err
}
