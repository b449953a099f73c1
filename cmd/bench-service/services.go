package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/storyreel/storyreel/client"
	"github.com/storyreel/storyreel/internal/embedded"
	"github.com/storyreel/storyreel/internal/storage"
)

// slug is the campaign of the parts that start the service, and the bucket.
const slug = "bench"

// services are what the service needs besides its database.
type services struct {
	dir    string
	times  int // Redis was started
	s3     *embedded.S3
	redis  *embedded.Redis
	bucket *storage.Bucket
}

func startServices(ctx context.Context, dir string) (*services, error) {
	s := &services{dir: dir}
	var err error
	if s.s3, err = embedded.StartS3(ctx, embedded.S3Options{Dir: dir}); err != nil {
		return nil, err
	}
	if err = s.freshRedis(ctx); err != nil {
		return nil, errors.Join(err, s.s3.Close())
	}
	s.bucket, err = storage.Open(ctx, storage.Config{
		Endpoint: s.s3.Endpoint, Region: embedded.Region, Bucket: slug, AccessKey: s.s3.AccessKey,
		SecretKey: s.s3.SecretKey,
	})
	if err == nil {
		err = s.bucket.Setup(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// freshRedis starts an empty Redis in place of the last one, which may hold
// announcements of another database.
func (s *services) freshRedis(ctx context.Context) error {
	if s.redis != nil {
		if err := s.redis.Close(); err != nil {
			return err
		}
	}
	s.times++
	var err error
	folder := filepath.Join(s.dir, fmt.Sprint("queue-", s.times))
	s.redis, err = embedded.StartRedis(ctx, embedded.RedisOptions{Dir: folder})
	return err
}

func (s *services) close() error {
	var err error
	if s.redis != nil {
		err = s.redis.Close()
	}
	return errors.Join(err, s.s3.Close())
}

// installation is the service with a database of its own.
type installation struct {
	address   string // of the database
	vars      []string
	dir       string
	url       string // of serve
	serve     *process
	work      *process // nil where no media is made
	client    *client.Client
	form      *client.Campaign
	moderator string // key
	admin     string // key
}

// vars is the environment of the binary with that database.
func (b *bench) vars(address, dir string) []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir, "AWS_REGION=" + embedded.Region,
		"AWS_ACCESS_KEY_ID=" + b.s3.AccessKey, "AWS_SECRET_ACCESS_KEY=" + b.s3.SecretKey,
		"STORYREEL_DATABASE_URL=" + address, "STORYREEL_REDIS_URL=" + b.redis.URL,
		"STORYREEL_S3_ENDPOINT=" + b.s3.Endpoint, "STORYREEL_S3_BUCKET=" + slug,
		"STORYREEL_DATA=" + filepath.Join(dir, "data"), "STORYREEL_SCRATCH=" + filepath.Join(dir, "scratch"),
		"STORYREEL_BEGINS_PER_HOUR=1000000000", "STORYREEL_BYTES_PER_HOUR=1000000000000000",
		"STORYREEL_LOG_LEVEL=warn", "STORYREEL_DRAIN=100ms",
	}
}

// install starts `serve` on an empty database at the address, with a campaign.
func (b *bench) install(ctx context.Context, name, address string) (*installation, error) {
	in := &installation{address: address, dir: filepath.Join(b.dir, name)}
	if err := os.MkdirAll(filepath.Join(in.dir, "scratch"), 0o700); err != nil {
		return nil, err
	}
	if err := b.freshRedis(ctx); err != nil {
		return nil, err
	}
	in.vars = b.vars(address, in.dir)
	text := filepath.Join(in.dir, "release.txt")
	if err := os.WriteFile(text, []byte("You may show my video."), 0o600); err != nil {
		return nil, err
	}
	for _, args := range [][]string{
		{"migrate"}, {"campaign", "create", slug, "--min-duration=1s"}, {"campaign", "release", slug, text},
		{"user", "create", "moderator@bench.example", "--role=moderator"},
		{"user", "create", "admin@bench.example", "--role=admin"},
	} {
		if _, err := in.command(ctx, args...); err != nil {
			return nil, err
		}
	}
	var err error
	for role, key := range map[string]*string{"moderator": &in.moderator, "admin": &in.admin} {
		if *key, err = in.command(ctx, "key", "create", "--role="+role, "--user="+role+"@bench.example"); err != nil {
			return nil, err
		}
	}
	if in.serve, err = startProcess(ctx, "serve", in.vars); err != nil {
		return nil, err
	}
	in.url = "http://" + in.serve.listen
	in.client = client.New(in.url, client.Options{HTTP: &http.Client{Transport: newTransport()}})
	if in.form, err = in.client.Campaign(ctx, slug); err != nil {
		return nil, errors.Join(err, in.serve.stop())
	}
	return in, nil
}

// installWhole starts `serve` and `work` on the last kind of database of those
// that are measured. stop ends both and removes the database.
func (b *bench) installWhole(ctx context.Context, name string) (in *installation, stop func() error, err error) {
	address, remove, err := b.fresh(ctx, lastKind(), name)
	if err != nil {
		return nil, nil, err
	}
	if in, err = b.install(ctx, name, address); err != nil {
		return nil, nil, errors.Join(err, remove())
	}
	if in.work, err = startProcess(ctx, "work", in.vars); err != nil {
		return nil, nil, errors.Join(err, in.serve.stop(), remove())
	}
	return in, func() error { return errors.Join(in.work.stop(), in.serve.stop(), remove()) }, nil
}

// command runs a command of the binary and returns what it printed.
func (in *installation) command(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, *bin, args...)
	var failed bytes.Buffer
	cmd.Env, cmd.Stderr = in.vars, &failed
	b, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%v: %w: %s", args, err, failed.String())
	}
	return strings.TrimSpace(string(b)), nil
}

// process is `serve` or `work`.
type process struct {
	cmd     *exec.Cmd
	listen  string // of serve
	metrics string // address of monitoring
}

// patience bounds one wait.
const patience = 5 * time.Minute

// startProcess starts a process of the binary and returns when it is ready.
func startProcess(ctx context.Context, kind string, vars []string) (*process, error) {
	p := &process{}
	var err error
	if p.listen, err = freeAddress(ctx); err != nil {
		return nil, err
	}
	if p.metrics, err = freeAddress(ctx); err != nil {
		return nil, err
	}
	p.cmd = exec.CommandContext(ctx, *bin, kind)
	p.cmd.Env = append(vars[:len(vars):len(vars)], "STORYREEL_LISTEN="+p.listen, "STORYREEL_METRICS_LISTEN="+p.metrics)
	p.cmd.Stderr = os.Stderr
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
	p.cmd.WaitDelay = time.Minute
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	ready := "http://" + p.metrics + "/readyz"
	if kind == "serve" {
		ready = "http://" + p.listen + "/readyz"
	}
	if err := until(ctx, kind+" to be ready", 5*time.Millisecond, func() (bool, error) {
		status, _, err := get(ctx, ready, "")
		return err == nil && status == http.StatusOK, nil // not yet, whatever the error
	}); err != nil {
		return nil, errors.Join(err, p.stop())
	}
	return p, nil
}

// stop ends the process and waits for it.
func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return p.cmd.Wait()
}

// until repeats look until it reports true.
func until(ctx context.Context, what string, every time.Duration, look func() (bool, error)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("%s: not within %s", what, patience))
	defer cancel()
	for {
		if done, err := look(); done || err != nil {
			return err
		}
		if !pause(ctx, every) {
			return context.Cause(ctx)
		}
	}
}

// pause waits, and reports whether ctx still holds.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

func freeAddress(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
