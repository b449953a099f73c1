package main

import (
	"bufio"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/config"
	"github.com/storyreel/storyreel/internal/storage"
)

// started is the service's server around a handler without a body, and a
// channel of its connections that ended.
func started(t *testing.T, change func(*http.Server)) (address string, closed <-chan struct{}) {
	t.Helper()
	ended := make(chan struct{}, 8)
	srv := httptest.NewUnstartedServer(nil)
	srv.Config = newServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }))
	srv.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			ended <- struct{}{}
		}
	}
	change(srv.Config)
	srv.Start()
	t.Cleanup(srv.Close)
	return srv.Listener.Addr().String(), ended
}

func dial(t *testing.T, address, text string) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	_, err = conn.Write([]byte(text))
	require.NoError(t, err)
	return conn
}

// TestServer_BoundsHeadersAndIdleConnections shortens the times, which must be
// set; the size is the real one.
func TestServer_BoundsHeadersAndIdleConnections(t *testing.T) {
	t.Parallel()
	short := func(d *time.Duration) {
		require.Positive(t, *d)
		*d = 100 * time.Millisecond
	}
	address, closed := started(t, func(s *http.Server) { short(&s.ReadHeaderTimeout) })
	dial(t, address, "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
	<-closed

	address, closed = started(t, func(s *http.Server) { short(&s.IdleTimeout) })
	dial(t, address, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	<-closed

	address, _ = started(t, func(*http.Server) {})
	for bytes, status := range map[int]int{60 << 10: 204, 80 << 10: 431} {
		conn := dial(t, address, "GET / HTTP/1.1\r\nHost: x\r\nCookie: "+strings.Repeat("x", bytes)+"\r\n\r\n")
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, status, resp.StatusCode)
	}
}

func TestBucketConfig_GivesBrowsersAnAddressOfTheirOwn(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load([]string{
		"STORYREEL_S3_ENDPOINT=http://s3:7070", "STORYREEL_S3_PUBLIC_ENDPOINT=https://media.example.com",
	})
	require.NoError(t, err)
	bucket, err := storage.Open(t.Context(), bucketConfig(cfg, nil))
	require.NoError(t, err)
	require.Equal(t, "https://media.example.com", bucket.UploadOrigin())
	require.Equal(t, "https://media.example.com/storyreel/public/x", bucket.PublicURL("public/x"))
}
