package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/storyreel/storyreel/internal/config"
	"github.com/storyreel/storyreel/internal/embedded"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/sandbox"
	"github.com/storyreel/storyreel/transcode"
)

type upCmd struct {
	NoDemo bool `help:"Create no demo campaign and no demo users."`
}

// Run implements the command. Whatever is configured is used; whatever is
// not is started here, as a supervised child with its data in the data folder.
func (c upCmd) Run(e *env) (err error) {
	cfg, log, err := e.config()
	if err != nil {
		return err
	}
	mode, err := sandbox.ParseMode(cfg.Sandbox)
	if err != nil {
		return err
	}
	if _, err := transcode.New(transcode.Options{Sandbox: mode, Log: log}); err != nil {
		return err // before anything is started
	}
	l, err := (&net.ListenConfig{}).Listen(e.ctx, "tcp", cfg.Listen)
	if err != nil {
		return fault.New(fault.Conflict, "listen", "%s is taken; set STORYREEL_LISTEN to another address", cfg.Listen).
			Because(err)
	}
	defer l.Close()
	var started closers
	defer func() { err = errors.Join(err, started.close()) }()
	a, redisURL, err := c.start(e, cfg, log, &started)
	if err != nil {
		return err
	}
	if err := a.bucket.Setup(e.ctx); err != nil {
		return err
	}
	if err := a.monitor(e.ctx, "database", "storage", "queue", "worker"); err != nil {
		return err
	}
	if err := c.greet(e.ctx, e.stdout, a); err != nil {
		return err
	}
	err = traced(e.ctx, "storyreel", log, func() error {
		g, ctx := errgroup.WithContext(e.ctx)
		g.Go(func() error { return a.serve(ctx, l, 0) })
		g.Go(func() error { return a.work(ctx, redisURL) })
		return g.Wait()
	})
	fmt.Fprintln(e.stdout, "Storyreel has stopped; start it again and it goes on where it was.")
	return err
}

// closers end what was started, last first.
type closers []func() error

func (c *closers) add(end func() error) { *c = append(*c, end) }

func (c *closers) close() error {
	var err error
	for _, end := range slices.Backward(*c) {
		err = errors.Join(err, end())
	}
	return err
}

// start opens the database with the demo in it, starts the services that are
// not configured, and wires the app to all of them.
func (c upCmd) start(e *env, cfg config.Config, log *slog.Logger, started *closers) (
	a *app, redisURL string, err error) {
	b, err := newBase(e.ctx, cfg, log)
	if err != nil {
		return nil, "", err
	}
	defer func() {
		if err != nil { // otherwise the app closes it
			err = errors.Join(err, b.close())
		}
	}()
	if !c.NoDemo {
		if err := createDemo(e.ctx, b); err != nil {
			return nil, "", err
		}
	}
	if redisURL = cfg.RedisURL; redisURL == "" {
		r, err := embedded.StartRedis(e.ctx, embedded.RedisOptions{Dir: cfg.Data, Log: log})
		if err != nil {
			return nil, "", err
		}
		started.add(r.Close)
		redisURL = r.URL
	}
	s3, err := b.storageConfig(e.ctx)
	if err != nil {
		return nil, "", err
	}
	if e.ownS3(cfg) {
		srv, err := embedded.StartS3(e.ctx,
			embedded.S3Options{Dir: cfg.Data, Addr: freeOr(e.ctx, cfg.S3Listen), Log: log})
		if err != nil {
			return nil, "", err
		}
		started.add(srv.Close)
		s3.Endpoint, s3.Region, s3.AccessKey, s3.SecretKey = srv.Endpoint, embedded.Region, srv.AccessKey, srv.SecretKey
	}
	if a, err = newApp(e.ctx, b, redisURL, s3); err != nil {
		return nil, "", err
	}
	started.add(a.close)
	return a, redisURL, nil
}

// freeOr returns the address, or "" for any free port when another program
// holds it. Links to media are made anew for every answer, so the port may
// change.
func freeOr(ctx context.Context, addr string) string {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return ""
	}
	if l.Close() != nil {
		return ""
	}
	return addr
}

// greet prints where everything is.
func (c upCmd) greet(ctx context.Context, w io.Writer, a *app) error {
	base := a.cfg.PublicURL
	fmt.Fprintf(w, "\nStoryreel %s is up. Everything it keeps is in %s\n\n", versionName(), filepath.Clean(a.cfg.Data))
	if c.NoDemo {
		fmt.Fprintf(w, "  Pages      %s\n", base)
	} else {
		fmt.Fprintf(w, "  Contribute %s/c/%s\n", base, demoCampaign)
		for _, u := range []struct{ what, email, page string }{
			{"Review    ", demoModerator, "review"}, {"Board     ", demoCreative, "board"},
			{"Admin     ", demoAdmin, "admin"},
		} {
			token, _, err := a.accounts.NewLink(ctx, u.email)
			if err != nil {
				return err
			}
			fmt.Fprintf(w, "  %s %s#to=/%s&link=%s\n", u.what, base+signInPage, u.page, token)
		}
		fmt.Fprintf(w,
			"             (each sign-in link works once, within %s; `storyreel user link EMAIL` makes more)\n",
			a.cfg.LinkLife)
	}
	fmt.Fprintf(w, "  Docs       %s/docs\n  Media      %s\n  Sandbox    %s\n\nCtrl-C stops it.\n\n", base,
		a.bucket.PublicURL(""), a.sandbox)
	return nil
}
