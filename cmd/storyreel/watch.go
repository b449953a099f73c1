package main

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"time"

	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/machine"
	"github.com/storyreel/storyreel/internal/metric"
	"github.com/storyreel/storyreel/internal/review"
)

// watch registers what is read from the services when somebody looks.
func (a *app) watch() {
	a.metrics.Gauge("storyreel_queue_tasks", "Announcements of work that Redis holds.", []string{"queue", "state"},
		func() ([]metric.Sample, error) {
			depths, err := a.queue.Depths()
			var out []metric.Sample
			for _, d := range depths {
				for state, n := range map[string]int{
					"pending": d.Pending, "active": d.Active, "scheduled": d.Scheduled, "retry": d.Retry,
					"archived": d.Archived,
				} {
					out = append(out, metric.Sample{Labels: []string{d.Queue, state}, Value: float64(n)})
				}
			}
			return out, err
		})
	a.watchRetention()
	stats := func(pick func(review.Stats) float64) func() ([]metric.Sample, error) {
		return func() ([]metric.Sample, error) {
			ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
			defer cancel()
			st, err := a.store.ReviewStats(ctx, review.Filter{}, clock())
			return []metric.Sample{{Value: pick(st)}}, err
		}
	}
	a.metrics.Gauge("storyreel_review_waiting", "Stories waiting for a moderator.", nil,
		stats(func(s review.Stats) float64 { return float64(s.Waiting) }))
	a.metrics.Gauge("storyreel_review_oldest_seconds", "Age of the oldest story waiting for a moderator.", nil,
		stats(func(s review.Stats) float64 {
			if s.Oldest.IsZero() {
				return 0
			}
			return clock().Sub(s.Oldest).Seconds()
		}))
	a.metrics.Gauge("storyreel_worker_paused",
		"1 while this process takes no work; the label is the code of the fault of its machine.", []string{"code"},
		a.pauses)
	a.metrics.Gauge("storyreel_scratch_free_bytes", "Free space of the scratch disk.", nil,
		func() ([]metric.Sample, error) {
			if a.worker.Load() == nil {
				return nil, nil
			}
			s, err := machine.SpaceAt(a.cfg.Scratch)
			return []metric.Sample{{Value: float64(s.Free)}}, err
		})
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
	a.metrics.Job(string(t.Kind), string(t.Outcome), t.Code, t.EndedAt.Sub(t.StartedAt), t.CPU)
}

// exposeMetrics serves /metrics, /healthz and /readyz of a worker on an address
// of their own, which belongs on a private network. /readyz has status 503
// while the worker is paused or a service that it needs is away.
func (a *app) exposeMetrics(ctx context.Context) error {
	if a.cfg.MetricsListen == "" {
		return nil
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.cfg.MetricsListen)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", a.metrics.Handler())
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		checks := a.ready(r.Context())
		status, summary := http.StatusOK, "ready"
		for _, needed := range []string{"database", "storage", "queue", "worker"} {
			if checks[needed] != "ok" {
				status, summary = http.StatusServiceUnavailable, "not ready"
			}
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]any{ // the client is gone
			"status": summary, "checks": checks, "version": versionName(),
		})
	})
	srv := newServer(mux)
	srv.ReadTimeout, srv.WriteTimeout = 10*time.Second, 30*time.Second
	context.AfterFunc(ctx, func() { _ = srv.Close() })
	go func() { _ = srv.Serve(l) }() // ends with ctx
	return nil
}
