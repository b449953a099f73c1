package storage

import (
	"context"
	"net"
)

// WithDial returns the configuration with a way to connect that resolves
// names which no resolver knows.
func (c Config) WithDial(dial func(ctx context.Context, network, address string) (net.Conn, error)) Config {
	c.dial = dial
	return c
}
