// Package sandbox runs one program on hostile input so that whatever the
// input makes of it can reach nothing: no file but its own, no network, no
// other process, and no more memory, time or disk than it was given.
//
// The walls need no helper binary, capability, user namespace or cgo. Our own
// executable is started again as a launcher (see Main); it limits itself with
// rlimits, Landlock and seccomp and then becomes the program. What held when
// it was tried at boot is the box's Level.
package sandbox

import (
	"errors"
	"fmt"
	"io"
	"time"
)

// Level says which walls held when they were tried on this machine.
type Level string

// The levels, weakest first.
const (
	None    Level = "none"    // no wall beyond process group and time (not Linux, or everything refused)
	Partial Level = "partial" // some walls: the network or other files stay within reach
	Full    Level = "full"    // files, network and limits all tried and held
)

// Mode says what to do on a machine that cannot give the full box.
type Mode string

// The two modes; the zero value is Auto.
const (
	Auto    Mode = "auto"    // run with what the machine gives and say so
	Require Mode = "require" // refuse to work below Full
)

// ParseMode reads a configuration value; empty means Auto.
func ParseMode(s string) (Mode, error) {
	switch Mode(s) {
	case "", Auto:
		return Auto, nil
	case Require:
		return Require, nil
	}
	return "", fmt.Errorf("sandbox mode %q: want require or auto", s)
}

// Spec is one run. Paths must be absolute; Path and Args are never given to
// a shell.
type Spec struct {
	Path string   // the program; the only file of the system it may execute
	Args []string // without the program's name
	Read []string // files it may read, beyond libraries; a missing one fails the start
	// Devices are device files it may use in every way. With any, it may also
	// read what the kernel says of devices, as drivers do. Missing ones are left out.
	Devices []string
	Dir     string // folder it may read and write, and its working directory; empty for none

	CPU    time.Duration // user+sys, whole seconds rounded up; 0 means 60 s. Reaching it kills
	Wall   time.Duration // 0 means no limit beyond the context's
	Memory int64         // bytes of address space (RLIMIT_AS); 0 means 2 GiB
	File   int64         // greatest size of one written file, bytes; 0 means 1 GiB
	Files  int           // open descriptors; 0 means 64

	Stdout io.Writer // receives what the program prints; nil discards. Called from one goroutine
	Said   *string   // receives the last 64 kB of stderr, also when all went well; nil discards
	Grace  time.Duration
	// Grace is the time between asking (SIGTERM) and killing (SIGKILL) when
	// the context ends; 0 means 500 ms, more than 1500 ms is cut to that.
}

// Usage is what a run cost.
type Usage struct {
	CPU    time.Duration // user and system time of the program and its waited-for children
	Wall   time.Duration
	MaxRSS int64 // bytes, peak resident; never below the launching process's own, which the kernel carries over
	Level  Level // the walls it ran behind
}

// Add joins the cost of a further run: times add up, peaks do not.
func (u Usage) Add(v Usage) Usage {
	u.CPU += v.CPU
	u.Wall += v.Wall
	u.MaxRSS = max(u.MaxRSS, v.MaxRSS)
	if v.Level != "" {
		u.Level = v.Level
	}
	return u
}

// Reason says how a run ended that did not succeed.
type Reason string

// The reasons an ExitError gives.
const (
	Exited   Reason = "exited"    // the program itself gave up with a status
	Crashed  Reason = "crashed"   // a signal that a program earns: SEGV, ABRT, BUS, FPE, ILL, SYS
	CPULimit Reason = "cpu_limit" // used up Spec.CPU
	WallOver Reason = "wall"      // ran longer than Spec.Wall
	FileOver Reason = "file_size" // a file outgrew Spec.File
	Killed   Reason = "killed"    // SIGKILL from elsewhere, as the kernel does when memory runs out
	Canceled Reason = "canceled"  // the caller's context ended
	NotBuilt Reason = "launcher"  // the walls could not be put up; nothing was run
)

// ExitError is a run that ended badly.
type ExitError struct {
	Reason Reason
	Status int    // exit status, -1 when a signal ended it
	Signal string // name of the signal, empty when it exited
	Stderr string // last 64 kB of what the program said; for the log only
	Err    error  // the context's end, if that was the cause
}

// Error gives the reason and the last line the program printed.
func (e *ExitError) Error() string {
	s := "sandboxed program " + string(e.Reason)
	if e.Signal != "" {
		s += " by " + e.Signal
	} else if e.Status > 0 {
		s += fmt.Sprintf(" with status %d", e.Status)
	}
	if l := lastLine(e.Stderr); l != "" {
		s += ": " + l
	}
	return s
}

// Unwrap returns the context's end, if that was the cause.
func (e *ExitError) Unwrap() error { return e.Err }

// ErrNotInstalled means that the program does not call Main first thing, so
// that starting it again as launcher would start all of it again.
var ErrNotInstalled = errors.New("sandbox.Main was not called first thing in main")

// Box is a machine's way of running programs, with the level it was found to
// give. It is safe for use by several goroutines.
type Box struct {
	level Level
	abi   int
}

// Level returns what held when the walls were tried.
func (b *Box) Level() Level { return b.level }

// ABI returns the kernel's Landlock version, 0 when it has none.
func (b *Box) ABI() int { return b.abi }
