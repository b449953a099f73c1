package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func newBox(t *testing.T) *Box {
	t.Helper()
	b, err := New(Require)
	require.NoError(t, err)
	require.Equal(t, Full, b.Level())
	return b
}

// try runs an attempt in the sandbox and returns how it ended; nil is success.
func try(t *testing.T, ctx context.Context, s Spec, name string, args ...string) (Usage, *ExitError) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	s.Path, s.Args = self, append([]string{attemptArg + name}, args...)
	u, err := newBox(t).Run(ctx, s)
	if err == nil {
		return u, nil
	}
	var ee *ExitError
	require.ErrorAs(t, err, &ee)
	return u, ee
}

func TestRun_FilesOutsideAreClosed(t *testing.T) {
	dir, other := t.TempDir(), filepath.Join(t.TempDir(), "other")
	mine := filepath.Join(t.TempDir(), "input")
	require.NoError(t, os.WriteFile(other, []byte("secret"), 0o666))
	require.NoError(t, os.WriteFile(mine, []byte("mine"), 0o666))
	for _, c := range []struct {
		attempt string
		path    string
		open    bool
	}{
		{"read", mine, true},
		{"write", filepath.Join(dir, "out"), true},
		{"read", other, false},
		{"read", "/etc/passwd", false},
		{"read", "/proc/self/environ", false},
		{"write", mine, false},
		{"write", other, false},
		{"write", filepath.Join(filepath.Dir(other), "new"), false},
		{"truncate", other, false},
		{"chmod", other, false},
		{"exec", "/bin/true", false},
	} {
		t.Run(c.attempt+" "+filepath.Base(c.path), func(t *testing.T) {
			_, e := try(t, t.Context(), Spec{Dir: dir, Read: []string{mine}}, c.attempt, c.path)
			if c.open {
				require.Nil(t, e)
				return
			}
			require.NotNil(t, e, "not forbidden")
			require.Equal(t, attemptFailed, e.Status)
			require.Contains(t, e.Stderr, "permission denied")
		})
	}
	got, err := os.ReadFile(other)
	require.NoError(t, err)
	require.Equal(t, "secret", string(got))
}

// TestRun_OnlyGivenDevicesOpen: besides its device, a program may read the
// kernel's device descriptions and nothing else.
func TestRun_OnlyGivenDevicesOpen(t *testing.T) {
	const mine, other = "/dev/zero", "/dev/full"
	_, e := try(t, t.Context(), Spec{}, "device", mine)
	require.NotNil(t, e, "not forbidden")
	given := Spec{Devices: []string{mine, "/dev/there-is-none"}}
	_, e = try(t, t.Context(), given, "device", mine)
	require.Nil(t, e)
	for attempt, arg := range map[string]string{"device": other, "read": "/etc/passwd"} {
		t.Run(attempt+" "+arg, func(t *testing.T) {
			_, e := try(t, t.Context(), given, attempt, arg)
			require.NotNil(t, e, "not forbidden")
			require.Contains(t, e.Stderr, "permission denied")
		})
	}
}

func TestRun_DeniesSocketsAndSignals(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	for attempt, arg := range map[string]string{
		"dial": l.Addr().String(), "socket": "", "signal": fmt.Sprint(os.Getpid()),
	} {
		t.Run(attempt, func(t *testing.T) {
			_, e := try(t, t.Context(), Spec{}, attempt, arg)
			require.NotNil(t, e, "not forbidden")
			require.Contains(t, e.Stderr, "permission denied")
		})
	}
}

func TestRun_EnforcesLimits(t *testing.T) {
	t.Run("memory", func(t *testing.T) {
		u, e := try(t, t.Context(), Spec{Memory: 1 << 30}, "memory")
		require.NotNil(t, e)
		require.Contains(t, e.Stderr, "out of memory")
		require.Less(t, u.MaxRSS, int64(1<<30))
	})
	t.Run("cpu", func(t *testing.T) {
		u, e := try(t, t.Context(), Spec{CPU: time.Second}, "spin")
		require.NotNil(t, e)
		require.Equal(t, CPULimit, e.Reason)
		require.InDelta(t, 1, u.CPU.Seconds(), 0.7)
	})
	t.Run("wall", func(t *testing.T) {
		_, e := try(t, t.Context(), Spec{Wall: 200 * time.Millisecond}, "spin")
		require.NotNil(t, e)
		require.Equal(t, Timeout, e.Reason)
	})
	t.Run("file size", func(t *testing.T) {
		dir := t.TempDir()
		_, e := try(t, t.Context(), Spec{Dir: dir, FileSize: 1 << 20}, "fill")
		require.NotNil(t, e)
		st, err := os.Stat(filepath.Join(dir, "big"))
		require.NoError(t, err)
		require.LessOrEqual(t, st.Size(), int64(1<<20))
	})
}

func TestRun_EnvironmentIsClean(t *testing.T) {
	t.Setenv("STORYREEL_DATABASE_URL", "postgres://secret")
	var out bytes.Buffer
	_, e := try(t, t.Context(), Spec{Stdout: &out}, "env")
	require.Nil(t, e)
	require.ElementsMatch(t, cleanEnv(), strings.Split(out.String(), "\n"))
}

// TestRun_CancelEndsGrandchildren uses a lock file, which is free when the
// last process that holds it has ended, whoever reaps it.
func TestRun_CancelEndsGrandchildren(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	held := signalWriter{written: make(chan struct{}, 1)}
	go func() { <-held.written; cancel() }()
	_, e := try(t, ctx, Spec{Dir: dir, Stdout: held}, "hang", self)
	require.NotNil(t, e)
	require.Equal(t, Canceled, e.Reason)
	require.ErrorIs(t, e, context.Canceled)
	requireUnlocked(t, filepath.Join(dir, "lock"))
}

func TestRun_KillsLeftoverChildren(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	dir := t.TempDir()
	_, e := try(t, t.Context(), Spec{Dir: dir}, "leave", self)
	require.Nil(t, e)
	requireUnlocked(t, filepath.Join(dir, "lock"))
}

type signalWriter struct{ written chan struct{} }

func (w signalWriter) Write(p []byte) (int, error) {
	select {
	case w.written <- struct{}{}:
	default:
	}
	return len(p), nil
}

func requireUnlocked(t *testing.T, path string) {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	got := make(chan error, 1)
	go func() { got <- syscall.Flock(int(f.Fd()), syscall.LOCK_EX) }()
	select {
	case err := <-got:
		require.NoError(t, err)
	case <-time.After(20 * time.Second):
		t.Fatal("a process of the group is still alive")
	}
}

// TestRun_PlaylistCannotReadOtherFiles runs real ffmpeg on a hostile playlist
// without any of ffmpeg's own restrictions.
func TestRun_PlaylistCannotReadOtherFiles(t *testing.T) {
	ffmpeg, err := exec.LookPath("ffmpeg")
	require.NoError(t, err)
	home, dir := t.TempDir(), t.TempDir()
	secret := filepath.Join(home, "secret.ts")
	require.NoError(t,
		exec.Command(ffmpeg, "-v", "error", "-f", "lavfi", "-i", "testsrc=s=64x64:d=1", "-c:v", "mpeg2video", secret).
			Run())
	list := filepath.Join(dir, "upload")
	require.NoError(t,
		os.WriteFile(list, []byte("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://"+secret+"\n#EXT-X-ENDLIST\n"),
			0o600))
	args := []string{
		"-nostdin", "-v", "error", "-f", "hls", "-i", list, "-c", "copy", "-f", "mpegts", "-y",
		filepath.Join(dir, "out.ts"),
	}

	require.NoError(t, exec.Command(ffmpeg, args...).Run(),
		"the attack must work without the sandbox, else this test proves nothing")
	require.NoError(t, os.Remove(filepath.Join(dir, "out.ts")))

	_, err = newBox(t).Run(t.Context(), Spec{Path: ffmpeg, Args: args, Read: []string{list}, Dir: dir})
	var e *ExitError
	require.ErrorAs(t, err, &e)
	require.Contains(t, e.Stderr, "loading first segment") // the playlist was read, its segment was not
	st, err := os.Stat(filepath.Join(dir, "out.ts"))
	require.True(t, errors.Is(err, os.ErrNotExist) || st.Size() == 0)
}

func TestRing_KeepsTheEnd(t *testing.T) {
	r := &ring{max: 8}
	for _, s := range []string{"abc", "defgh", "ijk", strings.Repeat("x", 20), "the end"} {
		n, err := r.Write([]byte(s))
		require.NoError(t, err)
		require.Equal(t, len(s), n)
	}
	require.Equal(t, "xthe end", r.String())
	require.Equal(t, "b", lastLine("a\nb\n\n"))
}

func TestParseMode(t *testing.T) {
	for s, want := range map[string]Mode{"": Auto, "auto": Auto, "require": Require} {
		t.Run(s, func(t *testing.T) {
			got, err := ParseMode(s)
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
	_, err := ParseMode("sometimes")
	require.Error(t, err)
}

func TestRun_LeavesTheProcessorToOthers(t *testing.T) {
	nice, err := exec.LookPath("nice")
	require.NoError(t, err)
	nice, err = filepath.EvalSymlinks(nice)
	require.NoError(t, err)
	ours, err := syscall.Getpriority(syscall.PRIO_PROCESS, 0) // 20 less the niceness
	require.NoError(t, err)
	for _, n := range []int{0, 7, 19} {
		var out bytes.Buffer
		// without arguments it prints its own
		_, err := newBox(t).Run(t.Context(), Spec{Path: nice, Nice: n, Stdout: &out})
		require.NoError(t, err)
		require.Equal(t, strconv.Itoa(max(n, 20-ours)), strings.TrimSpace(out.String()))
	}
}
