package embedded

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/storyreel/storyreel/internal/fault"
)

const (
	// The pause before a restart doubles from minBackoff to maxBackoff. A run
	// longer than stableAfter resets it.
	minBackoff  = 100 * time.Millisecond
	maxBackoff  = 10 * time.Second
	stableAfter = 30 * time.Second

	startTimeout = 60 * time.Second
)

// Program describes a child process for Supervise.
type Program struct {
	Name string              // for logs and errors
	Path string              // of the executable
	Args []string            // without the name; visible to other users
	Dir  string              // working directory
	Env  []string            // the whole environment
	User *syscall.Credential // nil: our own
	// Stdin is written to the child's standard input, which then stays open
	// until Close or our own end. nil: no input.
	Stdin []byte
	Ready func(context.Context) error // polled at the start; nil: the child is ready
	Stop  syscall.Signal              // ends the child; on Linux also sent when we die. 0: SIGTERM
	Grace time.Duration               // between Stop and SIGKILL; 0: 10 s
	Log   *slog.Logger                // the child's lines at level debug, its restarts at warn; nil: no log
}

// Child is a supervised Program. Whenever its process ends, it is restarted
// with backoff, until Close. It leads its own process group.
type Child struct {
	p    Program
	tail tail
	stop chan struct{} // closed by Close
	died chan struct{} // closed when the first process ends
	done chan struct{} // closed when no process runs and none will be started

	mu      sync.Mutex
	cmd     *exec.Cmd // nil while no process runs
	closing bool
}

// Supervise starts the program and returns when it is ready. A program that
// ends first, or is not ready within 60 s, is fault.Unavailable
// "embedded.start" with its last lines as the cause. ctx bounds the start
// only; the caller must Close.
func Supervise(ctx context.Context, p Program) (*Child, error) {
	if p.Stop == 0 {
		p.Stop = syscall.SIGTERM
	}
	if p.Grace == 0 {
		p.Grace = 10 * time.Second
	}
	if p.Log == nil {
		p.Log = slog.New(slog.DiscardHandler)
	}
	p.Log = p.Log.With("service", p.Name)
	c := &Child{p: p, stop: make(chan struct{}), died: make(chan struct{}), done: make(chan struct{})}
	c.tail.log = p.Log
	go c.restartLoop()
	if err := c.ready(ctx); err != nil {
		c.Close()
		return nil, fault.New(fault.Unavailable, "embedded.start", "%s does not start", p.Name).
			Because(errors.Join(err, errors.New(c.tail.String())))
	}
	return c, nil
}

func (c *Child) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := c.p.Ready(ctx)
		select {
		case <-c.died:
			return errors.New("it ended")
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		default:
			if err == nil {
				return nil
			}
		}
		select {
		case <-c.died:
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// PID returns the id of the running process, 0 between two.
func (c *Child) PID() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cmd == nil {
		return 0
	}
	return c.cmd.Process.Pid
}

// Close sends Program.Stop, kills the process group after Program.Grace, and
// returns when the child has ended. It may be called more than once and
// returns nil.
func (c *Child) Close() error {
	c.mu.Lock()
	if !c.closing {
		c.closing = true
		close(c.stop)
		if c.cmd != nil {
			_ = c.cmd.Process.Signal(c.p.Stop) // fails only if it has ended
		}
	}
	c.mu.Unlock()
	select {
	case <-c.done:
		return nil
	case <-time.After(c.p.Grace):
	}
	c.mu.Lock()
	if c.cmd != nil {
		_ = syscall.Kill(-c.cmd.Process.Pid, syscall.SIGKILL) // fails only if it has ended
	}
	c.mu.Unlock()
	<-c.done
	return nil
}

// restartLoop runs the program until Close. It keeps its thread, because Linux
// treats the end of the thread that started a child as the parent's death.
func (c *Child) restartLoop() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(c.done)
	wait := minBackoff
	for first := true; ; first = false {
		began := time.Now()
		err := c.run()
		if first {
			close(c.died)
		}
		if time.Since(began) > stableAfter {
			wait = minBackoff
		}
		select {
		case <-c.stop:
			return
		default:
		}
		c.p.Log.Warn("child ended; starting it again", "error", err, "in", wait, "last_lines", c.tail.String())
		select {
		case <-c.stop:
			return
		case <-time.After(wait):
		}
		wait = min(2*wait, maxBackoff)
	}
}

// run runs the program once and waits for its end.
func (c *Child) run() error {
	cmd := exec.Command(c.p.Path, c.p.Args...) //nolint:noctx // ended by Close, with the signal that the program wants
	cmd.Dir, cmd.Env = c.p.Dir, c.p.Env
	cmd.Stdout, cmd.Stderr = &c.tail, &c.tail
	cmd.WaitDelay = 2 * time.Second // for grandchildren that keep our pipes
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: c.p.User}
	signalOnParentDeath(cmd.SysProcAttr, c.p.Stop)
	var stdin io.WriteCloser
	if c.p.Stdin != nil {
		var err error
		if stdin, err = cmd.StdinPipe(); err != nil {
			return fmt.Errorf("start %s: %w", c.p.Name, err)
		}
	}

	c.mu.Lock()
	if c.closing {
		c.mu.Unlock()
		return nil
	}
	if err := cmd.Start(); err != nil {
		c.mu.Unlock()
		c.tail.add(err.Error())
		return fmt.Errorf("start %s: %w", c.p.Name, err)
	}
	c.cmd = cmd
	c.mu.Unlock()

	if stdin != nil {
		_, _ = stdin.Write(c.p.Stdin) // fails if the child ends first, which Wait reports
	}
	err := cmd.Wait()
	c.mu.Lock()
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // descendants that the child left running
	c.cmd = nil
	c.mu.Unlock()
	return err
}

// tail logs a child's output line by line and keeps the last tailLines lines.
type tail struct {
	log *slog.Logger

	mu    sync.Mutex
	part  []byte
	lines []string
}

const (
	tailLines = 10
	lineBytes = 4 << 10
)

// Write never fails. Lines longer than lineBytes are split.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.part = append(t.part, p...)
	for {
		i := bytes.IndexByte(t.part, '\n')
		if i < 0 && len(t.part) < lineBytes {
			return len(p), nil
		}
		if i < 0 || i > lineBytes {
			i = lineBytes
		}
		t.line(strings.TrimSpace(string(t.part[:i])))
		t.part = t.part[min(i+1, len(t.part)):]
	}
}

func (t *tail) add(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.line(line)
}

func (t *tail) line(s string) {
	if s == "" {
		return
	}
	t.log.Debug(s)
	if t.lines = append(t.lines, s); len(t.lines) > tailLines {
		t.lines = t.lines[1:]
	}
}

// String returns the kept lines.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(t.lines, "\n")
}
