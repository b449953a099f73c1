package testkit

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// mountsVar marks the child process of OwnMounts; its value is how small disks
// are made there.
const mountsVar = "STORYREEL_TEST_MOUNTS"

// Ways to make a small disk.
const (
	byMount = "mount" // a tmpfs of that size
	byFill  = "fill"  // what is free in sharedMemory is filled but for that size
)

// sharedMemory is a file system in memory that containers have, and may write
// to even where they may not mount. Its size is 64 MB in most of them.
const sharedMemory = "/dev/shm"

// maxFill is how many bytes of memory are used to fill sharedMemory.
const maxFill = 1 << 30

// OwnMounts runs the calling test, which must be a top-level one, again in a
// child process that can make small disks, and returns true in the child. In
// the parent it returns false when the child has passed, and fails the test
// otherwise.
func OwnMounts(t *testing.T) bool {
	t.Helper()
	switch os.Getenv(mountsVar) {
	case byMount:
		requireNoError(t, "private mounts", unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""))
		return true
	case byFill:
		return true
	}
	var denied error
	for _, way := range []struct {
		name string
		attr *syscall.SysProcAttr
	}{
		{byMount, &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}},
		{byMount, &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWNS | syscall.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
		}},
		{byFill, nil},
	} {
		way.attr = withParentDeath(way.attr)
		cmd := exec.CommandContext(t.Context(), "/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.count=1",
			"-test.timeout=55m", "-test.v")
		cmd.Env = append(os.Environ(), mountsVar+"="+way.name)
		cmd.SysProcAttr = way.attr
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) { // it was not allowed to start
			denied = errors.Join(denied, err)
			continue
		}
		t.Logf("with small disks by %s:\n%s", way.name, out)
		if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
			t.Fatalf("failed with small disks: %v", err)
		}
		return false
	}
	t.Fatalf("no small disk can be made: %v", denied)
	return false
}

func withParentDeath(a *syscall.SysProcAttr) *syscall.SysProcAttr {
	if a == nil {
		a = &syscall.SysProcAttr{}
	}
	a.Pdeathsig = syscall.SIGKILL
	return a
}

// SmallDisk returns a folder on a file system with that many free bytes, for
// a test for which OwnMounts returned true. remove ends it; nothing may be open
// in it then.
func SmallDisk(t *testing.T, bytes int64) (dir string, remove func()) {
	t.Helper()
	if os.Getenv(mountsVar) == byFill {
		return filledDisk(t, bytes)
	}
	dir = t.TempDir()
	requireNoError(t, "mount tmpfs", unix.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0700", bytes)))
	return dir, func() { requireNoError(t, "unmount tmpfs", unix.Unmount(dir, 0)) }
}

// filledDisk fills sharedMemory but for that many bytes.
func filledDisk(t *testing.T, bytes int64) (string, func()) {
	t.Helper()
	dir, err := os.MkdirTemp(sharedMemory, scratchPrefix+"disk-")
	requireNoError(t, "folder in shared memory", err)
	var st unix.Statfs_t
	requireNoError(t, "size of shared memory", unix.Statfs(dir, &st))
	if fill := int64(st.Bavail)*st.Bsize - bytes; fill > maxFill {
		t.Fatalf("no small disk can be made: mounting is not allowed, and %s has %d MB", sharedMemory, fill>>20)
	} else if fill > 0 {
		f, err := os.Create(filepath.Join(dir, "filler"))
		requireNoError(t, "fill shared memory", err)
		requireNoError(t, "fill shared memory", unix.Fallocate(int(f.Fd()), 0, 0, fill))
		requireNoError(t, "fill shared memory", f.Close())
	}
	sub := filepath.Join(dir, "disk")
	requireNoError(t, "folder in shared memory", os.Mkdir(sub, 0o700))
	remove := func() { requireNoError(t, "free shared memory", os.RemoveAll(dir)) }
	t.Cleanup(remove)
	return sub, remove
}
