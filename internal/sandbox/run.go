package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
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
// its processes is left when Run returns. Except for a malformed Spec, the
// error is nil or an *ExitError, and Usage is valid in both cases.
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

	cmd, launch, err := b.command(runCtx, s)
	if err != nil {
		return Usage{Level: b.level}, &ExitError{Reason: LaunchFailed, Status: -1, Err: err}
	}
	defer launch.close()
	stderr := &ring{max: stderrKept}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = nil, s.Stdout, stderr
	cmd.WaitDelay = maxGrace + 300*time.Millisecond
	cmd.Cancel = func() error { return endGroup(cmd.Process.Pid, s.Grace) }

	began := time.Now()
	if err := cmd.Start(); err != nil {
		err = fmt.Errorf("start %s: %w", filepath.Base(s.Path), err)
		return Usage{Level: b.level}, &ExitError{Reason: LaunchFailed, Status: -1, Err: err}
	}
	launch.started()
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
	if waitErr == nil {
		return u, nil
	}
	e := exitError(cmd.ProcessState, launch.executed(), stderr.String(), u, s)
	return u, interrupted(ctx, runCtx, waitErr, e)
}

// exitError describes how the process ended. executed reports whether the
// launcher came as far as executing the program.
func exitError(ps *os.ProcessState, executed bool, stderr string, u Usage, s Spec) *ExitError {
	e := &ExitError{Reason: Exited, Status: -1, Stderr: stderr}
	if ps == nil {
		e.Reason = LaunchFailed
		return e
	}
	e.Status = ps.ExitCode()
	ws, ok := ps.Sys().(syscall.WaitStatus)
	switch {
	case ok && ws.Signaled():
		e.Signal = ws.Signal().String()
		e.Reason = reasonOf(ws.Signal(), u.CPU >= s.CPU-200*time.Millisecond)
	case ps.Success(): // the program succeeded, but its output could not be read
		e.Reason = Killed
	case e.Status == statusLoaderFailed && strings.Contains(stderr, loaderMessage):
		e.Reason = LaunchFailed
	}
	if !executed {
		e.Reason = LaunchFailed
	}
	return e
}

// The exit status and a part of the message of the dynamic loader, which
// cannot open a library while the program is being replaced, or without
// memory or descriptors.
const (
	statusLoaderFailed = 127
	loaderMessage      = "error while loading shared libraries"
)

// interrupted sets the reason of an end that the context or a time limit
// caused.
func interrupted(outer, inner context.Context, waitErr error, e *ExitError) *ExitError {
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
