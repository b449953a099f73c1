package testkit

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/storyreel/storyreel/internal/embedded"
)

// postgresUser is the cluster's only role. It needs no password: the cluster
// listens only on a socket, in a folder for its system user and root alone.
const postgresUser = "storyreel"

type cluster struct {
	dir   string // of the socket
	admin *sql.DB
}

var postgresCluster = sync.OnceValues(func() (*cluster, error) {
	bin, err := findPostgres(postgresFolders...)
	if err != nil {
		return nil, err
	}
	root, err := scratch()
	if err != nil {
		return nil, err
	}
	owner, err := unprivileged()
	if err != nil {
		return nil, err
	}
	c := &cluster{dir: filepath.Join(root, "pg")}
	if err := os.Mkdir(c.dir, 0o700); err != nil {
		return nil, err
	}
	if owner != nil {
		if err := os.Chown(c.dir, int(owner.Uid), int(owner.Gid)); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*operationTimeout)
	defer cancel()
	if err := c.initialize(ctx, bin, owner); err != nil {
		return nil, err
	}
	if c.admin, err = sql.Open("pgx", c.url("postgres")); err != nil {
		return nil, err
	}
	child, err := c.start(ctx, bin, owner)
	if err != nil {
		return nil, err
	}
	onExit(func() {
		_ = c.admin.Close() // the server ends next
		_ = child.Close()   // returns nil
	})
	return c, nil
})

// environment is that of initdb and the server.
func environment() []string { return []string{"PATH=" + os.Getenv("PATH"), "TZ=UTC", "LC_ALL=C"} }

func (c *cluster) initialize(ctx context.Context, bin string, owner *syscall.Credential) error {
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", filepath.Join(c.dir, "data"),
		"-U", postgresUser, "-A", "trust", "-E", "UTF8", "--locale", locale(), "--no-sync", "--no-instructions")
	initdb.Dir, initdb.Env, initdb.SysProcAttr = c.dir, environment(), &syscall.SysProcAttr{Credential: owner}
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

// start starts the server without syncing to disk, since no data outlives the
// process.
func (c *cluster) start(ctx context.Context, bin string, owner *syscall.Credential, more ...string) (
	*embedded.Child, error,
) {
	return embedded.Supervise(ctx, embedded.Program{
		Name: "postgres", Path: filepath.Join(bin, "postgres"), Dir: c.dir, Env: environment(), User: owner,
		Args: append([]string{
			"-D", filepath.Join(c.dir, "data"), "-k", c.dir, "-c", "listen_addresses=", "-c", "fsync=off",
			"-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "max_connections=300",
			"-c", "shared_buffers=64MB", "-c", "timezone=UTC",
		}, more...),
		Ready: c.admin.PingContext, Stop: syscall.SIGQUIT,
	})
}

// PostgresURL returns the address of an empty PostgreSQL database for this test
// alone. It is dropped with the test, also with open connections.
func PostgresURL(t testing.TB) string {
	t.Helper()
	c, err := postgresCluster()
	requireNoError(t, "start PostgreSQL", err)
	name := "test_" + strings.ToLower(rand.Text())
	requireNoError(t, "create database", c.exec("CREATE DATABASE "+name))
	t.Cleanup(func() {
		if err := c.exec("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)"); err != nil {
			t.Errorf("testkit: drop database: %v", err)
		}
	})
	return c.url(name)
}

func (c *cluster) exec(query string) error {
	return withTimeout(func(ctx context.Context) error {
		_, err := c.admin.ExecContext(ctx, query)
		return err
	})
}

func (c *cluster) url(database string) string { return address(c.dir, "5432", database) }

// address is that of a database behind the socket in dir.
func address(dir, port, database string) string {
	return (&url.URL{
		Scheme: "postgres", Path: "/" + database,
		RawQuery: url.Values{"host": {dir}, "port": {port}, "user": {postgresUser}}.Encode(),
	}).String()
}

// locale returns a locale that sorts by code point and knows the letters of all
// languages.
func locale() string {
	if runtime.GOOS == "darwin" {
		return "en_US.UTF-8"
	}
	return "C.UTF-8"
}

// unprivileged returns the user that runs PostgreSQL, which refuses to run as
// root; nil if we are not root.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			return nil, err
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		if err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody")
}

// postgresFolders are patterns of the folders in which Debian and Homebrew
// install the server's programs.
var postgresFolders = []string{
	"/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin",
}

// findPostgres returns the folder of initdb and postgres: of the newest version
// that matches the patterns, else the one in PATH.
func findPostgres(patterns ...string) (string, error) {
	for _, pattern := range patterns {
		dirs, _ := filepath.Glob(pattern) // the patterns are well-formed
		slices.SortFunc(dirs, func(a, b string) int { return version(b) - version(a) })
		for _, dir := range dirs {
			if _, err := exec.LookPath(filepath.Join(dir, "initdb")); err == nil {
				return dir, nil
			}
		}
	}
	if p, err := exec.LookPath("initdb"); err == nil {
		if p, err = filepath.EvalSymlinks(p); err == nil {
			return filepath.Dir(p), nil
		}
	}
	install := "apt-get install postgresql"
	if runtime.GOOS == "darwin" {
		install = "brew install postgresql@17"
	}
	return "", fmt.Errorf("PostgreSQL is not installed; run `%s`", install)
}

// version returns the number in a path such as /usr/lib/postgresql/15/bin.
func version(dir string) int {
	_, name, _ := strings.Cut(filepath.Base(filepath.Dir(dir)), "@")
	if name == "" {
		name = filepath.Base(filepath.Dir(dir))
	}
	n, _ := strconv.Atoi(name) // 0 for a name without one
	return n
}
