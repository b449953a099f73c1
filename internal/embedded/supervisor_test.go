package embedded

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
)

func itoa(n int) string { return strconv.Itoa(n) }

// shell runs a script that creates the file "up" when it is ready.
func shell(t *testing.T, script string) Program {
	t.Helper()
	dir := t.TempDir()
	return Program{
		Name: "test", Path: "/bin/sh", Args: []string{"-c", script}, Dir: dir,
		Env:   []string{"PATH=" + os.Getenv("PATH")},
		Ready: func(context.Context) error { _, err := os.Stat(filepath.Join(dir, "up")); return err },
	}
}

func TestSupervise_EndAtStartTellsWhy(t *testing.T) {
	t.Parallel()
	_, err := Supervise(t.Context(), shell(t, "echo no such luck >&2; exit 3"))
	require.Equal(t, "embedded.start", fault.CodeOf(err))
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
	require.ErrorContains(t, err, "no such luck")
	require.NotContains(t, fault.As(err).Detail, "luck")
}

func TestSupervise_DeafChildIsGivenUpWithTheContext(t *testing.T) {
	t.Parallel()
	p := shell(t, "exec sleep 1000")
	ctx, cancel := context.WithCancel(t.Context())
	asked := 0
	p.Ready = func(context.Context) error {
		if asked++; asked == 3 {
			cancel()
		}
		return errors.New("deaf")
	}
	_, err := Supervise(ctx, p)
	require.ErrorIs(t, err, context.Canceled)
}

func TestSupervise_MissingProgram(t *testing.T) {
	t.Parallel()
	p := shell(t, "")
	p.Path = filepath.Join(p.Dir, "absent")
	_, err := Supervise(t.Context(), p)
	require.Equal(t, "embedded.start", fault.CodeOf(err))
}

func TestClose_StubbornChildAndItsChildrenAreKilled(t *testing.T) {
	t.Parallel()
	p := shell(t,
		`trap '' TERM; sh -c 'trap "" TERM; echo $$ > grand; touch up; while :; do sleep 1000; done' & wait; wait`)
	p.Grace = 100 * time.Millisecond
	c, err := Supervise(t.Context(), p)
	require.NoError(t, err)
	pid := c.PID()
	raw, err := os.ReadFile(filepath.Join(p.Dir, "grand"))
	require.NoError(t, err)
	grand, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	require.NoError(t, err)
	require.NoError(t, c.Close())
	require.True(t, gone(pid))
	soon(t, "the grandchild's end", func() bool { return gone(grand) || zombie(grand) })
	require.Zero(t, c.PID())
}

// zombie reports whether the process has ended and only waits to be counted.
func zombie(pid int) bool {
	stat, err := os.ReadFile(filepath.Join("/proc", itoa(pid), "stat"))
	return err == nil && bytes.Contains(stat, []byte(") Z "))
}

func TestClose_LetsTheChildFinish(t *testing.T) {
	t.Parallel()
	p := shell(t, `trap 'echo done > finished; exit 0' TERM; touch up; while :; do sleep 0.05; done`)
	c, err := Supervise(t.Context(), p)
	require.NoError(t, err)
	require.NoError(t, c.Close())
	require.FileExists(t, filepath.Join(p.Dir, "finished"))
}

func TestSupervise_RestartsAndTells(t *testing.T) {
	t.Parallel()
	var out lockedBuffer
	p := shell(t, `echo born; touch up; exec sleep 1000`)
	p.Log = slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	c, err := Supervise(t.Context(), p)
	require.NoError(t, err)
	defer c.Close() //nolint:errcheck // returns nil
	births := func(n int) {
		t.Helper()
		soon(t, fmt.Sprintf("birth %d in the log", n), func() bool {
			return strings.Count(out.String(), "level=DEBUG msg=born service=test") == n
		})
	}
	births(1)
	kill(t, c)
	births(2)
	kill(t, c)
	births(3)
	require.Contains(t, out.String(), "level=WARN")
	require.NoError(t, c.Close())
}

func TestChild_LeadsItsOwnGroup(t *testing.T) {
	t.Parallel()
	c, err := Supervise(t.Context(), shell(t, "touch up; exec sleep 1000"))
	require.NoError(t, err)
	defer c.Close() //nolint:errcheck // returns nil
	group, err := syscall.Getpgid(c.PID())
	require.NoError(t, err)
	require.Equal(t, c.PID(), group)
}

func TestTail_LongAndEmptyLines(t *testing.T) {
	t.Parallel()
	tl := tail{log: slog.New(slog.DiscardHandler)}
	n, err := tl.Write([]byte("\n\none\n" + strings.Repeat("x", 3*lineBytes) + "\ntwo\nunfinished"))
	require.NoError(t, err)
	require.Equal(t, 2+4+3*lineBytes+1+4+10, n)
	require.Equal(t, "one", tl.lines[0])
	require.Equal(t, "two", tl.lines[len(tl.lines)-1])
	for _, l := range tl.lines {
		require.LessOrEqual(t, len(l), lineBytes)
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
