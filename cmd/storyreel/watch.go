package main

import (
	"context"
	"net"
	"net/http"
	"time"

	"github.com/storyreel/storyreel/internal/attempt"
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
}

// ended counts an attempt at a job.
func (a *app) ended(t attempt.Record) {
	a.metrics.Job(string(t.Kind), string(t.Outcome), t.Code, t.EndedAt.Sub(t.StartedAt), t.CPU)
}

// exposeMetrics serves /metrics and /healthz of a worker on an address of
// their own, which belongs on a private network.
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
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { _ = srv.Close() })
	go func() { _ = srv.Serve(l) }() // ends with ctx
	return nil
}
