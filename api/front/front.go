// Package front is around every route: it finds the client's address, bounds
// how long a request may take to arrive and its answer to leave, refuses text
// that no database takes, and completes answers as HTTP asks: HEAD, ETag,
// conditional requests, compression, Content-Length, Retry-After.
package front

import (
	"context"
	"net/http"
	"time"
)

// Limits of every request and answer. Event streams have their own.
const (
	// MaxBody bounds the body of a request, in bytes. Videos never pass through the API.
	MaxBody = 256 << 10
	// BodyTime bounds how long a body may take to arrive.
	BodyTime = 10 * time.Second
	// WriteTime is how long a client may take to receive an answer, besides
	// the time that its bytes take at minRate.
	WriteTime = 30 * time.Second
	// minRate is the slowest client that is served, in bytes a second: a poor 2G connection.
	minRate = 4 << 10
)

// Options tune a front.
type Options struct {
	Proxies     []string // networks or addresses of the proxies that are believed
	ProxyHeader string   // the one header by which they name the client; see Headers; empty: X-Forwarded-For
	// Form is the path whose requests have an HTML form as their body, as pages of
	// any site can send; those elsewhere have JSON. Empty: none.
	Form string
}

// front is the handler around another.
type front struct {
	next      http.Handler
	clients   *clients
	form      string
	bodyTime  time.Duration
	writeTime time.Duration
}

// New returns a handler around next.
func New(next http.Handler, o Options) (http.Handler, error) {
	c, err := newClients(o)
	if err != nil {
		return nil, err
	}
	return &front{next, c, o.Form, BodyTime, WriteTime}, nil
}

type requestKey struct{}

// request is what the front knows of a request.
type request struct {
	address string
	refusal *Refusal
	open    bool // the answer mixes no secret with text of others
}

func of(ctx context.Context) *request {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		return r
	}
	return &request{address: unknown}
}

// Address is the network address of the client, "unknown" where there is none.
func Address(ctx context.Context) string { return of(ctx).address }

// Refused is why the request must not be served, nil for one that may. The
// handler answers with it, because it knows the headers that an answer needs.
func Refused(ctx context.Context) *Refusal { return of(ctx).refusal }

// Compress allows compression of the answer. An answer that holds a token, a
// presigned address or private data beside text of others must not be
// compressed: its length would give away the secret (BREACH).
func Compress(ctx context.Context) { of(ctx).open = true }

// ServeHTTP implements http.Handler.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	about := &request{address: f.clients.address(r)}
	ctx, cancel := context.WithCancel(context.WithValue(r.Context(), requestKey{}, about))
	defer cancel()
	// no deadline of an earlier request on this connection counts; writers without deadlines are tests'
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
	a := &answer{
		w: w, head: r.Method == http.MethodHead, accept: r.Header, about: about, cancel: cancel, time: f.writeTime,
	}
	inner := r.WithContext(ctx)
	if a.head {
		inner.Method = http.MethodGet
	}
	inner.Header = r.Header.Clone()
	inner.Header.Del("X-Forwarded-Prefix") // the router would put it into redirects
	about.refusal = f.receive(w, inner)
	f.next.ServeHTTP(a, inner)
	a.finish(inner.Method)
}
