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
	maxGrace     = 1500 * time.Millisecond // grace and WaitDelay then end within 2 s
)

// Run runs the program in the sandbox and waits for it. When ctx ends, the
// whole process group gets SIGTERM and, within two seconds, SIGKILL; none of
// its processes is left when Run returns. After a successful start the error
// is nil or an *ExitError, and Usage is valid in both cases.
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

	// Pdeathsig fires when the thread that started the child ends, so keep
	// this thread until the child has ended.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	cmd, err := b.command(runCtx, s)
	if err != nil {
		return Usage{}, err
	}
	stderr := &ring{max: stderrKept}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = nil, s.Stdout, stderr
	cmd.WaitDelay = maxGrace + 300*time.Millisecond
	cmd.Cancel = func() error { return endGroup(cmd.Process.Pid, s.Grace) }

	began := time.Now()
	if err := cmd.Start(); err != nil {
		return Usage{Level: b.level}, fmt.Errorf("start %s: %w", filepath.Base(s.Path), err)
	}
	reapGroup(cmd.Process.Pid)
	waitErr := cmd.Wait()
	if s.Stderr != nil {
		*s.Stderr = stderr.String()
	}

	u := Usage{Wall: time.Since(began), Level: b.level}
	if ps := cmd.ProcessState; ps != nil {
		u.CPU = ps.UserTime() + ps.SystemTime()
		if ru, ok := ps.SysUsage().(*syscall.Rusage); ok {
			u.MaxRSS = int64(ru.Maxrss) * rssUnit //nolint:unconvert // 32 bits on some systems
		}
	}
	return u, exitError(ctx, runCtx, cmd, waitErr, stderr.String(), u, s)
}

// exitError returns how the process failed as an *ExitError, or nil.
func exitError(outer, inner context.Context, cmd *exec.Cmd, waitErr error, stderr string, u Usage, s Spec) error {
	if waitErr == nil {
		return nil
	}
	e := &ExitError{Reason: Exited, Status: -1, Stderr: stderr}
	if ps := cmd.ProcessState; ps != nil {
		e.Status = ps.ExitCode()
		if ws, ok := ps.Sys().(syscall.WaitStatus); ok {
			switch status := ws.ExitStatus(); {
			case ws.Signaled():
				e.Signal = ws.Signal().String()
				e.Reason = reasonOf(ws.Signal(), u.CPU >= s.CPU-200*time.Millisecond)
			case ws.Exited() && (status == statusLaunchFailed || launcherDied(status, stderr)):
				e.Reason = LaunchFailed
			}
		}
	}
	switch {
	case outer.Err() != nil:
		e.Reason, e.Err = Canceled, context.Cause(outer)
	case inner.Err() != nil:
		e.Reason = Timeout
	case errors.Is(waitErr, exec.ErrWaitDelay):
		e.Reason = Killed
	}
	return e
}

// launcherDied reports whether the Go runtime of the launcher crashed before
// exec: status 2 and a traceback through Main.
func launcherDied(status int, stderr string) bool {
	return status == 2 && strings.Contains(stderr, "fatal error: ") && strings.Contains(stderr, "sandbox.Main()")
}

// reasonOf maps a signal to a Reason; atLimit means that the CPU time is used up.
func reasonOf(sig syscall.Signal, atLimit bool) Reason {
	switch sig {
	case syscall.SIGXCPU:
		return CPULimit
	case syscall.SIGXFSZ:
		return FileSizeLimit
	case syscall.SIGSEGV, syscall.SIGABRT, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGILL, syscall.SIGSYS,
		syscall.SIGTRAP:
		return Crashed
	default:
		if atLimit {
			return CPULimit // the hard limit sends SIGKILL without SIGXCPU
		}
		return Killed
	}
}

func withDefaults(s Spec) Spec {
	if s.CPU <= 0 {
		s.CPU = time.Minute
	}
	s.CPU = (s.CPU + time.Second - 1).Truncate(time.Second)
	if s.Memory <= 0 {
		s.Memory = 2 << 30
	}
	if s.FileSize <= 0 {
		s.FileSize = 1 << 30
	}
	if s.OpenFiles <= 0 {
		s.OpenFiles = 64
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
