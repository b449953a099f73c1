//go:build !noembed

package embedded

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// limits bound what clients may use at a time, so that some are left for all
// others. "client" is an address; behind a proxy on this machine it is the
// last of X-Forwarded-For, and without that there is no limit per client.
// Requests signed in a header, which come from our own processes, are not
// counted.
type limits struct {
	conns, connsPerClient   int
	writes, writesPerClient int           // requests that upload
	reads, readsPerClient   int           // requests that download
	stall                   time.Duration // without a byte, after which a transfer ends
	rate                    int           // bytes a second that an upload must reach over its time, after the grace
	grace                   time.Duration
}

// defaultLimits fit files, the number of files that the process may have
// open: a request needs up to four.
func defaultLimits(files int) limits {
	conns := min(4096, max(64, files/4))
	return limits{
		conns: conns, connsPerClient: 256,
		writes: min(256, conns/4), writesPerClient: 32,
		reads: min(1024, conns/2), readsPerClient: 128,
		stall: 30 * time.Second, rate: 4 << 10, grace: time.Minute,
	}
}

// front refuses what the S3 server behind it would spend time and connections
// on: writes without a valid signature before their body is read, transfers
// that do not move, and more of either than a client's share.
type front struct {
	limits
	keys   keys
	next   http.Handler
	writes *slots
	reads  *slots
}

func newFront(k keys, l limits, next http.Handler) *front {
	return &front{
		limits: l, keys: k, next: next, writes: newSlots(l.writes, l.writesPerClient),
		reads: newSlots(l.reads, l.readsPerClient),
	}
}

// ServeHTTP implements http.Handler.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer busy(r)()
	if r.URL.Path == healthPath {
		f.next.ServeHTTP(w, r)
		return
	}
	sig := unsigned
	if r.Method != http.MethodOptions { // a preflight has the address of the request that is to follow
		sig = f.keys.verify(r)
	}
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions
	switch {
	case sig == wrong:
		refuse(w, r, http.StatusForbidden, "SignatureDoesNotMatch", "the signature is wrong or dated in the future")
		return
	case sig == unsigned && !reads:
		refuse(w, r, http.StatusForbidden, "AccessDenied", "writes need a signature")
		return
	case sig != signed && reads && r.ContentLength != 0:
		refuse(w, r, http.StatusBadRequest, "InvalidRequest", "reads have no body")
		return
	}
	if sig != signed {
		share := f.reads
		if !reads {
			share = f.writes
		}
		who := clientOf(r)
		if !share.take(who) {
			w.Header().Set("Retry-After", "1")
			refuse(w, r, http.StatusServiceUnavailable, "SlowDown", "too many transfers at a time; try again soon")
			return
		}
		defer share.free(who)
	}
	control := http.NewResponseController(w)
	r.Body = &pacedBody{
		ReadCloser: r.Body, control: control, stall: f.stall, began: time.Now(), grace: f.grace, rate: f.rate,
	}
	f.next.ServeHTTP(&pacedWriter{w, control, f.stall}, r)
	_ = control.SetWriteDeadline(time.Time{}) // the connection is gone if this fails
}

// refuse answers without reading the body and closes the connection. Pages of
// every origin may read the answer, which holds nothing.
func refuse(w http.ResponseWriter, r *http.Request, status int, code, message string) {
	h := w.Header()
	h.Set("Connection", "close")
	h.Set("Content-Type", "application/xml")
	h.Set("X-Content-Type-Options", "nosniff")
	if r.Header.Get("Origin") != "" {
		h.Set("Access-Control-Allow-Origin", "*")
	}
	// net/http reads the rest of a body after the answer, unless it must not wait.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now()) // the connection is gone if this fails
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?><Error><Code>%s</Code><Message>%s</Message></Error>`,
			code, message)
	}
}

// clientOf returns by what a client is counted, or "" where it is not known.
func clientOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return host
	}
	forwarded := strings.Split(r.Header.Get("X-Forwarded-For"), ",")
	return strings.TrimSpace(forwarded[len(forwarded)-1])
}

// slots counts transfers, in total and by client.
type slots struct {
	total, each int

	mu   sync.Mutex
	used map[string]int
	sum  int
}

func newSlots(total, each int) *slots {
	return &slots{total: total, each: each, used: map[string]int{}}
}

func (s *slots) take(who string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sum >= s.total || who != "" && s.used[who] >= s.each {
		return false
	}
	s.used[who]++
	s.sum++
	return true
}

func (s *slots) free(who string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sum--
	if s.used[who]--; s.used[who] == 0 {
		delete(s.used, who)
	}
}

// pacedBody ends an upload that stalls, or that is slower than the rate once
// the grace is over. A body that has ended sets no deadline: the answer may
// take longer.
type pacedBody struct {
	io.ReadCloser
	control *http.ResponseController
	stall   time.Duration
	began   time.Time
	grace   time.Duration
	rate    int
	bytes   int64
}

// Read implements io.Reader.
func (b *pacedBody) Read(p []byte) (int, error) {
	deadline := time.Now().Add(b.stall)
	last := b.began.Add(b.grace + time.Duration(b.bytes)*time.Second/time.Duration(b.rate))
	if last.Before(deadline) {
		deadline = last
	}
	if err := b.control.SetReadDeadline(deadline); err != nil {
		return 0, err
	}
	n, err := b.ReadCloser.Read(p)
	b.bytes += int64(n)
	if err == io.EOF {
		_ = b.control.SetReadDeadline(time.Time{}) // the connection is gone if this fails
	}
	return n, err
}

// pacedWriter ends a download whose client takes no bytes.
type pacedWriter struct {
	http.ResponseWriter
	control *http.ResponseController
	stall   time.Duration
}

// Write implements io.Writer.
func (w *pacedWriter) Write(p []byte) (int, error) {
	if err := w.control.SetWriteDeadline(time.Now().Add(w.stall)); err != nil {
		return 0, err
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the writer below.
func (w *pacedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
