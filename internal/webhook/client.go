package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
)

// requestTime bounds one request, from the look-up of the name to the head of
// the answer.
const requestTime = 15 * time.Second

// client sends requests to addresses that others chose. Every address that a
// name resolves to is judged when it is dialled, so that a name cannot change
// between a check and its use. It follows no redirect and uses no proxy, whose
// address would be judged instead.
type client struct {
	https, http *http.Client // to public and private networks; to private ones only
	agent       string
}

func newClient(private []netip.Prefix, agent string, roots *x509.CertPool) *client {
	open := ssrf.New(ssrf.WithAnyPort(),
		ssrf.WithAllowedV4Prefixes(ofFamily(private, true)...), ssrf.WithAllowedV6Prefixes(ofFamily(private, false)...))
	return &client{
		https: restricted(func(network, address string) error { return open.Safe(network, address, nil) }, roots),
		http: restricted(func(_, address string) error {
			a, err := netip.ParseAddrPort(address)
			if err != nil || !within(private, a.Addr()) {
				return ssrf.ErrProhibitedIP
			}
			return nil
		}, nil),
		agent: agent,
	}
}

// ofFamily are the prefixes of IPv4, or of IPv6.
func ofFamily(all []netip.Prefix, four bool) []netip.Prefix {
	return slices.DeleteFunc(slices.Clone(all), func(p netip.Prefix) bool { return p.Addr().Is4() != four })
}

func within(prefixes []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(a.Unmap().WithZone("")) })
}

// reachable reports whether requests may go to an address.
func reachable(a netip.Addr, private []netip.Prefix) bool {
	network := "tcp6"
	if a.Is4() {
		network = "tcp4"
	}
	return within(private, a) ||
		ssrf.New(ssrf.WithAnyPort()).Safe(network, netip.AddrPortFrom(a, 443).String(), nil) == nil
}

func restricted(allow func(network, address string) error, roots *x509.CertPool) *http.Client {
	dialer := &net.Dialer{
		Timeout: requestTime,
		ControlContext: func(_ context.Context, network, address string, _ syscall.RawConn) error {
			return allow(network, address)
		},
	}
	return &http.Client{
		Timeout: requestTime,
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			ForceAttemptHTTP2: true, MaxIdleConnsPerHost: perEndpoint, IdleConnTimeout: time.Minute,
			MaxResponseHeaderBytes: 16 << 10, DisableCompression: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// result is how a request ended.
type result struct {
	status     int           // of the answer; 0: none
	code       string        // of the failure, one of failure's; empty: it arrived
	retryAfter time.Duration // that the receiver asked for; 0: it did not
	took       time.Duration
}

// post sends a signed body. Nothing of the answer but its head is read: what a
// receiver says is of no use to the log, and could be of use to somebody who
// makes this service ask a server that they cannot reach themselves.
//
// The error says that nothing was sent.
func (c *client) post(ctx context.Context, e *Endpoint, id string, body []byte, now time.Time) (r result, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.URL, bytes.NewReader(body))
	if err == nil {
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("User-Agent", c.agent)
		err = sign(req.Header, e.secrets(now), id, now, body)
	}
	if err != nil {
		return result{}, err
	}
	sender := c.https
	if req.URL.Scheme == "http" {
		sender = c.http
	}
	start := time.Now()
	resp, err := sender.Do(req)
	r.took = time.Since(start)
	if err != nil {
		if ctx.Err() != nil {
			return r, ctx.Err() // we stop; the request counts as not made
		}
		r.code = failureOf(err)
		return r, nil
	}
	_, _ = io.CopyN(io.Discard, resp.Body, 4<<10) // so that the connection can be used again
	_ = resp.Body.Close()
	r.status = resp.StatusCode
	switch {
	case r.status < 200 || r.status > 399:
		r.code = "status"
	case r.status > 299:
		r.code = "redirect"
	}
	if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && seconds > 0 {
		r.retryAfter = min(time.Duration(min(seconds, 3600))*time.Second, time.Hour)
	}
	return r, nil
}

// failureOf is the code by which the log names why no answer came.
func failureOf(err error) string {
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var address *url.Error
	switch {
	case errors.Is(err, ssrf.ErrProhibitedIP), errors.Is(err, ssrf.ErrProhibitedNetwork):
		return "address_forbidden"
	case errors.As(err, &dns):
		return "name"
	case errors.As(err, &certificate), errors.As(err, &record), errors.As(err, &alert):
		return "tls"
	case errors.As(err, &address) && address.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	}
	return "connection"
}

// Failures lists the codes by which the log of deliveries names a failure;
// docs/api/webhooks.md says what each means.
func Failures() []string {
	return []string{"status", "redirect", "timeout", "connection", "name", "tls", "address_forbidden"}
}
