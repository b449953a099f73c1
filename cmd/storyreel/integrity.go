package main

import (
	"context"
	"time"

	"github.com/storyreel/storyreel/internal/audit"
	"github.com/storyreel/storyreel/internal/cdn"
	"github.com/storyreel/storyreel/internal/integrity"
	"github.com/storyreel/storyreel/internal/metric"
	"github.com/storyreel/storyreel/internal/queue"
	"github.com/storyreel/storyreel/internal/storage"
	"github.com/storyreel/storyreel/worker"
)

// auditDeps wires what an audit reads. Without an address of Redis it does not
// look at the queue.
func (b *base) auditDeps(bucket *storage.Bucket) (d integrity.Deps, end func(), err error) {
	hook, err := purgeHook(b.cfg, bucket)
	if err != nil {
		return d, nil, err
	}
	d = integrity.Deps{
		Store: b.store, Bucket: bucket, Now: clock,
		Removal: cdn.New(b.store, bucket, hook, func(bool) {}, clock, b.log),
		Trail: func(ctx context.Context) (string, error) {
			v, err := b.audit.Verify(ctx, audit.Link{})
			return v.Broken, err
		},
	}
	if b.cfg.RedisURL == "" {
		return d, func() {}, nil
	}
	redis, err := queue.Redis(b.cfg.RedisURL)
	if err != nil {
		return d, nil, err
	}
	q := queue.NewClient(redis)
	d.Queue = q
	return d, func() { _ = q.Close() }, nil // only connections
}

func (b *base) auditOptions() integrity.Options {
	return integrity.Options{Lease: b.cfg.Lease, Watched: b.cfg.Ladder == "watched"}
}

// Of the audits that a process makes by itself.
const (
	auditFirst  = 10 * time.Minute // after the start, so that restarts cost nothing
	auditAgain  = 10 * time.Minute // after one that failed, and between looks at whether one is due
	auditProbes = 1000             // objects asked for without a signature
)

// auditor compares everything every so often, in one of the processes that work.
func (a *app) auditor() *integrity.Scheduler {
	every := a.cfg.AuditEvery
	return integrity.NewScheduler(integrity.Plan{
		Leases: a.store, Holder: a.name, Every: every, First: min(every, auditFirst), Again: min(every, auditAgain),
		Audit: a.auditOnce, Failed: func(err error) { a.log.Warn("audit did not finish; it runs again", "err", err) },
		Now: clock,
	})
}

// audits makes audits until ctx ends, if they are wanted.
func (a *app) audits(ctx context.Context) {
	if a.cfg.AuditEvery > 0 {
		s := a.auditor()
		a.audited.Store(s)
		s.Run(ctx)
	}
}

// auditOnce makes one audit, and logs what is wrong.
func (a *app) auditOnce(ctx context.Context) (*integrity.Report, error) {
	d, end, err := a.auditDeps(a.bucket)
	if err != nil {
		return nil, err
	}
	defer end()
	d.Queue, d.Scratch = a.queue, worker.Scratch(a.cfg.Scratch)
	o := a.auditOptions()
	o.Probe = auditProbes
	r, err := integrity.Audit(ctx, d, o)
	if err != nil {
		return nil, err
	}
	for _, f := range r.Findings {
		if f.Severity != integrity.Info {
			a.log.Warn("audit found", "code", f.Code, "story", f.Story, "key", f.Key, "detail", f.Detail)
		}
	}
	a.log.Info("audited", "ok", r.OK, "stories", r.Stories, "objects", r.Objects, "seconds", r.Seconds)
	return r, nil
}

// watchAudits registers the result of the last audit of this process; absent
// before, and once another process makes the audits.
func (a *app) watchAudits() {
	of := func(samples func(*integrity.Report) []metric.Sample) func() ([]metric.Sample, error) {
		return func() ([]metric.Sample, error) {
			if s := a.audited.Load(); s != nil {
				if r := s.Report(); r != nil {
					return samples(r), nil
				}
			}
			return nil, nil
		}
	}
	a.metrics.Gauge("storyreel_audit_findings", "What the last audit of this process found, by check.",
		[]string{"code", "severity"}, of(func(r *integrity.Report) (out []metric.Sample) {
			for _, c := range r.Checks {
				out = append(out,
					metric.Sample{Labels: []string{string(c.Code), string(c.Severity)}, Value: float64(c.Count)})
			}
			return out
		}))
	a.metrics.Gauge("storyreel_audit_last_timestamp_seconds", "When the last audit of this process began.", nil,
		of(func(r *integrity.Report) []metric.Sample { return metric.One(float64(r.CheckedAt.Unix())) }))
	a.metrics.Gauge("storyreel_audit_stories", "Stories that the last audit of this process looked at.", nil,
		of(func(r *integrity.Report) []metric.Sample { return metric.One(float64(r.Stories)) }))
}
