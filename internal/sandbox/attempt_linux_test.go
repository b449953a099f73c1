package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// attemptArg makes the test binary the sandboxed program: the name of an
// attempt follows it.
const attemptArg = "attempt:"

// attemptFailed is the exit status of an attempt that failed, as it should
// when a restriction forbids it.
const attemptFailed = 3

// TestMain makes the test binary launcher, sandboxed program and test in one.
func TestMain(m *testing.M) {
	Main()
	if len(os.Args) > 1 && strings.HasPrefix(os.Args[1], attemptArg) {
		if err := runAttempt(strings.TrimPrefix(os.Args[1], attemptArg), os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(attemptFailed)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func runAttempt(name string, args []string) error {
	attempt := attempts[name]
	if attempt == nil {
		return errors.New("unknown attempt " + name)
	}
	return attempt(args)
}

// attempts are what the sandboxed program may try. Those with an argument
// take a path, an address or a process id.
var attempts = map[string]func(args []string) error{
	"read":     func(args []string) error { _, err := os.ReadFile(args[0]); return err },
	"write":    func(args []string) error { return os.WriteFile(args[0], []byte("was here"), 0o600) },
	"chmod":    func(args []string) error { return os.Chmod(args[0], 0o777) },
	"truncate": func(args []string) error { return os.Truncate(args[0], 0) },
	"fill":     func([]string) error { return os.WriteFile("big", make([]byte, 4<<20), 0o600) },
	"exec":     func(args []string) error { return exec.Command(args[0]).Run() },
	"dial":     func(args []string) error { _, err := net.DialTimeout("tcp", args[0], time.Second); return err },
	"socket":   func([]string) error { _, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0); return err },
	"env":      func([]string) error { _, err := fmt.Print(strings.Join(os.Environ(), "\n")); return err },
	"device":   openDevice,
	"signal":   signalProcess,
	"memory":   allocate,
	"spin":     spin,
	"hang":     hang,
	"leave":    leaveChild,
	"call":     makeCall,
	"change":   changeInput,
	"hold":     func(args []string) error { return holdLock(args[0]) },
	"exit":     exitWith,
	"box":      runBox,
}

// exitWith ends with the status args[0] after printing args[1].
func exitWith(args []string) error {
	status, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, args[1])
	os.Exit(status)
	return nil
}

// runBox runs "env" in a sandbox of its own and prints the reason of its
// failure. It is itself started outside of any sandbox.
func runBox([]string) error {
	b, err := New(Auto)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	_, err = b.Run(context.Background(), Spec{Path: self, Args: []string{attemptArg + "env"}})
	var e *ExitError
	if errors.As(err, &e) {
		_, err = fmt.Print(e.Reason)
	}
	return err
}

func openDevice(args []string) error {
	f, err := os.OpenFile(args[0], os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return f.Close()
}

func signalProcess(args []string) error {
	var pid int
	if _, err := fmt.Sscan(args[0], &pid); err != nil {
		return err
	}
	return syscall.Kill(pid, syscall.SIGUSR1)
}

// spin uses the CPU for ever.
func spin([]string) error {
	for { //nolint:staticcheck // the CPU limit is to end it
	}
}

// allocate touches 4 GiB of memory.
func allocate([]string) error {
	var blocks [][]byte
	for range 64 {
		b := make([]byte, 64<<20)
		for i := 0; i < len(b); i += 4096 {
			b[i] = 1
		}
		blocks = append(blocks, b)
	}
	runtime.KeepAlive(blocks)
	return nil
}

// hang never ends, and neither does its child, which ignores SIGTERM. args[0]
// is the test binary.
func hang(args []string) error {
	child := exec.Command(args[0], attemptArg+"hold", "lock")
	child.Stdout = os.Stdout
	if err := child.Run(); err != nil {
		return err
	}
	select {}
}

// leaveChild ends once its child holds the lock; the child keeps running.
// args[0] is the test binary.
func leaveChild(args []string) error {
	child := exec.Command(args[0], attemptArg+"hold", "lock")
	stdout, err := child.StdoutPipe()
	if err != nil {
		return err
	}
	if err := child.Start(); err != nil {
		return err
	}
	_, err = stdout.Read(make([]byte, 1))
	return err
}

// holdLock takes the lock, prints "held" and never ends by itself.
func holdLock(path string) error {
	signal.Ignore(syscall.SIGTERM)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return err
	}
	fmt.Println("held")
	for {
		time.Sleep(time.Hour) //nolint:forbidigo // this is the process to be killed
	}
}
