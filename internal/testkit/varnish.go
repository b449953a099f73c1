package testkit

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

var errNoVarnish = errors.New("varnishd is not installed; apt-get install varnish, or brew install varnish")

// Varnish starts a caching proxy in front of the origin (scheme, host and
// port) for this test alone, and returns its address. It drops an address on
// method PURGE, and names in X-Cache what it answers from its cache: hit or
// miss.
func Varnish(t testing.TB, origin string) string {
	t.Helper()
	program, err := exec.LookPath("varnishd")
	if err != nil {
		if program, err = exec.LookPath("/usr/sbin/varnishd"); err != nil { // not in the PATH of every user
			t.Fatal(errNoVarnish)
		}
	}
	u, err := url.Parse(origin)
	requireNoError(t, "parse origin", err)
	dir, err := os.MkdirTemp("", scratchPrefix+"*")
	requireNoError(t, "make folder", err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) }) // a later run removes what stays
	vcl := fmt.Sprintf(`vcl 4.1;
backend origin { .host = "%s"; .port = "%s"; }
sub vcl_recv { if (req.method == "PURGE") { return (purge); } }
sub vcl_deliver { if (obj.hits > 0) { set resp.http.X-Cache = "hit"; } else { set resp.http.X-Cache = "miss"; } }
`, u.Hostname(), u.Port())
	requireNoError(t, "write VCL", os.WriteFile(filepath.Join(dir, "default.vcl"), []byte(vcl), 0o600))
	for tries := 3; ; tries-- { // another process may take the port first
		address, err := startVarnish(t, program, dir)
		if err == nil {
			return address
		}
		if tries == 0 {
			t.Fatal(err)
		}
	}
}

func startVarnish(t testing.TB, program, dir string) (string, error) {
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	port := l.Addr().String()
	if err := l.Close(); err != nil {
		return "", err
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return "", err
	}
	defer log.Close()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), program, "-F", "-j", "none",
		"-n", filepath.Join(dir, "work"), "-a", port, "-T", "none", "-f", filepath.Join(dir, "default.vcl"),
		"-s", "malloc,32m")
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return "", err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt) // it may have ended
		select {
		case <-ended: //nolint:errcheck // it is stopped by a signal
		case <-time.After(operationTimeout):
			_ = cmd.Process.Kill() // it may have ended
		}
	})
	deadline := time.After(operationTimeout)
	for again := time.NewTicker(50 * time.Millisecond); ; {
		select {
		case err := <-ended:
			ended <- err
			text, _ := os.ReadFile(log.Name()) // for the message only
			return "", fmt.Errorf("varnishd ended: %w: %s", err, text)
		case <-deadline:
			return "", errors.New("varnishd does not answer")
		case <-again.C:
		}
		c, err := new(net.Dialer).DialContext(t.Context(), "tcp", port)
		if err == nil {
			_ = c.Close() // nothing was sent
			return "http://" + port, nil
		}
	}
}
