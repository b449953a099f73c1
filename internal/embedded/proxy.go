//go:build !noembed

package embedded

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"syscall"
	"time"
)

// serveProxy listens on addr and passes requests that front lets through to
// the S3 server behind the socket. It adds X-Content-Type-Options: nosniff to
// answers, for which the server has no setting. Requests pass unchanged,
// because their signatures cover host, headers and length.
func serveProxy(ctx context.Context, settings s3Settings, socket string) error {
	to := &url.URL{Scheme: "http", Host: "s3"}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Host = r.In.Host
		},
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, "unix", socket)
			},
			DisableCompression: true, MaxIdleConnsPerHost: 256, IdleConnTimeout: time.Minute,
		},
		ModifyResponse: func(r *http.Response) error {
			r.Header.Set("X-Content-Type-Options", "nosniff")
			return nil
		},
		FlushInterval: -1,
		ErrorLog:      log.New(io.Discard, "", 0), // clients that disconnect are not logged
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", settings.Addr)
	if err != nil {
		return err
	}
	bounds := defaultLimits(openFiles())
	srv := &http.Server{
		Handler:           newFront(keys{settings.AccessKey, settings.SecretKey, time.Now}, bounds, proxy),
		ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ConnContext: withConn, ErrorLog: log.New(io.Discard, "", 0),
	}
	context.AfterFunc(ctx, func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
		defer cancel()
		_ = srv.Shutdown(end) // requests still running then are cut off
	})
	if err := srv.Serve(newGate(l, bounds.conns, bounds.connsPerClient)); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// openFiles returns how many files this process may have open.
func openFiles() int {
	var r syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &r) != nil {
		return 1024
	}
	return int(min(r.Cur, 1<<20))
}
