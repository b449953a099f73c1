//go:build !noembed

package embedded

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// gate is a listener that bounds connections, in total and by address. When
// the total is reached, a new connection takes the place of the one that has
// waited longest without a complete request, so that idle or slow clients
// keep nobody out. Addresses of this machine, where proxies run, have no
// bound of their own.
type gate struct {
	net.Listener
	total, each int

	mu   sync.Mutex
	open map[*gated]struct{}
	from map[string]int
}

func newGate(l net.Listener, total, each int) *gate {
	return &gate{Listener: l, total: total, each: each, open: map[*gated]struct{}{}, from: map[string]int{}}
}

// gated is a connection that was let in.
type gated struct {
	net.Conn
	gate    *gate
	address string
	waits   time.Time // since when no request is being answered; zero while one is
}

// Accept implements net.Listener.
func (g *gate) Accept() (net.Conn, error) {
	for {
		c, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if let := g.admit(c); let != nil {
			return let, nil
		}
		_ = c.Close() // nothing was written
	}
}

// admit returns nil for a connection above the bounds.
func (g *gate) admit(c net.Conn) *gated {
	address := ""
	if a, ok := c.RemoteAddr().(*net.TCPAddr); ok && !a.IP.IsLoopback() {
		address = a.IP.String()
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if address != "" && g.from[address] >= g.each {
		return nil
	}
	if len(g.open) >= g.total {
		var oldest *gated
		for o := range g.open {
			if !o.waits.IsZero() && (oldest == nil || o.waits.Before(oldest.waits)) {
				oldest = o
			}
		}
		if oldest == nil {
			return nil
		}
		g.remove(oldest)
		_ = oldest.Conn.Close() // its client sees a lost connection and may try again
	}
	let := &gated{Conn: c, gate: g, address: address, waits: time.Now()}
	g.open[let] = struct{}{}
	g.from[address]++
	return let
}

// remove forgets a connection once; the caller holds the lock.
func (g *gate) remove(c *gated) {
	if _, ok := g.open[c]; !ok {
		return
	}
	delete(g.open, c)
	if g.from[c.address]--; g.from[c.address] == 0 {
		delete(g.from, c.address)
	}
}

// Close implements net.Conn.
func (c *gated) Close() error {
	c.gate.mu.Lock()
	c.gate.remove(c)
	c.gate.mu.Unlock()
	return c.Conn.Close()
}

// CloseWrite lets net/http end an answer without a reset.
func (c *gated) CloseWrite() error {
	if t, ok := c.Conn.(*net.TCPConn); ok {
		return t.CloseWrite()
	}
	return nil
}

type connKey struct{}

// withConn makes the connection known to busy, as http.Server.ConnContext.
func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// busy marks the request's connection as one whose request is being answered,
// until the returned function is called.
func busy(r *http.Request) func() {
	c, ok := r.Context().Value(connKey{}).(*gated)
	if !ok {
		return func() {}
	}
	c.gate.mu.Lock()
	defer c.gate.mu.Unlock()
	c.waits = time.Time{}
	return func() {
		c.gate.mu.Lock()
		defer c.gate.mu.Unlock()
		c.waits = time.Now()
	}
}
