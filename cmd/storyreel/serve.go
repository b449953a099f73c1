package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"text/tabwriter"

	"github.com/storyreel/storyreel/api"
	"github.com/storyreel/storyreel/internal/config"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/storage"
	"github.com/storyreel/storyreel/internal/store"
)

type serveCmd struct{}

// Run implements the command.
func (serveCmd) Run(e *env) (err error) {
	a, err := external(e)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	l, err := (&net.ListenConfig{}).Listen(e.ctx, "tcp", a.cfg.Listen)
	if err != nil {
		return fmt.Errorf("STORYREEL_LISTEN: %w", err)
	}
	if err := a.monitor(e.ctx, "database", "storage"); err != nil {
		return err
	}
	a.log.Info("serving", "address", a.cfg.PublicURL, "version", versionName())
	return traced(e.ctx, "storyreel-api", a.log, func() error { return a.serve(e.ctx, l, a.cfg.Drain) })
}

type workCmd struct{}

// Run implements the command.
func (workCmd) Run(e *env) (err error) {
	a, err := external(e)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	if err := a.monitor(e.ctx, "database", "storage", "queue", "worker"); err != nil {
		return err
	}
	a.log.Info("working", "review", a.cfg.ReviewWorkers, "publish", a.cfg.PublishWorkers, "sandbox", a.sandbox,
		"version", versionName())
	return traced(e.ctx, "storyreel-worker", a.log, func() error { return a.work(e.ctx, a.cfg.RedisURL) })
}

// external wires the app against configured services.
func external(e *env) (*app, error) {
	b, err := openBase(e)
	if err != nil {
		return nil, err
	}
	if b.cfg.RedisURL == "" {
		return nil,
			errors.Join(
				fault.New(fault.Invalid, "config.redis",
					"STORYREEL_REDIS_URL is not set; only `storyreel up` brings its own Redis"), b.close())
	}
	s3, err := b.storageConfig(e.ctx)
	if err != nil {
		return nil, errors.Join(err, b.close())
	}
	a, err := newApp(e.ctx, b, b.cfg.RedisURL, s3)
	if err != nil {
		return nil, errors.Join(err, b.close())
	}
	return a, nil
}

type migrateCmd struct{}

// Run implements the command.
func (migrateCmd) Run(e *env) error {
	cfg, _, err := e.config()
	if err != nil {
		return err
	}
	v, err := migrate(e.ctx, cfg.MigrateURL)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "schema version %d\n", v)
	return nil
}

// migrate brings the schema of the database at the address up to date.
func migrate(ctx context.Context, address string) (int64, error) {
	db, err := store.Open(ctx, address)
	if err != nil {
		return 0, err
	}
	v, err := db.Migrate(ctx)
	return v, errors.Join(err, db.Close())
}

type bucketCmd struct{}

// Run implements the command.
func (bucketCmd) Run(e *env) error {
	return withBase(e, func(b *base) error { return setUpBucket(e, b) })
}

func setUpBucket(e *env, b *base) error {
	c, err := b.storageConfig(e.ctx)
	if err != nil {
		return err
	}
	bucket, err := storage.Open(e.ctx, c)
	if err != nil {
		return err
	}
	if err := bucket.Setup(e.ctx); err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "the bucket %s is prepared; `storyreel doctor` checks it\n", c.Bucket)
	return nil
}

type configCmd struct {
	JSON bool `help:"Print JSON."`
}

// Help implements kong.HelpProvider: it lists the variables.
func (configCmd) Help() string {
	text := "Environment variables:\n"
	for _, v := range config.Settings() {
		text += "\n  " + v.Name
		if v.Default != "" {
			text += " (default " + v.Default + ")"
		}
		text += "\n      " + v.Help + "\n"
	}
	return text
}

// Run implements the command.
func (c configCmd) Run(e *env) error {
	cfg, _, err := e.config()
	if err != nil {
		return err
	}
	vars := cfg.Variables()
	if c.JSON {
		m := map[string]string{}
		for _, v := range vars {
			m[v.Name] = v.Value
		}
		return e.json(m)
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	for _, v := range vars {
		fmt.Fprintf(w, "%s\t%s\t# %s\n", v.Name, v.Value, v.Help)
	}
	return w.Flush()
}

type openapiCmd struct{}

// Run implements the command.
func (openapiCmd) Run(e *env) error {
	doc, err := api.Document()
	if err == nil {
		_, err = e.stdout.Write(doc)
	}
	return err
}
