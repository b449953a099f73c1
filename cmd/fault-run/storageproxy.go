//go:build linux

package main

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// storageProxy stands between one process of the service, and those to whom it
// gives signed addresses, and the S3 server. Requests keep their host, which
// their signature covers.
type storageProxy struct {
	endpoint string
	mode     atomic.Pointer[storageFault] // nil: none
	aim      atomic.Pointer[aim]          // nil: none
	proxy    *httputil.ReverseProxy
}

// storageFault is how the S3 server seems to misbehave.
type storageFault struct {
	kind  string        // one of the constants below
	every int64         // every so many requests; 1: all
	delay time.Duration // of slow
	seen  atomic.Int64
}

// Kinds of storageFault.
const (
	refusing = "503"       // answers 503 SlowDown
	slow     = "slow"      // waits before it answers
	cutGet   = "cut get"   // resets the connection in the middle of an object that is read
	cutPut   = "cut put"   // resets it in the middle of an object that is written
	wantsMD5 = "wants MD5" // 400 for DeleteObjects without Content-MD5, and PutObject without any checksum
)

// aim calls fire once, when the S3 server has done what match names and before
// the process learns of it. The process gets no answer.
type aim struct {
	match func(*http.Request) bool
	fire  func()
	once  sync.Once
	hit   chan struct{}
}

var errCut = errors.New("cut by the proxy")

func newStorageProxy(ctx context.Context, to string) (*storageProxy, error) {
	target := &url.URL{Scheme: "http", Host: to}
	s := &storageProxy{}
	s.proxy = &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = target.Scheme, target.Host, r.In.Host
		},
		ModifyResponse: s.answer,
		ErrorHandler:   func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
		ErrorLog:       log.New(io.Discard, "", 0),
		Transport: &http.Transport{
			MaxIdleConnsPerHost: 32, IdleConnTimeout: time.Minute, DisableCompression: true,
		},
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.endpoint = "http://" + l.Addr().String()
	srv := &http.Server{Handler: s, ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0)}
	go func() { _ = srv.Serve(l) }() // ends with the program
	return s, nil
}

// ServeHTTP implements http.Handler.
func (s *storageProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f := s.fault()
	switch {
	case f == nil:
	case f.kind == refusing:
		answer(w, http.StatusServiceUnavailable, "SlowDown")
		return
	case f.kind == wantsMD5 && unchecked(r):
		answer(w, http.StatusBadRequest, "MissingContentMD5")
		return
	case f.kind == slow:
		pause(r.Context(), f.delay)
	case f.kind == cutPut && r.Method == http.MethodPut && r.ContentLength > 0:
		r.Body = &cutBody{ReadCloser: r.Body, left: r.ContentLength / 2}
	case f.kind == cutGet && r.Method == http.MethodGet:
		r = r.WithContext(context.WithValue(r.Context(), cutKey{}, true))
	}
	s.proxy.ServeHTTP(w, r)
}

// cutKey marks a request whose answer is cut.
type cutKey struct{}

// fault is the fault that this request meets.
func (s *storageProxy) fault() *storageFault {
	f := s.mode.Load()
	if f == nil || f.seen.Add(1)%f.every != 0 {
		return nil
	}
	return f
}

// unchecked reports whether a strict server refuses the request of a
// process. Browsers, whose requests are signed in the address, send none.
func unchecked(r *http.Request) bool {
	if r.Header.Get("Authorization") == "" || r.Header.Get("Content-Md5") != "" {
		return false
	}
	if r.Method == http.MethodPost {
		return r.URL.Query().Has("delete")
	}
	if r.Method != http.MethodPut || r.Header.Get("X-Amz-Copy-Source") != "" {
		return false
	}
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Amz-Checksum-") {
			return false
		}
	}
	return r.Header.Get("X-Amz-Trailer") == ""
}

func answer(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, `<?xml version="1.0" encoding="UTF-8"?><Error><Code>`+code+
		`</Code><Message>a fault of the test</Message></Error>`) // the client may be gone
}

// answer passes an answer on, unless its request is aimed at or cut.
func (s *storageProxy) answer(resp *http.Response) error {
	if a := s.aim.Load(); a != nil && resp.StatusCode < 300 && a.match(resp.Request) {
		fired := false
		a.once.Do(func() { s.aim.Store(nil); a.fire(); close(a.hit); fired = true })
		if fired {
			return errCut
		}
	}
	if resp.Request.Context().Value(cutKey{}) != nil && resp.ContentLength > 1 {
		resp.Body = &cutBody{ReadCloser: resp.Body, left: resp.ContentLength / 2}
	}
	return nil
}

// cutBody fails after a number of bytes.
type cutBody struct {
	io.ReadCloser
	left int64
}

// Read implements io.Reader.
func (c *cutBody) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, errCut
	}
	n, err := c.ReadCloser.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, err
}
