// Package testkit runs the real services for tests: S3, Redis, PostgreSQL and
// PgBouncer. Each starts once per test process, when it is first needed, on a
// free port or socket. Every test gets its own bucket or database, so tests can run in
// parallel. A service that is not installed fails the test with the command
// that installs it.
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

// operationTimeout bounds every operation on a service.
const operationTimeout = 60 * time.Second

// scratchPrefix begins the names of scratch folders.
const scratchPrefix = "storyreel-test-"

// Main runs the tests, stops the services they used and exits. It must be the
// first call of TestMain, except for sandbox.Main, which must precede it.
func Main(m *testing.M) {
	embedded.Main()
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		<-interrupted
		runExitHooks()
		os.Exit(1)
	}()
	code := m.Run()
	runExitHooks()
	os.Exit(code)
}

// exitHooks stop the services; the last one runs first.
var (
	exitMu    sync.Mutex
	exitHooks []func()
)

func onExit(stop func()) {
	exitMu.Lock()
	defer exitMu.Unlock()
	exitHooks = append(exitHooks, stop)
}

func runExitHooks() {
	exitMu.Lock()
	defer exitMu.Unlock()
	for len(exitHooks) > 0 {
		last := len(exitHooks) - 1
		exitHooks[last]()
		exitHooks = exitHooks[:last]
	}
}

// scratch returns the folder for the services of this process. The process
// holds a lock on it, so that a later process can recognize and remove the
// folders of processes that were killed.
var scratch = sync.OnceValues(func() (string, error) {
	root := os.TempDir()
	if len(root) > 55 { // paths of sockets in it would be too long
		root = "/tmp"
	}
	removeAbandoned(root, time.Minute)
	dir, err := os.MkdirTemp(root, scratchPrefix+"*")
	if err != nil {
		return "", fmt.Errorf("make scratch folder: %w", err)
	}
	// PostgreSQL runs as another user below it.
	if err := os.Chmod(dir, 0o711); err != nil { // others may enter it but not list it
		return "", fmt.Errorf("make scratch folder: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err == nil {
		err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	}
	if err != nil {
		return "", fmt.Errorf("lock scratch folder: %w", err)
	}
	onExit(func() {
		_ = os.RemoveAll(dir) // the next process removes the rest
		_ = lock.Close()      // nothing was written
	})
	return dir, nil
})

// removeAbandoned removes the scratch folders in dir whose process has ended.
// It keeps folders younger than age, which may not be locked yet.
func removeAbandoned(dir string, age time.Duration) {
	old, _ := filepath.Glob(filepath.Join(dir, scratchPrefix+"*")) // the pattern is well-formed
	for _, d := range old {
		lock, err := os.OpenFile(filepath.Join(d, "lock"), os.O_RDWR, 0)
		if err != nil {
			continue
		}
		info, err := lock.Stat()
		if err == nil && time.Since(info.ModTime()) > age &&
			syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			_ = os.RemoveAll(d) // the next process retries
		}
		_ = lock.Close() // nothing was written
	}
}

// Eventually polls cond until it returns true and fails the test after timeout.
// cond runs on the test's goroutine.
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
			t.Fatalf("the condition was not met within %s", timeout)
		}
	}
}

// requireNoError fails the test with the text of err, including the cause of a
// fault.
func requireNoError(t testing.TB, action string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("testkit: %s: %v", action, err)
	}
}

// withTimeout runs f with operationTimeout, also in the clean-up of a test, whose
// own context has ended by then.
func withTimeout(f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), operationTimeout)
	defer cancel()
	return f(ctx)
}

var errNoMain = errors.New("call testkit.Main(m) in the package's TestMain")
