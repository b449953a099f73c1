package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"time"
)

// profileTime bounds an answer of the monitoring listener: a profile of the CPU
// may be asked for a minute.
const profileTime = 70 * time.Second

// monitor serves /metrics, /healthz, /readyz and /debug/pprof/ on an address
// of their own, until ctx ends. It asks nobody for a key: the address belongs
// on a private network. /readyz has status 503 while one of the needed checks
// of ready is not ok.
func (a *app) monitor(ctx context.Context, needed ...string) error {
	if a.cfg.MetricsListen == "" {
		return nil
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.cfg.MetricsListen)
	if err != nil {
		return fmt.Errorf("STORYREEL_METRICS_LISTEN: %w", err)
	}
	srv := newServer(a.monitoring(needed))
	srv.ReadTimeout, srv.WriteTimeout = 10*time.Second, profileTime
	context.AfterFunc(ctx, func() { _ = srv.Close() })
	go func() { _ = srv.Serve(l) }() // ends with ctx
	return nil
}

func (a *app) monitoring(needed []string) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", a.metrics.Handler())
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		checks := a.ready(r.Context())
		status, summary := http.StatusOK, "ready"
		for _, name := range needed {
			if checks[name] != "ok" {
				status, summary = http.StatusServiceUnavailable, "not ready"
			}
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]any{ // the client is gone
			"status": summary, "checks": checks, "version": versionName(),
		})
	})
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}
