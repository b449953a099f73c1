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

// socketBytes is the longest socket path that every system takes.
const socketBytes = 100

// RedisOptions say where the embedded Redis keeps its data.
type RedisOptions struct {
	Dir       string       // data folder; Redis keeps to redis/ in it
	Databases int          // numbered databases; 0: 16
	Log       *slog.Logger // nil: silent
}

// Redis is a running redis-server or valkey-server. At most its last second
// of writes is lost when the machine dies, nothing when the process does.
type Redis struct {
	// URL is unix:///path, or redis://:password@host:port/0 where the path
	// would be too long for a socket. It is a password: never log it.
	URL string

	child *Child
	lock  interface{ Close() error }
}

// StartRedis starts Redis and returns when it answers. It is started again
// when it dies, at the same address. No redis-server or valkey-server on this
// machine is fault.Unavailable "embedded.redis_missing"; a folder in use is
// fault.Conflict "embedded.busy". ctx bounds the start only; the caller must
// Close.
func StartRedis(ctx context.Context, o RedisOptions) (*Redis, error) {
	path, err := findRedis("/opt/homebrew/bin", "/usr/local/bin")
	if err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(filepath.Join(o.Dir, "redis"))
	if err != nil {
		return nil, fmt.Errorf("find data folder: %w", err)
	}
	held, err := lock(dir)
	if err != nil {
		return nil, err
	}
	r := &Redis{lock: held}
	if err := r.start(ctx, path, dir, o); err != nil {
		return nil, errors.Join(err, held.Close())
	}
	return r, nil
}

func (r *Redis) start(ctx context.Context, path, dir string, o RedisOptions) error {
	note := filepath.Join(dir, "address")
	if old, err := os.ReadFile(note); err == nil {
		if err := endLeftBehind(ctx, string(old)); err != nil {
			return err
		}
	}
	if o.Databases == 0 {
		o.Databases = 16
	}
	// The server runs in its folder, so the names need no path; its file
	// holds the password, which its command line would show to others.
	conf := fmt.Sprintf("dir .\ndatabases %d\nappendonly yes\nappendfsync everysec\nsave \"\"\n"+
		"maxmemory-policy noeviction\ndaemonize no\nlogfile \"\"\nprotected-mode yes\n", o.Databases)
	for tries := 3; ; tries-- {
		socket := filepath.Join(dir, "redis.sock")
		own := "port 0\nunixsocket redis.sock\nunixsocketperm 700\n"
		r.URL = (&url.URL{Scheme: "unix", Path: socket}).String()
		tcp := len(socket) >= socketBytes
		if tcp {
			port, err := freePort()
			if err != nil {
				return err
			}
			password := rand.Text()
			own = fmt.Sprintf("bind 127.0.0.1\nport %s\nrequirepass %s\n", port, password)
			r.URL = (&url.URL{
				Scheme: "redis", User: url.UserPassword("", password), Host: "127.0.0.1:" + port, Path: "/0",
			}).String()
		}
		if err := errors.Join(writeFile(filepath.Join(dir, "redis.conf"), []byte(conf+own)),
			writeFile(note, []byte(r.URL))); err != nil {
			return fmt.Errorf("write Redis settings: %w", err)
		}
		var err error
		r.child, err = Supervise(ctx, Program{
			Name: "redis", Path: path, Args: []string{"redis.conf"}, Dir: dir,
			Env:   []string{"PATH=" + os.Getenv("PATH")},
			Ready: func(ctx context.Context) error { return ask(ctx, r.URL, "PING", "+PONG") }, Grace: 20 * time.Second,
			Log: o.Log,
		})
		if err == nil || !tcp || tries == 0 || ctx.Err() != nil {
			return err
		}
	}
}

// Close stops Redis after it has written what it holds, and gives the folder
// free. It may be called more than once and returns nil.
func (r *Redis) Close() error {
	err := r.child.Close()
	_ = r.lock.Close() // a second Close finds it closed
	return err
}

// findRedis looks in PATH, then in the places given.
func findRedis(places ...string) (string, error) {
	for _, name := range []string{"redis-server", "valkey-server"} {
		if p, err := exec.LookPath(name); err == nil {
			return filepath.Abs(p)
		}
		for _, dir := range places {
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

// endLeftBehind stops a Redis that outlived a run which was killed: two must
// never write one file.
func endLeftBehind(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for ask(ctx, address, "PING", "+PONG") == nil {
		_ = ask(ctx, address, "SHUTDOWN", "") // it does not answer, it ends
		select {
		case <-ctx.Done():
			return fault.New(fault.Conflict, "embedded.busy",
				"a Redis of an earlier run still uses this data folder and does not end").Because(ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
}

// ask sends one inline command to the Redis at address and compares the first
// line of its answer.
func ask(ctx context.Context, address, command, want string) error {
	u, err := url.Parse(address)
	if err != nil {
		return errors.New("the address is malformed")
	}
	network, where := "tcp", u.Host
	if u.Scheme == "unix" {
		network, where = "unix", u.Path
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, network, where)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // nothing is buffered
	if end, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(end) // a fresh connection takes it
	}
	answers := bufio.NewReader(conn)
	if password, ok := u.User.Password(); ok {
		if _, err := fmt.Fprintf(conn, "AUTH %s\r\n", password); err != nil {
			return err
		}
		if got, err := answers.ReadString('\n'); err != nil || !strings.HasPrefix(got, "+OK") {
			return errors.New("redis refuses the password")
		}
	}
	if _, err := fmt.Fprintf(conn, "%s\r\n", command); err != nil {
		return err
	}
	got, err := answers.ReadString('\n')
	if err != nil {
		return err
	}
	if !strings.HasPrefix(got, want) {
		return fmt.Errorf("redis answers %s", strings.TrimSpace(got))
	}
	return nil
}
