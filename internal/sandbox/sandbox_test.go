package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The test binary is launcher, burglar and test in one.
func TestMain(m *testing.M) {
	Main()
	if len(os.Args) > 1 && strings.HasPrefix(os.Args[1], "burglar:") {
		burgle(strings.TrimPrefix(os.Args[1], "burglar:"), os.Args[2:])
		return
	}
	os.Exit(m.Run())
}

// burgle tries one wall from inside. Status 0 means that it got through.
func burgle(what string, args []string) {
	var err error
	switch what {
	case "read":
		_, err = os.ReadFile(args[0])
	case "device":
		var f *os.File
		if f, err = os.OpenFile(args[0], os.O_RDWR, 0); err == nil {
			err = f.Close()
		}
	case "write":
		err = os.WriteFile(args[0], []byte("was here"), 0o600)
	case "chmod":
		err = os.Chmod(args[0], 0o777)
	case "truncate":
		err = os.Truncate(args[0], 0)
	case "dial":
		_, err = net.DialTimeout("tcp", args[0], time.Second)
	case "socket":
		_, err = syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	case "exec":
		err = exec.Command(args[0]).Run()
	case "signal":
		var pid int
		fmt.Sscan(args[0], &pid)
		err = syscall.Kill(pid, syscall.SIGUSR1)
	case "memory":
		var hoard [][]byte
		for range 64 {
			b := make([]byte, 64<<20)
			for i := 0; i < len(b); i += 4096 {
				b[i] = 1
			}
			hoard = append(hoard, b)
		}
		runtime.KeepAlive(hoard)
	case "spin":
		for i := 0; ; i++ {
		}
	case "fill":
		err = os.WriteFile("big", make([]byte, 4<<20), 0o600)
	case "env":
		fmt.Print(strings.Join(os.Environ(), "\n"))
	case "hang": // with a child that hangs as well and ignores being asked
		child := exec.Command(args[0], "burglar:hold", "lock")
		child.Stdout = os.Stdout
		if err = child.Run(); err == nil {
			select {}
		}
	case "leave": // end once a child holds the lock, leaving the child behind
		child := exec.Command(args[0], "burglar:hold", "lock")
		said, _ := child.StdoutPipe()
		if err = child.Start(); err == nil {
			_, err = said.Read(make([]byte, 1))
		}
	case "hold":
		hold(args[0])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
	os.Exit(0)
}

// hold takes the lock, says so and never ends by itself.
func hold(path string) {
	signal.Ignore(syscall.SIGTERM)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err == nil {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
	fmt.Println("held")
	for {
		time.Sleep(time.Hour) //nolint:forbidigo // this is the process to be killed
	}
}

func box(t *testing.T) *Box {
	t.Helper()
	b, err := New(Require)
	require.NoError(t, err)
	require.Equal(t, Full, b.Level())
	return b
}

// burglar runs the burglar and returns how it ended.
func burglar(t *testing.T, ctx context.Context, s Spec, what string, args ...string) (Usage, *ExitError) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	s.Path, s.Args = self, append([]string{"burglar:" + what}, args...)
	u, err := box(t).Run(ctx, s)
	if err == nil {
		return u, nil
	}
	var ee *ExitError
	require.ErrorAs(t, err, &ee)
	return u, ee
}

func TestRun_FilesOutsideAreClosed(t *testing.T) {
	dir, other := t.TempDir(), filepath.Join(t.TempDir(), "neighbour")
	mine := filepath.Join(t.TempDir(), "input")
	require.NoError(t, os.WriteFile(other, []byte("secret"), 0o666))
	require.NoError(t, os.WriteFile(mine, []byte("mine"), 0o666))
	for _, c := range []struct {
		what string
		args []string
		open bool
	}{
		{"read", []string{mine}, true},
		{"write", []string{filepath.Join(dir, "out")}, true},
		{"read", []string{other}, false},
		{"read", []string{"/etc/passwd"}, false},
		{"read", []string{"/proc/self/environ"}, false},
		{"write", []string{mine}, false},
		{"write", []string{other}, false},
		{"write", []string{filepath.Join(filepath.Dir(other), "new")}, false},
		{"truncate", []string{other}, false},
		{"chmod", []string{other}, false},
		{"exec", []string{"/bin/true"}, false},
	} {
		t.Run(c.what+" "+filepath.Base(c.args[0]), func(t *testing.T) {
			_, e := burglar(t, t.Context(), Spec{Dir: dir, Read: []string{mine}}, c.what, c.args...)
			if c.open {
				require.Nil(t, e)
				return
			}
			require.NotNil(t, e, "got through")
			require.Equal(t, 3, e.Status)
			require.Contains(t, e.Stderr, "permission denied")
		})
	}
	got, err := os.ReadFile(other)
	require.NoError(t, err)
	require.Equal(t, "secret", string(got))
}

// TestRun_ADeviceIsOpenToWhomItIsGiven: a program with one device has that
// one, and nothing else besides what the kernel says of devices.
func TestRun_ADeviceIsOpenToWhomItIsGiven(t *testing.T) {
	const mine, others = "/dev/zero", "/dev/full"
	_, e := burglar(t, t.Context(), Spec{}, "device", mine)
	require.NotNil(t, e, "got through")
	given := Spec{Devices: []string{mine, "/dev/there-is-none"}}
	_, e = burglar(t, t.Context(), given, "device", mine)
	require.Nil(t, e)
	for what, arg := range map[string]string{"device": others, "read": "/etc/passwd"} {
		_, e = burglar(t, t.Context(), given, what, arg)
		require.NotNil(t, e, "got through to "+arg)
		require.Contains(t, e.Stderr, "permission denied")
	}
}

func TestRun_NoSocketNoSignal(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	for what, arg := range map[string]string{
		"dial": l.Addr().String(), "socket": "", "signal": fmt.Sprint(os.Getpid()),
	} {
		t.Run(what, func(t *testing.T) {
			_, e := burglar(t, t.Context(), Spec{}, what, arg)
			require.NotNil(t, e, "got through")
			require.Contains(t, e.Stderr, "permission denied")
		})
	}
}

func TestRun_LimitsEndIt(t *testing.T) {
	t.Run("memory", func(t *testing.T) {
		u, e := burglar(t, t.Context(), Spec{Memory: 1 << 30}, "memory")
		require.NotNil(t, e)
		require.Contains(t, e.Stderr, "out of memory")
		require.Less(t, u.MaxRSS, int64(1<<30))
	})
	t.Run("cpu", func(t *testing.T) {
		u, e := burglar(t, t.Context(), Spec{CPU: time.Second}, "spin")
		require.NotNil(t, e)
		require.Equal(t, CPULimit, e.Reason)
		require.InDelta(t, 1, u.CPU.Seconds(), 0.7)
	})
	t.Run("wall", func(t *testing.T) {
		_, e := burglar(t, t.Context(), Spec{Wall: 200 * time.Millisecond}, "spin")
		require.NotNil(t, e)
		require.Equal(t, WallOver, e.Reason)
	})
	t.Run("file size", func(t *testing.T) {
		dir := t.TempDir()
		_, e := burglar(t, t.Context(), Spec{Dir: dir, File: 1 << 20}, "fill")
		require.NotNil(t, e)
		st, err := os.Stat(filepath.Join(dir, "big"))
		require.NoError(t, err)
		require.LessOrEqual(t, st.Size(), int64(1<<20))
	})
}

func TestRun_EnvironmentIsEmpty(t *testing.T) {
	t.Setenv("STORYREEL_DATABASE_URL", "postgres://secret")
	var out bytes.Buffer
	_, e := burglar(t, t.Context(), Spec{Stdout: &out}, "env")
	require.Nil(t, e)
	require.ElementsMatch(t, cleanEnv(), strings.Split(out.String(), "\n"))
}

// TestRun_CancelEndsGrandchildren: a lock file tells when the last process
// that holds it is gone, however it is reaped.
func TestRun_CancelEndsGrandchildren(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	held := signalWriter{said: make(chan struct{}, 1)}
	go func() { <-held.said; cancel() }()
	began := time.Now()
	_, e := burglar(t, ctx, Spec{Dir: dir, Stdout: held}, "hang", self)
	require.NotNil(t, e)
	require.Equal(t, Canceled, e.Reason)
	require.ErrorIs(t, e, context.Canceled)
	require.Less(t, time.Since(began), 4*time.Second)
	requireUnlocked(t, filepath.Join(dir, "lock"))
}

func TestRun_LeftoverChildrenAreEnded(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	dir := t.TempDir()
	_, e := burglar(t, t.Context(), Spec{Dir: dir}, "leave", self)
	require.Nil(t, e)
	requireUnlocked(t, filepath.Join(dir, "lock"))
}

type signalWriter struct{ said chan struct{} }

func (w signalWriter) Write(p []byte) (int, error) {
	select {
	case w.said <- struct{}{}:
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
	case <-time.After(2 * time.Second):
		t.Fatal("a process of the group is still alive")
	}
}

// TestRun_PlaylistReadsNoNeighbour gives real ffmpeg what an attacker would
// give it, with every door of its own left open.
func TestRun_PlaylistReadsNoNeighbour(t *testing.T) {
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
		"the attack must work without the box, else this proves nothing")
	require.NoError(t, os.Remove(filepath.Join(dir, "out.ts")))

	_, err = box(t).Run(t.Context(), Spec{Path: ffmpeg, Args: args, Read: []string{list}, Dir: dir})
	var e *ExitError
	require.ErrorAs(t, err, &e)
	require.Contains(t, e.Stderr, "loading first segment") // the playlist was read, its neighbour was not
	st, err := os.Stat(filepath.Join(dir, "out.ts"))
	require.True(t, errors.Is(err, os.ErrNotExist) || st.Size() == 0)
}

func TestRun_StderrKeepsItsEnd(t *testing.T) {
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
		got, err := ParseMode(s)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err := ParseMode("sometimes")
	require.Error(t, err)
}
