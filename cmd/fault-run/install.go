//go:build linux

package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/storyreel/storyreel/internal/embedded"
	"github.com/storyreel/storyreel/internal/storage"
)

const (
	slug     = "faults"
	database = "faults"
	diskSize = 512 << 20 // bytes of the scratch disk that can be full
)

// installation is the service as an operator runs it, with something that can
// break before each of its services.
type installation struct {
	dir, bin string
	vars     []string // environment of every command

	postgres *postgres
	redis    *redisServer
	s3       *embedded.S3
	db       *sql.DB         // past every proxy
	bucket   *storage.Bucket // past every proxy

	pgLine, redisLine, s3Line *line

	processes map[string]*process
	storages  map[string]*storageProxy // by the name of the process
	api       []string                 // addresses of the processes of the API
	monitors  []string                 // addresses of the metrics of all processes
	disk      string                   // scratch folder of the worker whose disk can be full
	mounted   bool                     // disk is a file system of its own

	moderators []string // keys
	admin      string   // key
}

// names are the processes. The workers are the first two.
func names() []string { return []string{"work-a", "work-b", "serve-a", "serve-b"} }

func isWorker(name string) bool { return strings.HasPrefix(name, "work-") }

// install starts the services and the processes in dir.
func install(ctx context.Context, dir, bin string, lease time.Duration) (*installation, error) {
	in := &installation{
		dir: dir, bin: bin, processes: map[string]*process{}, storages: map[string]*storageProxy{},
		disk: filepath.Join(dir, "scratch-work-b"),
	}
	err := in.services(ctx)
	if err == nil {
		err = in.configure(ctx, lease)
	}
	for _, name := range names() {
		if err == nil {
			err = in.add(ctx, name)
		}
	}
	return in, err
}

// services starts PostgreSQL, Redis and S3, and the lines to them.
func (in *installation) services(ctx context.Context) (err error) {
	if in.postgres, err = newPostgres(ctx, filepath.Join(in.dir, "pg")); err != nil {
		return err
	}
	if _, err := in.postgres.admin.ExecContext(ctx, "CREATE DATABASE "+database); err != nil {
		return err
	}
	own := databaseURL(in.postgres.address, database) + "&application_name=fault-run"
	if in.db, err = sql.Open("pgx", own); err != nil {
		return err
	}
	if in.redis, err = newRedis(ctx, filepath.Join(in.dir, "redis")); err != nil {
		return err
	}
	if in.s3, err = embedded.StartS3(ctx, embedded.S3Options{Dir: in.dir}); err != nil {
		return err
	}
	lines := newLines()
	if in.pgLine, err = lines(ctx, "postgres", in.postgres.address); err != nil {
		return err
	}
	if in.redisLine, err = lines(ctx, "redis", in.redis.address); err != nil {
		return err
	}
	in.s3Line, err = lines(ctx, "s3", strings.TrimPrefix(in.s3.Endpoint, "http://"))
	return err
}

// configure makes schema, bucket, campaign and keys, past every proxy.
func (in *installation) configure(ctx context.Context, lease time.Duration) (err error) {
	in.vars = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + in.dir, "TMPDIR=" + in.dir, "AWS_REGION=" + embedded.Region,
		"AWS_ACCESS_KEY_ID=" + in.s3.AccessKey, "AWS_SECRET_ACCESS_KEY=" + in.s3.SecretKey,
		"STORYREEL_S3_BUCKET=" + slug, "STORYREEL_LEASE=" + lease.String(), "STORYREEL_REDISPATCH=5s",
		"STORYREEL_SWEEP_EVERY=1s", "STORYREEL_BEGINS_PER_HOUR=1000000", "STORYREEL_BYTES_PER_HOUR=1000000000000",
		"STORYREEL_DRAIN=500ms", "STORYREEL_LOG_FORMAT=json", "STORYREEL_DATA=" + filepath.Join(in.dir, "data"),
	}
	for _, args := range [][]string{
		{"migrate"}, {"bucket"}, {"campaign", "create", slug, "--min-duration=100ms"},
	} {
		if _, err := in.command(ctx, args...); err != nil {
			return err
		}
	}
	form := filepath.Join(in.dir, "release.txt")
	if err := os.WriteFile(form, []byte("You may use my video in advertising."), 0o600); err != nil {
		return err
	}
	if _, err := in.command(ctx, "campaign", "release", slug, form); err != nil {
		return err
	}
	for _, who := range []string{"admin", "moderator", "moderator"} {
		user := fmt.Sprintf("%s-%d@faults.example", who, len(in.moderators))
		if _, err := in.command(ctx, "user", "create", user, "--role", who); err != nil {
			return err
		}
		key, err := in.command(ctx, "key", "create", "--role", who, "--user", user)
		if err != nil {
			return err
		}
		if who == "admin" {
			in.admin = key
		} else {
			in.moderators = append(in.moderators, key)
		}
	}
	in.bucket, err = storage.Open(ctx, storage.Config{
		Endpoint: in.s3.Endpoint, Region: embedded.Region, Bucket: slug, AccessKey: in.s3.AccessKey,
		SecretKey: in.s3.SecretKey,
	})
	return err
}

// direct are the settings that lead past every proxy.
func (in *installation) direct() []string {
	return []string{
		"STORYREEL_DATABASE_URL=" + databaseURL(in.postgres.address, database),
		"STORYREEL_REDIS_URL=redis://" + in.redis.address, "STORYREEL_S3_ENDPOINT=" + in.s3.Endpoint,
	}
}

// command runs a command of the binary, past every proxy, and returns what it
// printed.
func (in *installation) command(ctx context.Context, args ...string) (string, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, in.bin, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = append(in.direct(), in.vars...), &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.String(), fmt.Errorf("storyreel %v: %w: %s", args, err, stderr.String())
	}
	return strings.TrimSpace(stdout.String()), nil
}

// add starts a process of the service, which reaches its services by lines.
func (in *installation) add(ctx context.Context, name string) error {
	proxy, err := newStorageProxy(ctx, in.s3Line.Listen)
	if err != nil {
		return err
	}
	address, err := freeAddress(ctx)
	if err != nil {
		return err
	}
	scratch := filepath.Join(in.dir, "scratch-"+name)
	if err := os.MkdirAll(scratch, 0o700); err != nil {
		return err
	}
	if scratch == in.disk {
		in.mounted = unix.Mount("tmpfs", scratch, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0700", diskSize)) == nil
	}
	vars := append([]string{
		"STORYREEL_DATABASE_URL=" + databaseURL(in.pgLine.Listen, database),
		"STORYREEL_REDIS_URL=redis://" + in.redisLine.Listen, "STORYREEL_S3_ENDPOINT=" + proxy.endpoint,
		"STORYREEL_SCRATCH=" + scratch, "STORYREEL_SCRATCH_FREE=1048576",
	}, in.vars...)
	kind, monitor := "work", address
	if !isWorker(name) {
		if monitor, err = freeAddress(ctx); err != nil {
			return err
		}
		kind, vars = "serve", append(vars, "STORYREEL_LISTEN="+address)
		in.api = append(in.api, "http://"+address)
	}
	vars = append(vars, "STORYREEL_METRICS_LISTEN="+monitor)
	in.monitors = append(in.monitors, "http://"+monitor+"/metrics")
	log, err := logFile(filepath.Join(in.dir, name+".log"))
	if err != nil {
		return err
	}
	p := &process{name: name, log: log}
	// Readiness depends on services, which may be broken on purpose.
	p.ready = func(ctx context.Context) error { return healthy(ctx, "http://"+address+"/healthz") }
	p.make = func() *exec.Cmd {
		cmd := exec.CommandContext(context.WithoutCancel(ctx), in.bin, kind)
		cmd.Env = vars
		return cmd
	}
	in.processes[name], in.storages[name] = p, proxy
	return p.start(ctx)
}

var probe = &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

func healthy(ctx context.Context, address string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	resp, err := probe.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %d", address, resp.StatusCode)
	}
	return nil
}

// revive starts every process that does not run and frees those that were
// stopped.
func (in *installation) revive(ctx context.Context) error {
	var errs []error
	for _, name := range names() {
		p := in.processes[name]
		p.signal(unix.SIGCONT)
		if !p.running() {
			errs = append(errs, p.start(ctx))
		}
	}
	return errors.Join(errs...)
}

// close ends everything.
func (in *installation) close() {
	for _, name := range names() {
		if p := in.processes[name]; p != nil {
			p.signal(unix.SIGCONT)
			p.end(unix.SIGTERM)
		}
	}
	if in.mounted {
		if err := unix.Unmount(in.disk, unix.MNT_DETACH); err != nil {
			fmt.Fprintln(os.Stderr, "fault-run: the scratch disk stays mounted:", err)
		}
	}
	if in.s3 != nil {
		_ = in.s3.Close() // returns nil
	}
	if in.redis != nil {
		in.redis.end(unix.SIGTERM)
	}
	if in.postgres != nil {
		in.postgres.end(unix.SIGQUIT)
	}
}
