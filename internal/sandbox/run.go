package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

const (
	stderrKept   = 64 << 10
	defaultGrace = 500 * time.Millisecond
	maxGrace     = 1500 * time.Millisecond // so that grace and WaitDelay end within 2 s
)

// Run starts the program behind the walls and waits for it. When ctx ends,
// the whole process group is asked to stop and killed within two seconds; no
// process of it is left when Run returns. The error is an *ExitError when the
// program was started, and Usage is valid in both cases.
func (b *Box) Run(ctx context.Context, s Spec) (Usage, error) {
	s = withDefaults(s)
	if err := s.check(); err != nil {
		return Usage{}, err
	}
	if err := ctx.Err(); err != nil {
		return Usage{Level: b.level}, &ExitError{Reason: Canceled, Status: -1, Err: err}
	}
	runCtx, stop := ctx, context.CancelFunc(func() {})
	if s.Wall > 0 {
		runCtx, stop = context.WithTimeout(ctx, s.Wall)
	}
	defer stop()

	// Pdeathsig fires when the thread that started the child ends, so that
	// thread must be ours until the child is gone.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	cmd, err := b.command(runCtx, s)
	if err != nil {
		return Usage{}, err
	}
	said := &ring{max: stderrKept}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = nil, s.Stdout, said
	cmd.WaitDelay = maxGrace + 300*time.Millisecond
	cmd.Cancel = func() error { return endGroup(cmd.Process.Pid, s.Grace) }

	began := time.Now()
	if err := cmd.Start(); err != nil {
		return Usage{Level: b.level}, fmt.Errorf("start %s: %w", filepath.Base(s.Path), err)
	}
	reapGroup(cmd.Process.Pid)
	werr := cmd.Wait()
	if s.Said != nil {
		*s.Said = said.String()
	}

	u := Usage{Wall: time.Since(began), Level: b.level}
	if ps := cmd.ProcessState; ps != nil {
		u.CPU = ps.UserTime() + ps.SystemTime()
		if ru, ok := ps.SysUsage().(*syscall.Rusage); ok {
			u.MaxRSS = int64(ru.Maxrss) * rssUnit //nolint:unconvert // 32 bits on some systems
		}
	}
	return u, explain(ctx, runCtx, cmd, werr, said.String(), u, s)
}

// explain turns the end of the process into an *ExitError, or nil.
func explain(outer, inner context.Context, cmd *exec.Cmd, werr error, said string, u Usage, s Spec) error {
	if werr == nil {
		return nil
	}
	e := &ExitError{Reason: Exited, Status: -1, Stderr: said}
	if ps := cmd.ProcessState; ps != nil {
		e.Status = ps.ExitCode()
		if ws, ok := ps.Sys().(syscall.WaitStatus); ok {
			sig := syscall.Signal(0)
			if ws.Signaled() {
				sig = ws.Signal()
			} else if ws.Exited() && (ws.ExitStatus() == launchFailed || launcherDied(ws.ExitStatus(), said)) {
				e.Reason = NotBuilt
			}
			if sig != 0 {
				e.Signal = sig.String()
				e.Reason = reasonOf(sig, u.CPU >= s.CPU-200*time.Millisecond)
			}
		}
	}
	switch {
	case outer.Err() != nil:
		e.Reason, e.Err = Canceled, context.Cause(outer)
	case inner.Err() != nil:
		e.Reason = WallOver
	case errors.Is(werr, exec.ErrWaitDelay):
		e.Reason = Killed
	}
	return e
}

// launcherDied reports whether the Go runtime of the launcher ended before
// the program began: status 2 and a traceback through Main.
func launcherDied(status int, said string) bool {
	return status == 2 && strings.Contains(said, "fatal error: ") && strings.Contains(said, "sandbox.Main()")
}

// reasonOf names a signal's meaning; atLimit tells that the CPU time is used up.
func reasonOf(sig syscall.Signal, atLimit bool) Reason {
	switch sig {
	case syscall.SIGXCPU:
		return CPULimit
	case syscall.SIGXFSZ:
		return FileOver
	case syscall.SIGSEGV, syscall.SIGABRT, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGILL, syscall.SIGSYS,
		syscall.SIGTRAP:
		return Crashed
	}
	if atLimit {
		return CPULimit // the hard limit kills without a word
	}
	return Killed
}

func withDefaults(s Spec) Spec {
	if s.CPU <= 0 {
		s.CPU = time.Minute
	}
	s.CPU = (s.CPU + time.Second - 1).Truncate(time.Second)
	if s.Memory <= 0 {
		s.Memory = 2 << 30
	}
	if s.File <= 0 {
		s.File = 1 << 30
	}
	if s.Files <= 0 {
		s.Files = 64
	}
	if s.Grace <= 0 {
		s.Grace = defaultGrace
	}
	s.Grace = min(s.Grace, maxGrace)
	return s
}

func (s Spec) check() error {
	for _, p := range append([]string{s.Path}, s.Read...) {
		if !filepath.IsAbs(p) {
			return fmt.Errorf("sandbox: path %q is not absolute", p)
		}
	}
	if s.Dir != "" && !filepath.IsAbs(s.Dir) {
		return fmt.Errorf("sandbox: folder %q is not absolute", s.Dir)
	}
	return nil
}
