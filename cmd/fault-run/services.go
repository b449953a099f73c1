//go:build linux

package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/redis/go-redis/v9"
)

// freeAddress returns a loopback address that was free a moment ago.
func freeAddress(ctx context.Context) (string, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// postgres is a cluster of its own. It survives an immediate stop: commits are
// written before they are answered, only not forced to the disk, which matters
// when a machine ends, not a program.
type postgres struct {
	*process
	address string
	admin   *sql.DB // past every proxy
}

func newPostgres(ctx context.Context, dir string) (*postgres, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil || len(found) == 0 {
		return nil, errors.New("PostgreSQL is not installed; run `make deps-test`")
	}
	bin, owner := found[len(found)-1], (*syscall.Credential)(nil)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if os.Geteuid() == 0 { // which PostgreSQL refuses
		if owner, err = credential("postgres"); err != nil {
			return nil, err
		}
		if err := os.Chown(dir, int(owner.Uid), int(owner.Gid)); err != nil {
			return nil, err
		}
	}
	environment := []string{"PATH=" + os.Getenv("PATH"), "TZ=UTC", "LC_ALL=C"}
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", filepath.Join(dir, "data"),
		"-U", "storyreel", "-A", "trust", "-E", "UTF8", "--locale", "C.UTF-8", "--no-sync", "--no-instructions")
	initdb.Dir, initdb.Env, initdb.SysProcAttr = dir, environment, &syscall.SysProcAttr{Credential: owner}
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	p := &postgres{}
	if p.address, err = freeAddress(ctx); err != nil {
		return nil, err
	}
	if p.admin, err = sql.Open("pgx", databaseURL(p.address, "postgres")); err != nil {
		return nil, err
	}
	log, err := logFile(filepath.Join(dir, "log"))
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(p.address)
	if err != nil {
		return nil, err
	}
	p.process = &process{name: "postgres", log: log, ready: p.admin.PingContext, make: func() *exec.Cmd {
		cmd := exec.CommandContext(context.WithoutCancel(ctx), filepath.Join(bin, "postgres"),
			"-D", filepath.Join(dir, "data"), "-k", dir, "-p", port, "-c", "listen_addresses=127.0.0.1",
			"-c", "fsync=off", "-c", "max_connections=200", "-c", "shared_buffers=64MB", "-c", "timezone=UTC")
		cmd.Dir, cmd.Env, cmd.SysProcAttr = dir, environment, &syscall.SysProcAttr{Credential: owner}
		return cmd
	}}
	return p, p.start(ctx)
}

func credential(name string) (*syscall.Credential, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, err
}

func databaseURL(address, name string) string {
	return "postgres://storyreel@" + address + "/" + name + "?sslmode=disable"
}

// redisServer keeps nothing: a restart is as good as a wiped Redis.
type redisServer struct {
	*process
	address string
	admin   *redis.Client // past every proxy
}

func newRedis(ctx context.Context, dir string) (*redisServer, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	r := &redisServer{}
	var err error
	if r.address, err = freeAddress(ctx); err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(r.address)
	if err != nil {
		return nil, err
	}
	log, err := logFile(filepath.Join(dir, "log"))
	if err != nil {
		return nil, err
	}
	r.admin = redis.NewClient(&redis.Options{Addr: r.address, DialTimeout: time.Second, MaxRetries: -1})
	r.process = &process{
		name: "redis", log: log, ready: func(ctx context.Context) error { return r.admin.Ping(ctx).Err() },
		make: func() *exec.Cmd {
			cmd := exec.CommandContext(context.WithoutCancel(ctx), "redis-server", "--bind", "127.0.0.1",
				"--port", port, "--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction")
			cmd.Dir = dir
			return cmd
		},
	}
	return r, r.start(ctx)
}
