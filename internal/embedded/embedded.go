// Package embedded runs an S3 server and a Redis as supervised child
// processes, with their data under one folder, for installations on one
// machine.
//
// The S3 server is our own executable, started again with a hidden argument:
// the library behind it changes the working directory of its process and
// keeps globals. A crash of the child is repaired by a restart. The build tag
// noembed leaves the server out, as release images do.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/storyreel/storyreel/internal/fault"
)

// s3Arg, as the only argument, makes our executable the S3 server.
const s3Arg = "embedded-s3"

// mainCalled prevents endless recursion: an executable that does not call Main
// would start itself again as usual instead of serving S3.
var mainCalled atomic.Bool

// Main must be the first call of main and of every TestMain whose tests use
// StartS3. In a process started as the S3 server it serves and never returns;
// otherwise it returns at once.
func Main() {
	mainCalled.Store(true)
	if len(os.Args) == 2 && os.Args[1] == s3Arg {
		os.Exit(s3Child())
	}
}

// lock creates dir with mode 0700 if needed and locks it until the returned
// file is closed. A folder in use is fault.Conflict "embedded.busy".
func lock(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock data folder: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil,
				fault.New(fault.Conflict, "embedded.busy",
					"another Storyreel is using this data folder; stop it, or choose another with STORYREEL_DATA")
		}
		return nil, fmt.Errorf("lock data folder: %w", err)
	}
	return f, nil
}

// writeFile replaces a file atomically, with mode 0600.
func writeFile(path string, data []byte) error {
	tmp := path + ".new"
	if err := os.WriteFile(tmp, data, 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

// freePort returns a loopback port that was free a moment ago.
func freePort(ctx context.Context) (string, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// waitFree waits up to 10 s until addr can be listened on: a child of a run
// that was just killed may still hold it.
func waitFree(ctx context.Context, addr string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
		if err == nil {
			return l.Close()
		}
		select {
		case <-ctx.Done():
			return fault.New(fault.Unavailable, "embedded.address",
				"the address %s cannot be used; stop what listens there or choose another", addr).Because(err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}
