package embedded

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/fault"
)

// maxSocketPath is a length of socket paths, in bytes, that every system
// supports.
const maxSocketPath = 100

// RedisOptions configure the embedded Redis.
type RedisOptions struct {
	Dir       string       // data folder; Redis uses redis/ in it
	Databases int          // numbered databases; 0: 16
	Log       *slog.Logger // nil: no log
}

// Redis is a running redis-server or valkey-server. A crash of the machine
// loses at most the last second of writes, a crash of the process none.
type Redis struct {
	// URL is unix:///path, or redis://:password@host:port/0 where the path
	// would be too long for a socket. It can hold a password: never log it.
	URL string

	child *Child
	lock  interface{ Close() error }
}

// StartRedis starts Redis and returns when it answers. When its process ends,
// it is restarted at the same address. A machine without redis-server and
// valkey-server is fault.Unavailable "embedded.redis_missing"; a folder in use
// is fault.Conflict "embedded.busy". ctx bounds the start only; the caller
// must Close.
func StartRedis(ctx context.Context, o RedisOptions) (*Redis, error) {
	path, err := findRedis("/opt/homebrew/bin", "/usr/local/bin")
	if err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(filepath.Join(o.Dir, "redis"))
	if err != nil {
		return nil, fmt.Errorf("find data folder: %w", err)
	}
	lockFile, err := lock(dir)
	if err != nil {
		return nil, err
	}
	r := &Redis{lock: lockFile}
	if err := r.start(ctx, path, dir, o); err != nil {
		return nil, errors.Join(err, lockFile.Close())
	}
	return r, nil
}

func (r *Redis) start(ctx context.Context, path, dir string, o RedisOptions) error {
	addressFile := filepath.Join(dir, "address")
	if old, err := os.ReadFile(addressFile); err == nil {
		if err := stopOrphan(ctx, string(old)); err != nil {
			return err
		}
	}
	if o.Databases == 0 {
		o.Databases = 16
	}
	// The working directory is dir, so file names need no path. The password
	// is in the configuration file, because other users can read command lines.
	conf := fmt.Sprintf("dir .\ndatabases %d\nappendonly yes\nappendfsync everysec\nsave \"\"\n"+
		"maxmemory-policy noeviction\ndaemonize no\nlogfile \"\"\nprotected-mode yes\n", o.Databases)
	for tries := 3; ; tries-- {
		socket := filepath.Join(dir, "redis.sock")
		listen := "port 0\nunixsocket redis.sock\nunixsocketperm 700\n"
		r.URL = (&url.URL{Scheme: "unix", Path: socket}).String()
		tcp := len(socket) >= maxSocketPath
		if tcp {
			port, err := freePort(ctx)
			if err != nil {
				return err
			}
			password := rand.Text()
			listen = fmt.Sprintf("bind 127.0.0.1\nport %s\nrequirepass %s\n", port, password)
			r.URL = (&url.URL{
				Scheme: "redis", User: url.UserPassword("", password), Host: "127.0.0.1:" + port, Path: "/0",
			}).String()
		}
		if err := errors.Join(writeFile(filepath.Join(dir, "redis.conf"), []byte(conf+listen)),
			writeFile(addressFile, []byte(r.URL))); err != nil {
			return fmt.Errorf("write Redis settings: %w", err)
		}
		var err error
		r.child, err = Supervise(ctx, Program{
			Name: "redis", Path: path, Args: []string{"redis.conf"}, Dir: dir,
			Env:   []string{"PATH=" + os.Getenv("PATH")},
			Ready: func(ctx context.Context) error { return sendCommand(ctx, r.URL, "PING", "+PONG") },
			Grace: 20 * time.Second, Log: o.Log,
		})
		if err == nil || !tcp || tries == 0 || ctx.Err() != nil {
			return err
		}
	}
}

// Close stops Redis after it has written its data, and unlocks the folder. It
// may be called more than once and returns nil.
func (r *Redis) Close() error {
	err := r.child.Close()
	_ = r.lock.Close() // fails only if Close was called before
	return err
}

// findRedis looks in PATH, then in the given folders.
func findRedis(folders ...string) (string, error) {
	for _, name := range []string{"redis-server", "valkey-server"} {
		if p, err := exec.LookPath(name); err == nil {
			return filepath.Abs(p)
		}
		for _, dir := range folders {
			if p, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
				return p, nil
			}
		}
	}
	install := "apt-get install redis-server"
	if runtime.GOOS == "darwin" {
		install = "brew install redis"
	}
	return "",
		fault.New(fault.Unavailable, "embedded.redis_missing",
			"neither redis-server nor valkey-server is installed; run `%s`, or set STORYREEL_REDIS_URL", install)
}

// stopOrphan stops a Redis left running by a parent that was killed, since two
// servers must never write the same file.
func stopOrphan(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for sendCommand(ctx, address, "PING", "+PONG") == nil {
		_ = sendCommand(ctx, address, "SHUTDOWN", "") // Redis ends without an answer
		select {
		case <-ctx.Done():
			return fault.New(fault.Conflict, "embedded.busy",
				"a Redis of an earlier run still uses this data folder and does not end").Because(ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
}

// sendCommand sends one inline command to the Redis at address. An error means
// that the first line of the reply does not begin with want.
func sendCommand(ctx context.Context, address, command, want string) error {
	u, err := url.Parse(address)
	if err != nil {
		return errors.New("the address is malformed")
	}
	network, addr := "tcp", u.Host
	if u.Scheme == "unix" {
		network, addr = "unix", u.Path
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	if end, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(end) // cannot fail on an open connection
	}
	replies := bufio.NewReader(conn)
	if password, ok := u.User.Password(); ok {
		if _, err := fmt.Fprintf(conn, "AUTH %s\r\n", password); err != nil {
			return err
		}
		if got, err := replies.ReadString('\n'); err != nil || !strings.HasPrefix(got, "+OK") {
			return errors.New("redis refuses the password")
		}
	}
	if _, err := fmt.Fprintf(conn, "%s\r\n", command); err != nil {
		return err
	}
	got, err := replies.ReadString('\n')
	if err != nil {
		return err
	}
	if !strings.HasPrefix(got, want) {
		return fmt.Errorf("redis answers %s", strings.TrimSpace(got))
	}
	return nil
}
