// Package worker does the work that stories call for: it fetches the source,
// transcodes it, stores the output and records it with the story. It runs
// under an attempt number that fences off every earlier attempt, and removes
// its output when it is overtaken, stopped or fails.
package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"sync/atomic"
	"time"

	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/machine"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/telemetry"
	"github.com/storyreel/storyreel/transcode"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// Options tune a Pipeline.
type Options struct {
	Scratch   string        // folder for files of running jobs; cleared of dead processes' files
	MinFree   int64         // bytes of the scratch disk without which no job is taken; at most a quarter of it
	Name      string        // of this worker, in attempt records
	BeatEvery time.Duration // heartbeat interval; 5 s
	Lease     time.Duration // the story service's Lease: without a beat for so long, the job may be another's; 60 s
	// Publish is what publishing makes: its Quality, AV1 and Encoder. The rest
	// is each job's own.
	Publish plan.Options
	// Removal removes media of stories.
	Removal removal
	// Limits returns what the story's campaign accepts.
	Limits func(ctx context.Context, campaignID string) (refusal.Limits, error)
	// Ended is called after every attempt; may be nil.
	Ended func(attempt.Record)
	Now   func() time.Time // the clock of the attempt service
	Log   *slog.Logger
}

// Pipeline runs one job per call of Run; calls may be concurrent.
type Pipeline struct {
	attempts   *attempt.Service
	bucket     bucket
	transcoder *transcode.Transcoder
	opts       Options
	scratch    *scratch
	gate       *gate
}

// New prepares the scratch folder and removes what dead processes left there.
func New(attempts *attempt.Service, b bucket, t *transcode.Transcoder, o Options) (*Pipeline, error) {
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
	return &Pipeline{
		attempts: attempts, bucket: b, transcoder: t, opts: o, scratch: s, gate: newGate(s.dir, o.MinFree),
	}, nil
}

// ReportLost reports the attempts that processes were working on whose scratch
// folders New found left behind, so that their stories wait for no lease. What
// cannot be reported is found by its lease.
func (p *Pipeline) ReportLost(ctx context.Context) {
	for _, folder := range p.scratch.lost {
		j, err := jobOf(folder)
		if err != nil {
			continue // not one of ours
		}
		err = p.attempts.Lost(ctx, j)
		switch {
		case err == nil:
			p.opts.Log.Info("attempt of a process that ended is reported as lost", "story", j.Story, "job", j.String())
		case !outdated(err):
			p.opts.Log.Warn("lost attempt not reported; its lease runs out", "story", j.Story, "err", err)
		}
	}
	p.scratch.lost = nil
}

// Ready returns nil while this process takes jobs that need scratch space, and
// otherwise the fault of its machine because of which it does not.
func (p *Pipeline) Ready() error { return p.gate.ready() }

// Close removes this process's scratch folder.
func (p *Pipeline) Close() error { return p.scratch.close() }

// run is one attempt under way.
type run struct {
	job      story.Job
	story    *story.Story
	dir      string        // scratch folder of this attempt
	progress atomic.Uint64 // bits of a float64 in 0…1
	record   attempt.Record
}

// Where the phases of an attempt begin and end on its progress of 0…1.
const (
	fetched    = 0.1 // the source is in the scratch folder
	transcoded = 0.9 // the output is complete; what follows is storing it
)

func (r *run) advance(from, to, fraction float64) {
	r.progress.Store(math.Float64bits(from + (to-from)*min(max(fraction, 0), 1)))
}

// prefix is the one place this attempt may write under.
func (r *run) prefix() string {
	switch r.job.Kind {
	case story.Prepare:
		return media.ReviewPrefix(r.job.Story, r.job.Attempt)
	case story.Publish, story.Ladder:
		return media.PublicPrefix(r.job.Story, r.job.Attempt)
	case story.Remove:
	}
	return ""
}

// errNoHeartbeat ends an attempt that could write no heartbeat for a whole lease.
var errNoHeartbeat = fault.New(fault.Conflict, "job.overtaken", "no heartbeat could be written for too long")

// Run does the job, if the story still calls for exactly this attempt. An
// error means that the job should be announced again; every outcome that the
// story needs has been recorded with it. It is story.ErrNotTaken when nothing
// was begun, because the scratch disk has no room for the job.
func (p *Pipeline) Run(ctx context.Context, j story.Job) error {
	if j.Kind == story.Remove { // needs no file, and goes on while the disk is full
		return p.run(ctx, j)
	}
	need, err := p.need(ctx, j)
	switch {
	case outdated(err):
		return nil
	case err != nil:
		return err
	}
	dir := p.scratch.path(j.String())
	if err := p.gate.take(dir, need); err != nil {
		return err
	}
	defer p.gate.release(dir)
	return p.run(ctx, j)
}

// outdated reports whether err shows that the job was taken or done, or that
// its story is gone: its announcement is an old one.
func outdated(err error) bool {
	return fault.KindOf(err) == fault.Conflict || fault.KindOf(err) == fault.NotFound
}

func (p *Pipeline) run(ctx context.Context, j story.Job) error {
	st, err := p.attempts.Start(ctx, j)
	switch {
	case outdated(err):
		return nil
	case err != nil:
		return err
	case st.WorkKind() != j.Kind:
		p.opts.Log.Error("job failed: its workers were lost too often", "story", j.Story, "job", j.String())
		return nil
	}
	r := &run{
		job: j, story: st,
		record: attempt.Record{
			Story: j.Story, Attempt: j.Attempt, Kind: j.Kind, Worker: p.opts.Name, StartedAt: p.opts.Now(),
			Sandbox: string(p.transcoder.SandboxLevel()),
		},
	}
	if err := p.attempts.Save(ctx, &r.record); err != nil {
		p.opts.Log.Warn("attempt not recorded", "story", j.Story, "err", err)
	}
	err = machine.OrFault(p.runWithHeartbeat(ctx, r))
	if j.Kind != story.Remove {
		p.gate.ended(p.scratch.path(j.String()), err)
	}
	return p.finish(ctx, r, err)
}

// runWithHeartbeat does the work while heartbeats are written for it.
func (p *Pipeline) runWithHeartbeat(ctx context.Context, r *run) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	beating := make(chan struct{})
	go func() {
		defer close(beating)
		p.beat(telemetry.Untraced(ctx), r, cancel)
	}()
	err := p.work(ctx, r)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause // the reason for stopping, not the error that it led to
	}
	cancel(nil)
	<-beating
	return err
}

func (p *Pipeline) beat(ctx context.Context, r *run, stop context.CancelCauseFunc) {
	tick := time.NewTicker(p.opts.BeatEvery)
	defer tick.Stop()
	alive := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := p.attempts.Beat(ctx, r.job, math.Float64frombits(r.progress.Load()))
		switch {
		case err == nil:
			alive = time.Now()
		case fault.Is(err, "job.overtaken"):
			stop(err)
			return
		case time.Since(alive) > p.opts.Lease*3/4:
			stop(errNoHeartbeat.Because(err))
			return
		}
	}
}

func (p *Pipeline) work(ctx context.Context, r *run) (err error) {
	if r.job.Kind == story.Remove {
		return p.remove(ctx, r)
	}
	if r.dir, err = p.scratch.folder(r.job.String()); err != nil {
		return scratchFault(err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(r.dir)) }()
	switch r.job.Kind {
	case story.Prepare:
		return p.prepare(ctx, r)
	case story.Publish:
		return p.publish(ctx, r)
	case story.Ladder:
		return p.refine(ctx, r)
	case story.Remove:
	}
	return fault.New(fault.Invalid, "job.malformed", "no such job")
}

// finishTimeout bounds recording the outcome and removing the output.
const finishTimeout = 20 * time.Second

// finish records how the attempt ended, and removes the output of one that
// did not succeed. An error after the story has accepted the output is none of
// the attempt's: the output stays.
func (p *Pipeline) finish(ctx context.Context, r *run, err error) error {
	stopping := errors.Is(ctx.Err(), context.Canceled)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() != nil { // queue.MaxRun
		err = errTimeout.Because(err)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTimeout)
	defer cancel()
	log := p.opts.Log.With("story", r.job.Story, "job", r.job.String())
	if err != nil {
		if accepted, _ := p.attempts.Accepted(ctx, r.job, r.prefix()); accepted {
			log.Warn("error after the story accepted the output", "err", err)
			p.tidy(ctx, r)
			err = nil
		}
	}
	reported := p.report(ctx, r, err, stopping, log)
	if err != nil && r.prefix() != "" {
		if err := p.removeOutput(ctx, r); err != nil {
			log.Warn("leftovers not removed; the next attempt will", "err", err)
		}
	}
	if r.record.Outcome == attempt.Overtaken {
		reported = p.attempts.Release(ctx, r.job)
	}
	r.record.EndedAt = p.opts.Now()
	telemetry.Current(ctx).Set(telemetry.Outcome(string(r.record.Outcome)), telemetry.CPU(r.record.CPU))
	if p.opts.Ended != nil {
		p.opts.Ended(r.record)
	}
	if err := p.attempts.Save(ctx, &r.record); err != nil {
		log.Warn("attempt not recorded", "err", err)
	}
	if fault.Is(reported, "job.overtaken") {
		return nil
	}
	return reported
}

// report sets the outcome and reports it to the story where the attempt has
// not succeeded.
func (p *Pipeline) report(ctx context.Context, r *run, err error, stopping bool, log *slog.Logger) error {
	switch {
	case err == nil:
		r.record.Outcome = attempt.Done
		log.Info("job done", "seconds", time.Since(r.record.StartedAt).Seconds(), "cpu_seconds", r.record.CPU.Seconds())
		return nil
	case fault.Is(err, "job.overtaken") || fault.Is(err, "story.state"):
		r.record.Outcome = attempt.Overtaken
		log.Info("job overtaken")
		return nil
	case stopping:
		r.record.Outcome = attempt.Requeued
		log.Info("job requeued")
		return p.attempts.Requeue(ctx, r.job)
	}
	r.record.Outcome, r.record.Code, r.record.Error = attempt.Failed, fault.CodeOf(err), err.Error()
	st, reported := p.attempts.Fail(ctx, r.job, err)
	switch {
	case fault.Is(reported, "job.overtaken"): // the failure is that of a worker which was away
		r.record.Outcome = attempt.Overtaken
	case reported != nil || st.Failure == nil: // one that cannot be reported is tried again after its lease
		r.record.Outcome = attempt.Deferred
	}
	level := slog.LevelWarn
	if attempt.OfInput(err) {
		r.record.Input, level = true, slog.LevelInfo // the contributor sees it and can act on it
	}
	log.Log(ctx, level, "job "+string(r.record.Outcome), "code", r.record.Code, "err", err)
	return reported
}
