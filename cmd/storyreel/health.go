package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/storyreel/storyreel/internal/config"
)

// healthTimeout bounds one question; orchestrators ask again.
const healthTimeout = 3 * time.Second

type healthCmd struct {
	URL string `help:"Address to ask instead of those of this configuration." placeholder:"URL"`
}

// Help implements kong.HelpProvider.
func (healthCmd) Help() string {
	return "For health checks of containers, whose image has no other HTTP client. Asks /healthz at " +
		"STORYREEL_METRICS_LISTEN, if that is set, and else or without an answer at STORYREEL_LISTEN. " +
		"Exits 0 if one has status 200, else 1."
}

// Run implements the command.
func (c healthCmd) Run(e *env) error {
	addresses := []string{c.URL}
	if c.URL == "" {
		cfg, _, err := e.config()
		if err != nil {
			return err
		}
		if addresses, err = healthAddresses(cfg); err != nil {
			return err
		}
	}
	var failed error
	for _, address := range addresses {
		err := askHealth(e.ctx, address)
		if err == nil {
			return nil
		}
		failed = errors.Join(failed, err)
	}
	return failed
}

// healthAddresses returns where `work` and `serve`, whichever of them runs with
// this configuration, answer on this machine.
func healthAddresses(cfg config.Config) ([]string, error) {
	var out []string
	for _, x := range [][2]string{
		{"STORYREEL_METRICS_LISTEN", cfg.MetricsListen}, {"STORYREEL_LISTEN", cfg.Listen},
	} {
		if x[1] == "" {
			continue
		}
		host, port, err := net.SplitHostPort(x[1])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", x[0], err)
		}
		if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
			host = "127.0.0.1"
			if err == nil && ip.Is6() {
				host = "::1"
			}
		}
		out = append(out, "http://"+net.JoinHostPort(host, port)+"/healthz")
	}
	return out, nil
}

// askHealth returns an error unless the address answers with status 200.
func askHealth(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return err
	}
	client := http.Client{
		Transport:     &http.Transport{}, // without a proxy of the environment
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer client.CloseIdleConnections()
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<10))
	if resp.StatusCode != http.StatusOK {
		err = errors.Join(err, fmt.Errorf("%s has status %d", address, resp.StatusCode))
	}
	return errors.Join(err, resp.Body.Close())
}
