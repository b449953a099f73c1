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
	launcherArg        = "sandbox-exec"            // argv[1] that makes this executable the launcher
	specVar            = "STORYREEL_SANDBOX_ORDER" // environment variable that carries the launchSpec, as JSON
	statusLaunchFailed = 125                       // exit status when a restriction could not be applied
)

var installed atomic.Bool

// launchSpec passes a Spec from the parent to the launcher.
type launchSpec struct {
	Path      string
	Args      []string
	Read      []string
	Devices   []string
	Dir       string
	CPU       uint64 // seconds
	Memory    uint64 // bytes
	FileSize  uint64 // bytes
	OpenFiles uint64
	Nice      int
	Strict    bool   // fail when a restriction cannot be applied
	Canary    string // if not empty: probe the restrictions instead of running Path
}

func newLaunchSpec(s Spec, strict bool) launchSpec {
	return launchSpec{
		Path: s.Path, Args: s.Args, Read: s.Read, Devices: s.Devices, Dir: s.Dir, Strict: strict,
		CPU: uint64(s.CPU.Seconds()), Memory: uint64(s.Memory), FileSize: uint64(s.FileSize),
		OpenFiles: uint64(s.OpenFiles), Nice: s.Nice,
	}
}

// Main replaces this process by the sandboxed program if it was started as a
// launcher, and then never returns; otherwise it returns at once. It must be
// the first call in main, and in TestMain of packages that run programs.
func Main() {
	installed.Store(true)
	if len(os.Args) != 2 || os.Args[1] != launcherArg {
		return
	}
	var l launchSpec
	if err := json.Unmarshal([]byte(os.Getenv(specVar)), &l); err != nil {
		fmt.Fprintln(os.Stderr, "sandbox launch spec:", err)
		os.Exit(statusLaunchFailed)
	}
	if err := launch(l); err != nil {
		fmt.Fprintln(os.Stderr, "sandbox:", err)
		os.Exit(statusLaunchFailed)
	}
	os.Exit(0) // launch returns nil only after a probe
}

// launch applies the restrictions one by one and execs the program.
func launch(l launchSpec) error {
	runtime.LockOSThread() // restrictions hold per thread; exec must run on the restricted one
	debug.SetGCPercent(-1) // a collection would start threads and allocate
	if err := limit(unix.RLIMIT_CORE, 0); err != nil {
		return err // a core dump would contain frames of the video
	}
	if err := limit(unix.RLIMIT_CPU, l.CPU); err != nil {
		return err
	}
	if err := limit(unix.RLIMIT_FSIZE, l.FileSize); err != nil {
		return err
	}
	if err := limit(unix.RLIMIT_NOFILE, l.OpenFiles); err != nil {
		return err
	}
	if err := beNice(l.Nice); err != nil {
		return err
	}
	if l.Canary == "" {
		if err := inherits(unix.RLIMIT_AS, l.Memory); err != nil {
			return err
		}
		unix.CloseOnExec(handshakeFD)
	}
	if err := restrictFiles(l); err != nil && l.Strict {
		return fmt.Errorf("landlock: %w", err)
	}
	if err := filterCalls(len(l.Devices) > 0); err != nil && l.Strict {
		return fmt.Errorf("seccomp: %w", err)
	}
	if l.Canary != "" {
		return json.NewEncoder(os.Stdout).Encode(probeRestrictions(l))
	}
	return execProgram(l)
}

// execProgram limits the address space and execs the program. The Go runtime
// has already reserved more than the limit and would crash at its next
// allocation, so everything is allocated first and only raw system calls
// follow the limit.
func execProgram(l launchSpec) error {
	path, err := unix.BytePtrFromString(l.Path)
	if err != nil {
		return err
	}
	argv, err := syscall.SlicePtrFromStrings(append([]string{l.Path}, l.Args...))
	if err != nil {
		return err
	}
	envv, err := syscall.SlicePtrFromStrings(cleanEnv())
	if err != nil {
		return err
	}
	as := unix.Rlimit{Cur: l.Memory, Max: l.Memory}
	begins, failed := [1]byte{executing}, [1]byte{notExecuted}
	_, _, errno := unix.RawSyscall6(unix.SYS_PRLIMIT64, 0, unix.RLIMIT_AS, uintptr(unsafe.Pointer(&as)), 0, 0, 0)
	if errno == 0 {
		_, _, _ = unix.RawSyscall(unix.SYS_WRITE, handshakeFD, uintptr(unsafe.Pointer(&begins)), 1)
		_, _, errno = unix.RawSyscall(unix.SYS_EXECVE, uintptr(unsafe.Pointer(path)), uintptr(unsafe.Pointer(&argv[0])),
			uintptr(unsafe.Pointer(&envv[0])))
	}
	_, _, _ = unix.RawSyscall(unix.SYS_WRITE, handshakeFD, uintptr(unsafe.Pointer(&failed)), 1)
	return fmt.Errorf("exec %s: %w", filepath.Base(l.Path), errno)
}

// inherits fails when this process was started with less of the resource than
// n. Raising the limit would need a privilege; and a program that runs with
// less than its limit fails on inputs that are in order.
func inherits(resource int, n uint64) error {
	var now unix.Rlimit
	if err := unix.Getrlimit(resource, &now); err != nil {
		return fmt.Errorf("rlimit %d: %w", resource, err)
	}
	if now.Max < n {
		return fmt.Errorf("rlimit %d: this system allows %d of %d", resource, now.Max, n)
	}
	return nil
}

func limit(resource int, n uint64) error {
	if err := inherits(resource, n); n > 0 && err != nil {
		return err
	}
	if err := unix.Setrlimit(resource, &unix.Rlimit{Cur: n, Max: n}); err != nil {
		return fmt.Errorf("rlimit %d: %w", resource, err)
	}
	return nil
}

// beNice raises the niceness to n.
func beNice(n int) error {
	now, err := unix.Getpriority(unix.PRIO_PROCESS, 0) // 20 less the niceness
	if err == nil && n > 20-now {
		err = unix.Setpriority(unix.PRIO_PROCESS, 0, n) // of this thread, which becomes the program
	}
	if err != nil {
		return fmt.Errorf("niceness: %w", err)
	}
	return nil
}

// restrictFiles allows access to the program's input, its folder and the
// system libraries only. /proc stays closed, because a program of the same
// user could read our environment there.
func restrictFiles(l launchSpec) error {
	rules := []landlock.Rule{
		landlock.RODirs("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/local/lib").IgnoreIfMissing(),
		landlock.RODirs("/etc/alternatives").IgnoreIfMissing(), // Debian's libblas is a link through it
		landlock.ROFiles("/etc/ld.so.cache", "/dev/urandom").IgnoreIfMissing(),
		landlock.RWFiles("/dev/null").IgnoreIfMissing(),
		landlock.ROFiles(l.Path),
	}
	if len(l.Read) > 0 {
		rules = append(rules, landlock.ROFiles(l.Read...))
	}
	if len(l.Devices) > 0 {
		rules = append(rules, landlock.RWFiles(l.Devices...).WithIoctlDev().IgnoreIfMissing(),
			landlock.RODirs("/sys/dev/char", "/sys/devices", "/proc/driver/nvidia", "/usr/share/libdrm").
				IgnoreIfMissing())
	}
	if l.Dir != "" {
		rules = append(rules, landlock.RWDirs(l.Dir))
	}
	return landlock.V10.BestEffort().Restrict(rules...)
}

// probeRestrictions reports which restrictions are in force, by trying to
// break each.
func probeRestrictions(l launchSpec) probeResult {
	var r probeResult
	if f, err := os.Open(l.Canary); err != nil {
		r.Files = os.IsPermission(err)
	} else {
		_ = f.Close()
	}
	if fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0); err != nil {
		r.Network = err == unix.EACCES
	} else {
		_ = unix.Close(fd)
	}
	var size unix.Rlimit
	r.Limits = unix.Getrlimit(unix.RLIMIT_FSIZE, &size) == nil && size.Cur == l.FileSize
	return r
}
