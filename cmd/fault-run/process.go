//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// patience bounds every wait for something that must happen, on a busy machine
// too.
const patience = 10 * time.Minute

// process is a program that can be ended in every way and started again.
type process struct {
	name  string
	make  func() *exec.Cmd
	ready func(context.Context) error
	log   io.Writer

	mu   sync.Mutex
	cmd  *exec.Cmd     // nil: never started
	done chan struct{} // closed when cmd has ended
}

// start runs the program until it is ready. A program that ends before is
// started again, since what the last run held may not be free yet.
func (p *process) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		if err := p.launch(); err != nil {
			return err
		}
		for p.running() && ctx.Err() == nil {
			if p.ready(ctx) == nil {
				return nil
			}
			pause(ctx, 50*time.Millisecond)
		}
		if ctx.Err() != nil {
			return fmt.Errorf("%s did not become ready: %w", p.name, ctx.Err())
		}
		pause(ctx, 200*time.Millisecond)
	}
}

// launch starts the program. Its thread is kept until the program has ended,
// because the kernel ends the program together with the thread.
func (p *process) launch() error {
	cmd := p.make()
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid, cmd.SysProcAttr.Pdeathsig = true, syscall.SIGKILL
	cmd.Stdout, cmd.Stderr = p.log, p.log
	done, started := make(chan struct{}), make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(done)
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended does not matter
		}
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cmd, p.done = cmd, done
	return nil
}

// current returns the id of the last run and the channel of its end; 0 before
// the first one.
func (p *process) current() (int, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return 0, nil
	}
	return p.cmd.Process.Pid, p.done
}

func (p *process) running() bool {
	pid, done := p.current()
	if pid == 0 {
		return false
	}
	select {
	case <-done:
		return false
	default:
		return true
	}
}

// signal sends the signal; a program that has ended is as good.
func (p *process) signal(sig syscall.Signal) {
	if pid, _ := p.current(); pid != 0 && p.running() {
		_ = syscall.Kill(pid, sig)
	}
}

// end sends the signal and waits for the end, by force after a minute.
func (p *process) end(sig syscall.Signal) {
	pid, done := p.current()
	if pid == 0 {
		return
	}
	p.signal(sig)
	select {
	case <-done:
	case <-time.After(time.Minute):
		_ = syscall.Kill(-pid, syscall.SIGKILL)
		<-done
	}
}

// pause waits that long, less if ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

var errLate = errors.New("not met in time")

// until waits until the condition holds; errLate after the time.
func until(ctx context.Context, limit time.Duration, holds func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for !holds() {
		if ctx.Err() != nil {
			return errLate
		}
		pause(ctx, 100*time.Millisecond)
	}
	return nil
}

// logFile opens a file of the run's folder for a program's output.
func logFile(path string) (io.Writer, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
}
