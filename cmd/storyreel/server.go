package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// newServer returns a server that bounds what comes before and between
// requests; package front bounds the rest.
func newServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10, // besides 4 KiB that net/http adds
	}
}

// serve answers requests on the listener until ctx ends, and for the time of
// drain after it, then lets running ones finish.
func (a *app) serve(ctx context.Context, l net.Listener, drain time.Duration) error {
	h, err := a.handler()
	if err != nil {
		return err
	}
	defer a.background(ctx)()
	// event streams end when we stop, plain requests finish
	streams, hangUp := context.WithCancel(context.WithoutCancel(ctx))
	defer hangUp()
	srv := newServer(a.closing(h))
	srv.BaseContext = func(net.Listener) context.Context { return streams }
	srv.ErrorLog = slog.NewLogLogger(a.log.Handler(), slog.LevelDebug)
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	a.stopping.Store(true)
	<-time.After(drain) // proxies notice meanwhile
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.cfg.Shutdown)
	defer cancel()
	time.AfterFunc(time.Second, hangUp)
	if err := srv.Shutdown(end); err != nil {
		return srv.Close()
	}
	return nil
}

// background starts what runs beside the API, and returns what ends it. Mails
// and webhooks belong here because workers reach no other network.
func (a *app) background(ctx context.Context) (end func()) {
	ctx, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { a.sender().Run(ctx) })
	running.Go(func() { a.followOrigins(ctx) })
	mails := a.sendMails(ctx)
	return func() {
		stop()
		mails()
		running.Wait()
	}
}

// closing has proxies give up their connections to a process that stops: it
// answers each request and closes the connection after it. Closing an idle
// connection instead could meet a request on its way, and proxies repeat no
// POST whose connection broke.
func (a *app) closing(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.stopping.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}
