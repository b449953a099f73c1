package main

import (
	"context"
	"time"

	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/config"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/intake"
	"github.com/storyreel/storyreel/internal/machine"
	"github.com/storyreel/storyreel/internal/metric"
	"github.com/storyreel/storyreel/internal/queue"
	"github.com/storyreel/storyreel/internal/storage"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/webhook"
	"github.com/storyreel/storyreel/worker"
)

// How long answers of services are kept between scrapes, and waited for. Two
// servers of Prometheus then cost one read, and a service that hangs costs a
// scrape no more than its gauges.
const (
	keepAnswers = 5 * time.Second
	keepSlowly  = time.Minute // what changes with an update or a day
	answerTime  = 3 * time.Second
)

// knownLabels are the values that labels of counters can have.
func knownLabels(cfg config.Config) metric.Known {
	k := metric.Known{
		StorageFailures: storage.Failures(), DatabaseFailures: store.Failures(), Pools: store.PoolNames(),
		Drift: worker.DriftKinds(), MailKinds: mailKinds(), MailOutcomes: mailOutcomes(),
		Stages: []string{string(intake.Announced), string(intake.Completed)},
	}
	for _, c := range periods(cfg).Classes() {
		k.Retention = append(k.Retention, c.Name)
	}
	for _, o := range webhook.Outcomes() {
		k.Webhooks = append(k.Webhooks, string(o))
	}
	return k
}

// watch registers what is read from the services when somebody looks. Reads
// end with ctx.
func (a *app) watch(ctx context.Context) {
	a.watchStories(ctx)
	a.watchSchema(ctx)
	a.watchRetention(ctx)
	a.watchMails(ctx)
	a.watchMachine()
	a.watchWebhooks(ctx)
	a.watchAudits()
	a.metrics.Gauge("storyreel_db_connections", "Connections of each pool of the database.",
		[]string{"pool", "state"}, func() ([]metric.Sample, error) {
			var out []metric.Sample
			for name, u := range a.store.Usage() {
				out = append(out, metric.Sample{Labels: []string{name, "in_use"}, Value: float64(u.InUse)},
					metric.Sample{Labels: []string{name, "idle"}, Value: float64(u.Idle)},
					metric.Sample{Labels: []string{name, "limit"}, Value: float64(u.Limit)})
			}
			return out, nil
		})
}

// up registers a service's gauge of 1, or 0 while check fails.
func (a *app) up(services map[string]func() error) {
	a.metrics.Gauge("storyreel_service_up", "1 while the service answers this process.", []string{"service"},
		func() ([]metric.Sample, error) {
			var out []metric.Sample
			for name, check := range services {
				s := metric.Sample{Labels: []string{name}}
				if check() == nil {
					s.Value = 1
				}
				out = append(out, s)
			}
			return out, nil
		})
}

// watchStories registers how many stories there are, and how long they wait.
func (a *app) watchStories(ctx context.Context) {
	backlog := metric.Shared(ctx, keepAnswers, answerTime, a.store.Backlog)
	depths := metric.Shared(ctx, keepAnswers, answerTime,
		func(context.Context) ([]queue.Depth, error) { return a.queue.Depths() })
	a.backlog, a.depths = backlog, depths
	bucket := metric.Shared(ctx, 3*keepAnswers, answerTime,
		func(ctx context.Context) (bool, error) { return true, a.bucket.Ping(ctx) })
	a.up(map[string]func() error{
		"database": func() error { _, err := backlog(); return err },
		"redis":    func() error { _, err := depths(); return err },
		"storage":  func() error { _, err := bucket(); return err },
	})
	of := func(samples func(*store.Backlog) []metric.Sample) func() ([]metric.Sample, error) {
		return func() ([]metric.Sample, error) {
			b, err := backlog()
			if err != nil {
				return nil, err
			}
			return samples(b), nil
		}
	}
	a.metrics.Gauge("storyreel_stories", "Stories by state.", []string{"state"},
		of(func(b *store.Backlog) (out []metric.Sample) {
			for state, n := range b.Stories {
				out = append(out, metric.Sample{Labels: []string{string(state)}, Value: float64(n)})
			}
			return out
		}))
	a.metrics.Gauge("storyreel_oldest_story_seconds",
		"How long the story waits that waits longest in the state; retries go on with the same wait. 0: none waits.",
		[]string{"state", "wait"},
		of(func(b *store.Backlog) (out []metric.Sample) {
			for state, since := range b.Oldest {
				s := metric.Sample{Labels: []string{string(state), string(state.Wait())}}
				if !since.IsZero() {
					s.Value = max(clock().Sub(since).Seconds(), 0)
				}
				out = append(out, s)
			}
			return out
		}))
	a.watchDepths(depths)
}

// watchDepths registers what the queues hold; absent while Redis is away.
func (a *app) watchDepths(depths func() ([]queue.Depth, error)) {
	of := func(samples func(queue.Depth) []metric.Sample) func() ([]metric.Sample, error) {
		return func() (out []metric.Sample, err error) {
			all, err := depths()
			for _, d := range all {
				out = append(out, samples(d)...)
			}
			return out, err
		}
	}
	a.metrics.Gauge("storyreel_queue_tasks", "Announcements of work that Redis holds.", []string{"queue", "state"},
		of(func(d queue.Depth) (out []metric.Sample) {
			for state, n := range map[string]int{
				"pending": d.Pending, "active": d.Active, "scheduled": d.Scheduled, "retry": d.Retry,
				"archived": d.Archived,
			} {
				out = append(out, metric.Sample{Labels: []string{d.Queue, state}, Value: float64(n)})
			}
			return out
		}))
	a.metrics.Gauge("storyreel_queue_latency_seconds", "Age of the oldest pending announcement.", []string{"queue"},
		of(func(d queue.Depth) []metric.Sample {
			return []metric.Sample{{Labels: []string{d.Queue}, Value: d.Latency.Seconds()}}
		}))
	a.metrics.Gauge("storyreel_queue_workers", "Processes that take work of the queue; a paused one does not.",
		[]string{"queue"},
		of(func(d queue.Depth) []metric.Sample {
			return []metric.Sample{{Labels: []string{d.Queue}, Value: float64(d.Workers)}}
		}))
}

// watchSchema registers how far updates of the schema have come.
func (a *app) watchSchema(ctx context.Context) {
	type versions struct {
		program, database int64
		fills             int
	}
	read := metric.Shared(ctx, keepSlowly, answerTime, func(ctx context.Context) (v versions, err error) {
		if v.program, v.database, err = a.store.Versions(ctx); err == nil {
			v.fills, err = a.store.OpenFills(ctx)
		}
		return v, err
	})
	a.metrics.Gauge("storyreel_schema_version",
		"Version of the database's schema: the one applied, and the one of this program.", []string{"of"},
		func() ([]metric.Sample, error) {
			v, err := read()
			return []metric.Sample{
				{Labels: []string{"program"}, Value: float64(v.program)},
				{Labels: []string{"database"}, Value: float64(v.database)},
			}, err
		})
	a.metrics.Gauge("storyreel_schema_fills_open", "Parts of an update that are still being filled from old rows.", nil,
		func() ([]metric.Sample, error) {
			v, err := read()
			return metric.One(float64(v.fills)), err
		})
}

// watchWebhooks registers how long events wait to be delivered.
func (a *app) watchWebhooks(ctx context.Context) {
	a.watchAge(ctx, "storyreel_webhook_oldest_seconds",
		"Age of the event that waits longest for an enabled webhook. 0: none waits.", a.store.OldestWaiting)
}

// watchAge registers how long it has been since the time that read returns; 0
// for the zero time.
func (a *app) watchAge(ctx context.Context, name, help string, read func(context.Context) (time.Time, error)) {
	since := metric.Shared(ctx, keepAnswers, answerTime, read)
	a.metrics.Gauge(name, help, nil,
		func() ([]metric.Sample, error) {
			at, err := since()
			if err != nil || at.IsZero() {
				return metric.One(0), err
			}
			return metric.One(max(clock().Sub(at).Seconds(), 0)), nil
		})
}

// watchMachine registers the state of this process's machine and worker.
func (a *app) watchMachine() {
	a.metrics.Gauge("storyreel_worker_paused",
		"1 while this process takes no work; the label is the code of the fault of its machine.", []string{"code"},
		a.pauses)
	a.metrics.Gauge("storyreel_disk_free_bytes",
		"Free space of the scratch disk of a worker, and of the disk of SQLite.", []string{"disk"},
		func() (out []metric.Sample, err error) {
			for disk, folder := range a.disks() {
				s, err := machine.SpaceAt(folder)
				if err != nil {
					return nil, err
				}
				out = append(out, metric.Sample{Labels: []string{disk}, Value: float64(s.Free)})
			}
			return out, nil
		})
}

// disks are the folders that this process writes to.
func (a *app) disks() map[string]string {
	out := map[string]string{}
	if a.worker.Load() != nil {
		out["scratch"] = a.cfg.Scratch
	}
	if a.store.Dialect() == "sqlite" {
		out["database"] = a.cfg.Data
	}
	return out
}

// pauses is the state of this process's worker; empty in one that runs no jobs.
func (a *app) pauses() ([]metric.Sample, error) {
	p := a.worker.Load()
	if p == nil {
		return nil, nil
	}
	if err := p.Ready(); err != nil {
		return []metric.Sample{{Labels: []string{pauseReason(err)}, Value: 1}}, nil
	}
	return []metric.Sample{{Labels: []string{""}, Value: 0}}, nil
}

// pauseReason is the code of the fault that made the worker pause.
func pauseReason(err error) string {
	if f := fault.As(err); f != nil && f.Err != nil {
		return fault.CodeOf(f.Err)
	}
	return fault.CodeOf(err)
}

// ended counts an attempt at a job.
func (a *app) ended(t attempt.Record) {
	a.metrics.Job(metric.Job{
		Kind: string(t.Kind), Outcome: string(t.Outcome), Code: t.Code, Input: t.Input,
		Elapsed: t.EndedAt.Sub(t.StartedAt), CPU: t.CPU,
	})
}

// sent counts a file that was announced, or has arrived.
func (a *app) sent(stage intake.Stage, bytes int64) { a.metrics.Sent(string(stage), bytes) }
