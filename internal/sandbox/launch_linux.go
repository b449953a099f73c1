package sandbox

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"syscall"
	"unsafe"

	"github.com/landlock-lsm/go-landlock/landlock"
	"golang.org/x/sys/unix"
)

const (
	launchWord   = "sandbox-exec"            // argv[1] that makes us a launcher
	orderVar     = "STORYREEL_SANDBOX_ORDER" // carries the order, as JSON
	launchFailed = 125                       // status when the walls could not be put up
)

var installed atomic.Bool

// order is what the parent tells the launcher.
type order struct {
	Path    string
	Args    []string
	Read    []string
	Devices []string
	Dir     string
	CPU     uint64 // seconds
	Memory  uint64
	File    uint64
	Files   uint64
	Strict  bool   // a wall that cannot be put up is an error
	Canary  string // not empty: run against the walls instead of running Path
}

func orderOf(s Spec, strict bool) order {
	return order{
		Path: s.Path, Args: s.Args, Read: s.Read, Devices: s.Devices, Dir: s.Dir, Strict: strict,
		CPU: uint64(s.CPU.Seconds()), Memory: uint64(s.Memory), File: uint64(s.File), Files: uint64(s.Files),
	}
}

// Main turns this process into the sandboxed program if it was started as a
// launcher, and never returns then; otherwise it returns at once. It must be
// the first call in main, and in TestMain of packages that run programs.
func Main() {
	installed.Store(true)
	if len(os.Args) != 2 || os.Args[1] != launchWord {
		return
	}
	var o order
	if err := json.Unmarshal([]byte(os.Getenv(orderVar)), &o); err != nil {
		fmt.Fprintln(os.Stderr, "sandbox order:", err)
		os.Exit(launchFailed)
	}
	if err := launch(o); err != nil {
		fmt.Fprintln(os.Stderr, "sandbox:", err)
		os.Exit(launchFailed)
	}
	os.Exit(0) // only a run against the walls comes back without an error
}

// launch puts up the walls one by one and becomes the program.
func launch(o order) error {
	runtime.LockOSThread() // walls and exec must meet on one thread
	debug.SetGCPercent(-1) // a collection would start threads and want memory
	if err := limit(unix.RLIMIT_CORE, 0); err != nil {
		return err // a core dump would hold other people's frames
	}
	if err := limit(unix.RLIMIT_CPU, o.CPU); err != nil {
		return err
	}
	if err := limit(unix.RLIMIT_FSIZE, o.File); err != nil {
		return err
	}
	if err := limit(unix.RLIMIT_NOFILE, o.Files); err != nil {
		return err
	}
	if err := closeFiles(o); err != nil && o.Strict {
		return fmt.Errorf("landlock: %w", err)
	}
	if err := denyCalls(); err != nil && o.Strict {
		return fmt.Errorf("seccomp: %w", err)
	}
	if o.Canary != "" {
		return json.NewEncoder(os.Stdout).Encode(runAgainst(o))
	}
	return become(o)
}

// become limits the address space and turns into the program. The Go runtime
// has reserved more than the limit already and would die of its next wish for
// memory, so everything is prepared first and nothing of Go runs between the
// two calls.
func become(o order) error {
	path, err := unix.BytePtrFromString(o.Path)
	if err != nil {
		return err
	}
	argv, err := syscall.SlicePtrFromStrings(append([]string{o.Path}, o.Args...))
	if err != nil {
		return err
	}
	envv, err := syscall.SlicePtrFromStrings(cleanEnv())
	if err != nil {
		return err
	}
	as := unix.Rlimit{Cur: o.Memory, Max: o.Memory}
	_, _, errno := unix.RawSyscall6(unix.SYS_PRLIMIT64, 0, unix.RLIMIT_AS, uintptr(unsafe.Pointer(&as)), 0, 0, 0)
	if errno == 0 {
		_, _, errno = unix.RawSyscall(unix.SYS_EXECVE, uintptr(unsafe.Pointer(path)), uintptr(unsafe.Pointer(&argv[0])),
			uintptr(unsafe.Pointer(&envv[0])))
	}
	return fmt.Errorf("exec %s: %w", filepath.Base(o.Path), errno)
}

func limit(what int, n uint64) error {
	if err := unix.Setrlimit(what, &unix.Rlimit{Cur: n, Max: n}); err != nil {
		return fmt.Errorf("rlimit %d: %w", what, err)
	}
	return nil
}

// closeFiles leaves the program its input, its folder and the libraries.
// There is no /proc among them: a program of our own user could read our
// environment there.
func closeFiles(o order) error {
	rules := []landlock.Rule{
		landlock.RODirs("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/local/lib").IgnoreIfMissing(),
		landlock.RODirs("/etc/alternatives").IgnoreIfMissing(), // Debian's libblas is found by it
		landlock.ROFiles("/etc/ld.so.cache", "/dev/urandom").IgnoreIfMissing(),
		landlock.RWFiles("/dev/null").IgnoreIfMissing(),
		landlock.ROFiles(o.Path),
	}
	if len(o.Read) > 0 {
		rules = append(rules, landlock.ROFiles(o.Read...))
	}
	if len(o.Devices) > 0 {
		rules = append(rules, landlock.RWFiles(o.Devices...).WithIoctlDev().IgnoreIfMissing(),
			landlock.RODirs("/sys/dev/char", "/sys/devices", "/proc/driver/nvidia", "/usr/share/libdrm").
				IgnoreIfMissing())
	}
	if o.Dir != "" {
		rules = append(rules, landlock.RWDirs(o.Dir))
	}
	return landlock.V10.BestEffort().Restrict(rules...)
}

// runAgainst reports which walls stand, by trying to pass each.
func runAgainst(o order) tried {
	var t tried
	if f, err := os.Open(o.Canary); err != nil {
		t.Files = os.IsPermission(err)
	} else {
		_ = f.Close()
	}
	if fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0); err != nil {
		t.Network = err == unix.EACCES
	} else {
		_ = unix.Close(fd)
	}
	var l unix.Rlimit
	t.Limits = unix.Getrlimit(unix.RLIMIT_FSIZE, &l) == nil && l.Cur == o.File
	return t
}
