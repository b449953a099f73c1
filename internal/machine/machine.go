// Package machine distinguishes faults of this machine from those of an input:
// it classifies errors of system calls, and measures free space and memory.
package machine

import (
	"errors"
	"syscall"

	"github.com/storyreel/storyreel/internal/fault"
)

// CodeDiskFull is the code of a write without room.
const CodeDiskFull = "disk.full"

// Faults of a machine. All are Unavailable and Local.
var (
	errDiskFull = fault.New(fault.Unavailable, CodeDiskFull,
		"There is not enough disk space at the moment; the work will be retried.").OfMachine()
	errDisk = fault.New(fault.Unavailable, "disk.failed",
		"A disk cannot be read or written at the moment; the work will be retried.").OfMachine()
	errMemory = fault.New(fault.Unavailable, "machine.memory",
		"There is not enough memory at the moment; the work will be retried.").OfMachine()
	errFiles = fault.New(fault.Unavailable, "machine.files",
		"Too many files are open at the moment; the work will be retried.").OfMachine()
)

// causes lists the errors of system calls that no input can cause.
var causes = map[syscall.Errno]*fault.Error{
	syscall.ENOSPC: errDiskFull, syscall.EDQUOT: errDiskFull, syscall.EFBIG: errDiskFull,
	syscall.EIO: errDisk, syscall.EROFS: errDisk, syscall.ENXIO: errDisk, syscall.ENODEV: errDisk,
	syscall.ESTALE: errDisk,
	syscall.ENOMEM: errMemory,
	syscall.EMFILE: errFiles, syscall.ENFILE: errFiles,
}

// Fault returns the fault of a machine that err comes from, with err as its
// cause; nil when err has no such cause. It looks at the number of the system
// call's error, never at a text.
func Fault(err error) *fault.Error {
	var n syscall.Errno
	if !errors.As(err, &n) || causes[n] == nil {
		return nil
	}
	return causes[n].Because(err)
}

// OrFault returns Fault(err) where there is one and err otherwise. An error
// that is Local already stays as it is.
func OrFault(err error) error {
	if f := Fault(err); f != nil && !fault.IsLocal(err) {
		return f
	}
	return err
}
