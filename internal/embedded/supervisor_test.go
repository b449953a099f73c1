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

// shellProgram returns a Program that runs a script. The script must create
// the file "up" when it is ready.
func shellProgram(t *testing.T, script string) Program {
	t.Helper()
	dir := t.TempDir()
	return Program{
		Name: "test", Path: "/bin/sh", Args: []string{"-c", script}, Dir: dir,
		Env:   []string{"PATH=" + os.Getenv("PATH")},
		Ready: func(context.Context) error { _, err := os.Stat(filepath.Join(dir, "up")); return err },
	}
}

func TestSupervise_StartFailureHasTheLastLines(t *testing.T) {
	t.Parallel()
	_, err := Supervise(t.Context(), shellProgram(t, "echo missing library >&2; exit 3"))
	require.Equal(t, "embedded.start", fault.CodeOf(err))
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
	require.ErrorContains(t, err, "missing library")
	require.NotContains(t, fault.As(err).Detail, "library")
}

func TestSupervise_UnreadyChildEndsWithTheContext(t *testing.T) {
	t.Parallel()
	p := shellProgram(t, "exec sleep 1000")
	ctx, cancel := context.WithCancel(t.Context())
	asked := 0
	p.Ready = func(context.Context) error {
		if asked++; asked == 3 {
			cancel()
		}
		return errors.New("not ready")
	}
	_, err := Supervise(ctx, p)
	require.ErrorIs(t, err, context.Canceled)
}

func TestSupervise_MissingProgram(t *testing.T) {
	t.Parallel()
	p := shellProgram(t, "")
	p.Path = filepath.Join(p.Dir, "absent")
	_, err := Supervise(t.Context(), p)
	require.Equal(t, "embedded.start", fault.CodeOf(err))
}

func TestClose_KillsChildAndGrandchildren(t *testing.T) {
	t.Parallel()
	p := shellProgram(t,
		`trap '' TERM; sh -c 'trap "" TERM; echo $$ > grandchild; touch up; while :; do sleep 1000; done' & wait; wait`)
	p.Grace = 100 * time.Millisecond
	c, err := Supervise(t.Context(), p)
	require.NoError(t, err)
	pid := c.PID()
	raw, err := os.ReadFile(filepath.Join(p.Dir, "grandchild"))
	require.NoError(t, err)
	grandchild, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	require.NoError(t, err)
	require.NoError(t, c.Close())
	require.True(t, exited(pid))
	eventually(t, "the grandchild's end", func() bool { return exited(grandchild) || isZombie(grandchild) })
	require.Zero(t, c.PID())
}

// isZombie reports whether the process has ended but was not reaped.
func isZombie(pid int) bool {
	stat, err := os.ReadFile(filepath.Join("/proc", itoa(pid), "stat"))
	return err == nil && bytes.Contains(stat, []byte(") Z "))
}

func TestClose_LetsTheChildFinish(t *testing.T) {
	t.Parallel()
	p := shellProgram(t, `trap 'echo done > finished; exit 0' TERM; touch up; while :; do sleep 0.05; done`)
	c, err := Supervise(t.Context(), p)
	require.NoError(t, err)
	require.NoError(t, c.Close())
	require.FileExists(t, filepath.Join(p.Dir, "finished"))
}

func TestSupervise_RestartsAndLogs(t *testing.T) {
	t.Parallel()
	var out lockedBuffer
	p := shellProgram(t, `echo started; touch up; exec sleep 1000`)
	p.Log = slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	c, err := Supervise(t.Context(), p)
	require.NoError(t, err)
	defer c.Close()
	starts := func(n int) {
		t.Helper()
		eventually(t, fmt.Sprintf("start %d in the log", n), func() bool {
			return strings.Count(out.String(), "level=DEBUG msg=started service=test") == n
		})
	}
	starts(1)
	kill(t, c)
	starts(2)
	kill(t, c)
	starts(3)
	require.Contains(t, out.String(), "level=WARN")
	require.NoError(t, c.Close())
}

func TestChild_LeadsItsProcessGroup(t *testing.T) {
	t.Parallel()
	c, err := Supervise(t.Context(), shellProgram(t, "touch up; exec sleep 1000"))
	require.NoError(t, err)
	defer c.Close()
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
