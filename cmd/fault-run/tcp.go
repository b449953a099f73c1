//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// line is a TCP connection to a service that can be cut, slowed and reset.
type line struct {
	*toxiproxy.Proxy

	mu sync.Mutex
	n  int
}

// newLines returns a function that puts a line in front of an address.
func newLines() func(ctx context.Context, name, to string) (*line, error) {
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	return func(ctx context.Context, name, to string) (*line, error) {
		listen, err := freeAddress(ctx)
		if err != nil {
			return nil, err
		}
		l := &line{Proxy: toxiproxy.NewProxy(server, name, listen, to)}
		return l, l.Start()
	}
}

// toxic is one way in which a line misbehaves, as toxiproxy names it.
type toxic struct {
	Type       string         `json:"type"`
	Stream     string         `json:"stream"` // upstream: what the service is sent; downstream: what it answers
	Attributes map[string]int `json:"attributes"`
}

// spoil makes the line misbehave for that long.
func (l *line) spoil(ctx context.Context, t toxic, d time.Duration) error {
	l.mu.Lock()
	l.n++
	name := fmt.Sprintf("%s-%d", t.Type, l.n)
	l.mu.Unlock()
	b, err := json.Marshal(struct {
		toxic
		Name     string  `json:"name"`
		Toxicity float32 `json:"toxicity"`
	}{t, name, 1})
	if err != nil {
		return err
	}
	if _, err := l.Toxics.AddToxicJson(bytes.NewReader(b)); err != nil {
		return err
	}
	pause(ctx, d)
	return l.Toxics.RemoveToxic(context.WithoutCancel(ctx), name)
}

// down refuses connections, and ends those there are, for that long.
func (l *line) down(ctx context.Context, d time.Duration) error {
	l.Stop()
	pause(ctx, d)
	var err error
	if until(context.WithoutCancel(ctx), time.Minute, func() bool { err = l.Start(); return err == nil }) != nil {
		return fmt.Errorf("line %s does not open again: %w", l.Name, err)
	}
	return nil
}
