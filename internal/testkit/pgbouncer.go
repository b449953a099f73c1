package testkit

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/storyreel/storyreel/internal/embedded"
)

// poolerConfig lets every client in, on a socket in a folder that only we and
// the server's user may list. Each transaction may run on another connection.
const poolerConfig = `[databases]
* = host=%s user=%s
[pgbouncer]
unix_socket_dir = %s
listen_port = %s
auth_type = any
pool_mode = transaction
max_client_conn = 1000
default_pool_size = 20
`

// poolerPort is part of the socket's name only.
const poolerPort = "6432"

var pooler = sync.OnceValues(func() (string, error) {
	c, err := postgresCluster()
	if err != nil {
		return "", err
	}
	path, err := exec.LookPath("pgbouncer")
	if err != nil {
		path = "/usr/sbin/pgbouncer" // which is not in every PATH
	}
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("PgBouncer is not installed; run `apt-get install pgbouncer`: %w", err)
	}
	owner, err := unprivileged()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(filepath.Dir(c.dir), "pooler")
	config := filepath.Join(dir, "pgbouncer.ini")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	text := fmt.Appendf(nil, poolerConfig, c.dir, postgresUser, dir, poolerPort)
	if err := os.WriteFile(config, text, 0o600); err != nil {
		return "", err
	}
	if owner != nil {
		for _, name := range []string{dir, config} {
			if err := os.Chown(name, int(owner.Uid), int(owner.Gid)); err != nil {
				return "", err
			}
		}
	}
	through, err := sql.Open("pgx", address(dir, poolerPort, "postgres"))
	if err != nil {
		return "", err
	}
	defer through.Close()
	ctx, cancel := context.WithTimeout(context.Background(), operationTimeout)
	defer cancel()
	child, err := embedded.Supervise(ctx, embedded.Program{
		Name: "pgbouncer", Path: path, Args: []string{config}, Dir: dir, Env: environment(), User: owner,
		Ready: through.PingContext, Stop: syscall.SIGTERM,
	})
	if err != nil {
		return "", err
	}
	onExit(func() { _ = child.Close() }) // returns nil
	return dir, nil
})

// PooledURL returns the address of a database made by PostgresURL through
// PgBouncer in transaction mode.
func PooledURL(t testing.TB, direct string) string {
	t.Helper()
	dir, err := pooler()
	requireNoError(t, "start PgBouncer", err)
	u, err := url.Parse(direct)
	requireNoError(t, "read PostgreSQL address", err)
	return address(dir, poolerPort, u.Path[1:])
}
