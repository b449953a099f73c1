package sandbox

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// forbidden are calls by which a program in the sandbox would reach files,
// processes or kernel interfaces outside. Each takes the path of a file and
// the id of a process that are not its own.
var forbidden = map[string]func(path string, pid int) error{
	"fchmodat":  func(p string, _ int) error { return unix.Fchmodat(unix.AT_FDCWD, p, 0o777, 0) },
	"fchmodat2": func(p string, _ int) error { return onPath(unix.SYS_FCHMODAT2, p, 0o777, 0) },
	"fchownat":  func(p string, _ int) error { return unix.Fchownat(unix.AT_FDCWD, p, os.Getuid(), os.Getgid(), 0) },
	"utimensat": func(p string, _ int) error {
		return unix.UtimesNanoAt(unix.AT_FDCWD, p, make([]unix.Timespec, 2), 0)
	},
	"truncate":     func(p string, _ int) error { return unix.Truncate(p, 0) },
	"setxattr":     func(p string, _ int) error { return unix.Setxattr(p, "user.storyreel", []byte("x"), 0) },
	"setxattrat":   setxattrat,
	"removexattr":  func(p string, _ int) error { return unix.Removexattr(p, "user.storyreel") },
	"listxattrat":  func(p string, _ int) error { return onPath(unix.SYS_LISTXATTRAT, p, 0, 0) },
	"file_setattr": func(p string, _ int) error { return onPath(unix.SYS_FILE_SETATTR, p, 0, 0) },
	"link":         func(p string, _ int) error { return unix.Linkat(unix.AT_FDCWD, p, unix.AT_FDCWD, "linked", 0) },
	"mknodat":      func(string, int) error { return unix.Mknodat(unix.AT_FDCWD, "fifo", unix.S_IFIFO|0o600, 0) },
	"handle":       func(p string, _ int) error { _, _, err := unix.NameToHandleAt(unix.AT_FDCWD, p, 0); return err },
	"open_tree":    func(p string, _ int) error { _, err := unix.OpenTree(unix.AT_FDCWD, p, 0); return err },
	"mount":        func(p string, _ int) error { return unix.Mount("none", filepath.Dir(p), "tmpfs", 0, "") },
	"fsopen":       func(string, int) error { _, err := unix.Fsopen("tmpfs", 0); return err },
	"chroot":       func(p string, _ int) error { return unix.Chroot(filepath.Dir(p)) },

	"prlimit": func(_ string, pid int) error {
		return unix.Prlimit(pid, unix.RLIMIT_CPU, nil, &unix.Rlimit{})
	},
	"setpriority":        func(_ string, pid int) error { return unix.Setpriority(unix.PRIO_PROCESS, pid, 19) },
	"setpriority of all": func(string, int) error { return unix.Setpriority(unix.PRIO_USER, 0, 19) },
	"sched_setaffinity":  func(_ string, pid int) error { return unix.SchedSetaffinity(pid, &unix.CPUSet{1}) },
	"sched_setattr":      func(_ string, pid int) error { return unix.SchedSetAttr(pid, &unix.SchedAttr{}, 0) },
	"ioprio_set":         func(_ string, pid int) error { return raw(unix.SYS_IOPRIO_SET, 1, uintptr(pid), 3<<13) },
	"fcntl F_SETOWN":     func(_ string, pid int) error { _, err := unix.FcntlInt(0, unix.F_SETOWN, pid); return err },
	"kill":               func(_ string, pid int) error { return unix.Kill(pid, 0) },
	"tkill":              func(_ string, pid int) error { return raw(unix.SYS_TKILL, uintptr(pid), 0, 0) },
	"pidfd_open":         func(_ string, pid int) error { _, err := unix.PidfdOpen(pid, 0); return err },
	"process_vm_readv":   func(_ string, pid int) error { return raw(unix.SYS_PROCESS_VM_READV, uintptr(pid), 0, 0) },
	"process_mrelease":   func(_ string, pid int) error { return raw(unix.SYS_PROCESS_MRELEASE, uintptr(pid), 0, 0) },
	"ptrace": func(_ string, pid int) error {
		return raw(unix.SYS_PTRACE, unix.PTRACE_SEIZE, uintptr(pid), 0)
	},
	"kcmp":          func(_ string, pid int) error { return raw(unix.SYS_KCMP, uintptr(pid), uintptr(pid), 0) },
	"migrate_pages": func(_ string, pid int) error { return raw(unix.SYS_MIGRATE_PAGES, uintptr(pid), 0, 0) },
	"setpgid":       func(string, int) error { return unix.Setpgid(0, 0) },
	"setsid":        func(string, int) error { return raw(unix.SYS_SETSID, 0, 0, 0) },

	"socketpair": func(string, int) error {
		_, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
		return err
	},
	"shmget": func(string, int) error {
		_, err := unix.SysvShmGet(1, 4096, unix.IPC_CREAT|0o600)
		return err
	},
	"mq_open":           func(string, int) error { return raw(unix.SYS_MQ_OPEN, 0, 0, 0) },
	"unshare":           func(string, int) error { return unix.Unshare(unix.CLONE_NEWUSER) },
	"setns":             func(string, int) error { return unix.Setns(0, 0) },
	"io_uring_setup":    func(string, int) error { return raw(unix.SYS_IO_URING_SETUP, 1, 0, 0) },
	"io_uring_enter":    func(string, int) error { return raw(unix.SYS_IO_URING_ENTER, 0, 0, 0) },
	"io_uring_register": func(string, int) error { return raw(unix.SYS_IO_URING_REGISTER, 0, 0, 0) },
	"io_setup":          func(string, int) error { return raw(unix.SYS_IO_SETUP, 1, 0, 0) },
	"bpf":               func(string, int) error { return raw(unix.SYS_BPF, 0, 0, 0) },
	"perf_event_open":   func(string, int) error { return raw(unix.SYS_PERF_EVENT_OPEN, 0, 0, 0) },
	"userfaultfd":       func(string, int) error { return raw(unix.SYS_USERFAULTFD, 0, 0, 0) },
	"keyctl":            func(string, int) error { return raw(unix.SYS_KEYCTL, 0, 0, 0) },
	"add_key":           func(string, int) error { return raw(unix.SYS_ADD_KEY, 0, 0, 0) },
	"splice":            func(string, int) error { return raw(unix.SYS_SPLICE, 0, 0, 1) },
	"vmsplice":          func(string, int) error { return raw(unix.SYS_VMSPLICE, 0, 0, 0) },
	"memfd_create":      func(string, int) error { _, err := unix.MemfdCreate("m", 0); return err },
	"memfd_secret":      func(string, int) error { return raw(unix.SYS_MEMFD_SECRET, 0, 0, 0) },
	"execveat":          func(string, int) error { return raw(unix.SYS_EXECVEAT, 0, 0, 0) },
	"personality":       func(string, int) error { return raw(unix.SYS_PERSONALITY, 0xffffffff, 0, 0) },
	"seccomp":           func(string, int) error { return raw(unix.SYS_SECCOMP, unix.SECCOMP_GET_ACTION_AVAIL, 0, 0) },
	"landlock":          func(string, int) error { return raw(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, 1) },
	"ioctl TIOCSTI":     func(string, int) error { return unix.IoctlSetInt(0, unix.TIOCSTI, 0) },
	"clock_settime":     func(string, int) error { return raw(unix.SYS_CLOCK_SETTIME, 0, 0, 0) },
	"sethostname":       func(string, int) error { return unix.Sethostname([]byte("x")) },
	"syslog":            func(string, int) error { return raw(unix.SYS_SYSLOG, 10, 0, 0) },
	"a future call":     func(string, int) error { return raw(newestKnown+1, 0, 0, 0) },
}

func raw(nr, a, b, c uintptr) error {
	if _, _, errno := unix.Syscall6(nr, a, b, c, 0, 0, 0); errno != 0 {
		return errno
	}
	return nil
}

// onPath makes a call of the *at family on a path, with two numbers behind it.
func onPath(nr uintptr, path string, c, d uintptr) error {
	p, err := unix.BytePtrFromString(path)
	if err != nil {
		return err
	}
	cwd := unix.AT_FDCWD
	if _, _, errno := unix.Syscall6(nr, uintptr(cwd), uintptr(unsafe.Pointer(p)), c, d, 0, 0); errno != 0 {
		return errno
	}
	return nil
}

// setxattrat sets an attribute by the call of Linux 6.13.
func setxattrat(path string, _ int) error {
	p, err := unix.BytePtrFromString(path)
	if err != nil {
		return err
	}
	name, err := unix.BytePtrFromString("user.storyreel")
	if err != nil {
		return err
	}
	value := []byte("x")
	args := make([]byte, 16) // struct xattr_args: value, size, flags
	binary.NativeEndian.PutUint64(args, uint64(uintptr(unsafe.Pointer(&value[0]))))
	binary.NativeEndian.PutUint32(args[8:], uint32(len(value)))
	cwd := unix.AT_FDCWD
	if _, _, errno := unix.Syscall6(unix.SYS_SETXATTRAT, uintptr(cwd), uintptr(unsafe.Pointer(p)), 0,
		uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(&args[0])), uintptr(len(args))); errno != 0 {
		return errno
	}
	return nil
}

// makeCall is the attempt that makes a forbidden call: its name, a path and a
// process id.
func makeCall(args []string) error {
	pid, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	return forbidden[args[0]](args[1], pid)
}

// TestRun_DeniesCallsThatReachOutside makes every forbidden call inside the
// sandbox. The file belongs to this process, so outside the sandbox those on
// files would succeed.
func TestRun_DeniesCallsThatReachOutside(t *testing.T) {
	file := filepath.Join(t.TempDir(), "outside")
	require.NoError(t, os.WriteFile(file, []byte("secret"), 0o600))
	old := time.Unix(1_700_000_000, 0)
	require.NoError(t, os.Chtimes(file, old, old))
	dir := t.TempDir()
	for name := range forbidden {
		t.Run(name, func(t *testing.T) {
			_, e := try(t, t.Context(), Spec{Dir: dir}, "call", name, file, fmt.Sprint(os.Getpid()))
			require.NotNil(t, e, "not forbidden")
			require.Equal(t, attemptFailed, e.Status, e.Stderr)
			want := syscall.EACCES
			if name == "a future call" {
				want = syscall.ENOSYS
			}
			require.Contains(t, e.Stderr, want.Error())
		})
	}
	st, err := os.Stat(file)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), st.Mode().Perm())
	require.Equal(t, int64(6), st.Size())
	require.True(t, st.ModTime().Equal(old))
	_, err = unix.Getxattr(file, "user.storyreel", nil)
	require.Error(t, err)
}

// TestRun_DescriptorsOfInputsCannotChangeThem: a program holds its input open,
// and permissions of an open file can be changed without its path.
func TestRun_DescriptorsOfInputsCannotChangeThem(t *testing.T) {
	input := filepath.Join(t.TempDir(), "input")
	require.NoError(t, os.WriteFile(input, []byte("input"), 0o600))
	for name := range onDescriptor {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, ignoreUnsupported(changeInput([]string{name, input})),
				"must work outside the sandbox, else this test proves nothing")
			require.NoError(t, os.Chmod(input, 0o600))
			_, e := try(t, t.Context(), Spec{Read: []string{input}}, "change", name, input)
			require.NotNil(t, e, "not forbidden")
			require.Contains(t, e.Stderr, syscall.EACCES.Error())
		})
	}
	st, err := os.Stat(input)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), st.Mode().Perm())
}

// ignoreUnsupported passes over file systems without extended attributes.
func ignoreUnsupported(err error) error {
	if errors.Is(err, unix.ENOTSUP) {
		return nil
	}
	return err
}

var onDescriptor = map[string]func(fd int) error{
	"fchmod":    func(fd int) error { return unix.Fchmod(fd, 0o777) },
	"fchown":    func(fd int) error { return unix.Fchown(fd, os.Getuid(), os.Getgid()) },
	"fsetxattr": func(fd int) error { return unix.Fsetxattr(fd, "user.storyreel", []byte("x"), 0) },
	"futimens":  func(fd int) error { return unix.Futimes(fd, make([]unix.Timeval, 2)) },
}

// changeInput opens a file for reading and changes it by its descriptor.
func changeInput(args []string) error {
	f, err := os.Open(args[1])
	if err != nil {
		return err
	}
	defer f.Close()
	return onDescriptor[args[0]](int(f.Fd()))
}
