// Package sandbox runs one program on hostile input and confines it: even
// when the input takes the program over, it reaches no file but its own, no
// network and no other process, and uses no more memory, time or disk than
// its limits.
//
// The restrictions need no helper binary, capability, user namespace or cgo.
// Our own executable is started again as a launcher (see Main), which
// restricts itself with rlimits, Landlock and seccomp and then execs the
// program. New probes at boot which restrictions work; the result is the
// Level of the Box.
package sandbox

import (
	"errors"
	"fmt"
	"io"
	"time"
)

// Level says which restrictions work on this machine.
type Level string

// The levels, weakest first.
const (
	None    Level = "none"    // process group and timeout only (not Linux, or the kernel refused the rest)
	Partial Level = "partial" // some restrictions; the network or other files are within reach
	Full    Level = "full"    // files, network and limits are all restricted
)

// Mode says what to do on a machine that cannot reach Full.
type Mode string

// The two modes; the zero value is Auto.
const (
	Auto    Mode = "auto"    // run at the level this machine has
	Require Mode = "require" // New fails below Full
)

// ParseMode parses a configuration value; empty means Auto.
func ParseMode(s string) (Mode, error) {
	switch Mode(s) {
	case "", Auto:
		return Auto, nil
	case Require:
		return Require, nil
	}
	return "", fmt.Errorf("sandbox mode %q: want require or auto", s)
}

// Spec describes one run. Paths must be absolute; Path and Args are never
// passed to a shell.
type Spec struct {
	Path string   // the program; the only file it may execute
	Args []string // without the program's name
	Read []string // files it may read, besides libraries; a missing one fails the start
	// Devices are device files it may read, write and control by ioctl; missing
	// ones are left out. With any, it may also read the kernel's device
	// descriptions in /sys and /proc, which drivers need.
	Devices []string
	Dir     string // working directory that it may read and write; empty: / without access

	CPU       time.Duration // user and system time, rounded up to whole seconds; 0: 60 s. Reaching it kills
	Wall      time.Duration // 0: no limit but the context's
	Memory    int64         // bytes of address space (RLIMIT_AS); 0: 2 GiB
	FileSize  int64         // maximum size of one written file, bytes; 0: 1 GiB
	OpenFiles int           // file descriptors; 0: 64
	// Nice is the niceness, 0…19; that of the caller remains where it is
	// higher, and where there is no launcher.
	Nice int

	Stdout io.Writer // receives standard output, from one goroutine; nil discards it
	Stderr *string   // receives the last 64 kB of stderr, also after success; nil discards it
	// Grace is the time between SIGTERM and SIGKILL when the context ends;
	// 0: 500 ms, maximum 1500 ms.
	Grace time.Duration
}

// Usage is the resource use of a run.
type Usage struct {
	CPU    time.Duration // user and system time of the program and its reaped children
	Wall   time.Duration
	MaxRSS int64 // peak resident bytes; never below the launching process's own, which the kernel carries over
	Level  Level // of the Box it ran in
}

// Add returns the use of both runs: the sum of the times and the maximum of
// the peaks. A Level of v replaces that of u.
func (u Usage) Add(v Usage) Usage {
	u.CPU += v.CPU
	u.Wall += v.Wall
	u.MaxRSS = max(u.MaxRSS, v.MaxRSS)
	if v.Level != "" {
		u.Level = v.Level
	}
	return u
}

// Reason says why a run failed.
type Reason string

// The reasons an ExitError gives.
const (
	Exited        Reason = "exited"    // the program exited with a status other than 0
	Crashed       Reason = "crashed"   // a signal caused by the program itself: SEGV, ABRT, BUS, FPE, ILL, SYS, TRAP
	CPULimit      Reason = "cpu_limit" // reached Spec.CPU
	Timeout       Reason = "wall"      // ran longer than Spec.Wall
	FileSizeLimit Reason = "file_size" // a file reached Spec.FileSize
	Killed        Reason = "killed"    // SIGKILL from elsewhere, such as the kernel out of memory
	Canceled      Reason = "canceled"  // the caller's context ended
	LaunchFailed  Reason = "launcher"  // the program was not started, or not with its restrictions and libraries
)

// ExitError describes a failed run.
type ExitError struct {
	Reason Reason
	Status int    // exit status, -1 when a signal ended it
	Signal string // name of the signal, empty when it exited
	Stderr string // last 64 kB of stderr; for the log only
	Err    error  // cause of the context's end with Reason Canceled; with LaunchFailed what prevented the start
}

// Error returns the reason and the last line of stderr.
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

// Unwrap returns Err.
func (e *ExitError) Unwrap() error { return e.Err }

// ErrNotInstalled means that main does not call Main first: started again as
// launcher, the executable would run as usual instead.
var ErrNotInstalled = errors.New("sandbox.Main was not called first thing in main")

// Box runs programs under the restrictions that work on this machine. It is
// safe for concurrent use.
type Box struct{ level Level }

// Level returns which restrictions New found to work.
func (b *Box) Level() Level { return b.level }
