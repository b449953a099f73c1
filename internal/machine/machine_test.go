package machine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
)

// TestFault_GoesByTheSystemCallsError: a fault that only mentions a full disk
// is none of the machine's, and one of the input that a full disk caused is.
func TestFault_GoesByTheSystemCallsError(t *testing.T) {
	t.Parallel()
	damaged := fault.New(fault.Invalid, "truncated_or_corrupt", "The file is damaged.")
	for name, c := range map[string]struct {
		err  error
		code string
	}{
		"no error":                {nil, ""},
		"disk full":               {&os.PathError{Op: "write", Err: syscall.ENOSPC}, "disk.full"},
		"over the quota":          {fmt.Errorf("write: %w", syscall.EDQUOT), "disk.full"},
		"over the inherited size": {syscall.EFBIG, "disk.full"},
		"unreadable disk":         {&os.PathError{Op: "read", Err: syscall.EIO}, "disk.failed"},
		"read-only disk":          {syscall.EROFS, "disk.failed"},
		"out of memory":           {os.NewSyscallError("fork", syscall.ENOMEM), "machine.memory"},
		"process's descriptors":   {&os.PathError{Op: "open", Err: syscall.EMFILE}, "machine.files"},
		"system's descriptors":    {syscall.ENFILE, "machine.files"},
		"below another fault":     {damaged.Because(syscall.ENOSPC), "disk.full"},
		"joined":                  {errors.Join(errors.New("first"), syscall.EIO), "disk.failed"},
		"text alone":              {damaged.Because(errors.New("No space left on device")), ""},
		"missing file":            {&os.PathError{Op: "open", Err: syscall.ENOENT}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := Fault(c.err)
			if c.code == "" {
				require.Nil(t, f)
				require.Equal(t, c.err, OrFault(c.err))
				return
			}
			require.Equal(t, c.code, f.Code)
			require.Equal(t, fault.Unavailable, f.Kind)
			require.True(t, fault.IsLocal(OrFault(c.err)))
			require.ErrorIs(t, f, c.err)
		})
	}
}

func TestTryRead_FindsAFileThatCannotBeRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "whole"), []byte("video"), 0o600))
	require.NoError(t, TryRead(dir, filepath.Join(dir, "whole")))
	err := TryRead("/proc/self/mem") // its first page is not mapped, so that the kernel answers EIO
	require.Equal(t, "disk.failed", fault.CodeOf(err))
	require.Equal(t, "disk.failed", fault.CodeOf(TryRead(filepath.Join(dir, "absent"))))
}

func TestTryWrite_LeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, TryWrite(dir, 64<<10))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
	s, err := SpaceAt(dir)
	require.NoError(t, err)
	require.Positive(t, s.Free)
	require.GreaterOrEqual(t, s.Total, s.Free)
	require.False(t, s.Full(1))
	require.True(t, s.Full(s.Total+1))
	require.True(t, Space{Free: 1 << 30}.Full(1), "no file is left")
	require.False(t, Space{Free: 1 << 30, Files: -1}.Full(1))
}

func TestMemoryShort_ByWhatTheKernelReports(t *testing.T) {
	t.Parallel()
	const roomy = "MemAvailable: 4000000 kB\nSwapFree: 0 kB\nCommitLimit: 9000000 kB\nCommitted_AS: 8000000 kB\n"
	for name, c := range map[string]struct {
		info   string
		strict bool
		short  bool
	}{
		"room":                  {roomy, false, false},
		"little to promise":     {roomy, true, true},
		"little available":      {"MemAvailable: 50000 kB\nSwapFree: 1000 kB\n", false, true},
		"swap is left":          {"MemAvailable: 50000 kB\nSwapFree: 900000 kB\n", false, false},
		"nothing is reported":   {"", false, false},
		"lines of another kind": {"HugePages: many\n", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.short, memoryShort([]byte(c.info), c.strict, 4<<30))
		})
	}
}
