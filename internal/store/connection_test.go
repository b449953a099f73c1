package store_test

import (
	"context"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/testkit"
)

// TestConnection_ThatEndsInAStatementIsTheDatabaseBeingAway: the network between
// closes or resets the connection while the server works.
func TestConnection_ThatEndsInAStatementIsTheDatabaseBeingAway(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*net.TCPConn) error{
		"closed": func(c *net.TCPConn) error { return c.Close() },
		"reset":  func(c *net.TCPConn) error { _ = c.SetLinger(0); return c.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address, err := url.Parse(testkit.PostgresURL(t))
			require.NoError(t, err)
			q := address.Query()
			socket := filepath.Join(q.Get("host"), ".s.PGSQL."+q.Get("port"))
			l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, l.Close()) })
			clients := make(chan *net.TCPConn, 10)
			go func() {
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					server, err := new(net.Dialer).DialContext(context.Background(), "unix", socket)
					if err != nil {
						return
					}
					go func() { _, _ = io.Copy(server, c); _ = server.Close() }() // either end may go first
					go func() { _, _ = io.Copy(c, server); _ = c.Close() }()
					clients <- c.(*net.TCPConn)
				}
			}()
			host, port, err := net.SplitHostPort(l.Addr().String())
			require.NoError(t, err)
			q.Set("host", host)
			q.Set("port", port)
			q.Set("sslmode", "disable")
			address.RawQuery = q.Encode()
			db, err := store.Open(t.Context(), address.String())
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, db.Close()) })
			go func() {
				for c := range clients {
					time.AfterFunc(300*time.Millisecond, func() { _ = end(c) }) // in the statement, or before it
				}
			}()
			for range 3 {
				err = db.Slow(t.Context(), "SELECT count(*) FROM pg_sleep(60)")
				require.Equal(t, fault.Unavailable, fault.KindOf(err), "%v", err)
				require.Equal(t, "database.unavailable", fault.CodeOf(err))
			}
		})
	}
}
