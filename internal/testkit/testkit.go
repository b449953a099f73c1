// Package testkit gives tests the real services: S3, Redis and PostgreSQL.
// Each is started once per test process, when first asked for, on a free
// port or socket, and every test gets a bucket or a database of its own, so
// that tests can run in parallel. A service that is not installed fails the
// test with the command that installs it.
package testkit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/storyreel/storyreel/internal/embedded"
)

// opWait bounds every single thing asked of a service.
const opWait = 60 * time.Second

// scratchName begins the names of our scratch folders.
const scratchName = "storyreel-test-"

// Main runs the tests, stops the services they used and exits. It must be
// the first call of TestMain; hooks of other packages that start this
// executable again go before it.
func Main(m *testing.M) {
	embedded.Main()
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		<-interrupted
		stopAll()
		os.Exit(1)
	}()
	code := m.Run()
	stopAll()
	os.Exit(code)
}

// stops are what ends the services, run last first.
var (
	stopsMu sync.Mutex
	stops   []func()
)

func atEnd(stop func()) {
	stopsMu.Lock()
	defer stopsMu.Unlock()
	stops = append(stops, stop)
}

func stopAll() {
	stopsMu.Lock()
	defer stopsMu.Unlock()
	for len(stops) > 0 {
		last := len(stops) - 1
		stops[last]()
		stops = stops[:last]
	}
}

// scratch is the one folder under which the services of this process live.
// It is held by a lock, so that a later process can tell those that were
// left behind by a killed one, and removes them.
var scratch = sync.OnceValues(func() (string, error) {
	root := os.TempDir()
	if len(root) > 55 { // sockets below it would have paths that no system takes
		root = "/tmp"
	}
	sweep(root, time.Minute)
	dir, err := os.MkdirTemp(root, scratchName+"*")
	if err != nil {
		return "", fmt.Errorf("make scratch folder: %w", err)
	}
	// PostgreSQL runs as another user below it.
	if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // passable, not readable
		return "", fmt.Errorf("make scratch folder: %w", err)
	}
	held, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err == nil {
		err = syscall.Flock(int(held.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	}
	if err != nil {
		return "", fmt.Errorf("lock scratch folder: %w", err)
	}
	atEnd(func() {
		_ = os.RemoveAll(dir) // the next process sweeps what is left
		_ = held.Close()      // nothing was written
	})
	return dir, nil
})

// sweep removes the scratch folders in dir whose process is gone. Those
// younger than age may not have been locked yet.
func sweep(dir string, age time.Duration) {
	old, _ := filepath.Glob(filepath.Join(dir, scratchName+"*")) // the pattern is well-formed
	for _, d := range old {
		held, err := os.OpenFile(filepath.Join(d, "lock"), os.O_RDWR, 0)
		if err != nil {
			continue
		}
		info, err := held.Stat()
		if err == nil && time.Since(info.ModTime()) > age &&
			syscall.Flock(int(held.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			_ = os.RemoveAll(d) // else the next one tries
		}
		_ = held.Close() // nothing was written
	}
}

// Eventually polls cond until it holds and fails the test when it does not
// within timeout. cond runs on the test's goroutine.
func Eventually(t testing.TB, timeout time.Duration, cond func() bool) {
	t.Helper()
	deadline := time.NewTimer(timeout)
	defer deadline.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("the condition did not come true within %s", timeout)
		}
	}
}

// must fails the test with the whole chain of err: what a fault says to the
// public and its private cause.
func must(t testing.TB, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("testkit: %s: %v", what, err)
	}
}

// during bounds work that must also be done in a test's clean-up, when its
// own context has ended.
func during(f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), opWait)
	defer cancel()
	return f(ctx)
}

var errNoMain = errors.New("call testkit.Main(m) in the package's TestMain")
