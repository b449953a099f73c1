package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	llsys "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"

	"github.com/storyreel/storyreel/internal/machine"
)

// rssUnit is the unit of getrusage's ru_maxrss, in bytes.
const rssUnit = 1024

// minABI is the oldest Landlock ABI that can reach Full. 2 (Linux 5.19) has
// every file rule used here; what later ones add is denied by the filter of
// system calls as well: truncation by path (3), TCP (4), requests to devices
// (5), signals and abstract sockets (6). Debian 12's kernel has 2.
const minABI = 2

// New probes once which restrictions work on this machine and returns a Box
// of that level. In mode Require anything below Full is an error that names
// the missing restrictions. main must have called Main first.
func New(mode Mode) (*Box, error) {
	if !installed.Load() {
		return nil, ErrNotInstalled
	}
	// BestEffort does not report the rules it drops, so ask the kernel.
	abi := 0
	if v, err := llsys.LandlockGetABIVersion(); err == nil {
		abi = v
	}
	got, err := probe()
	if f := machine.Fault(err); f != nil {
		return nil, f // at another moment this machine may well reach Full
	}
	b := &Box{level: got.level(abi)}
	if mode == Require && b.level != Full {
		return nil,
			fmt.Errorf(
				"sandbox is %s, but full is required: landlock ABI %d, other files closed: %t, network closed: %t, "+
					"limits held: %t (%v)",
				b.level, abi, got.Files, got.Network, got.Limits, err)
	}
	return b, nil
}

// probeResult reports which restrictions the launcher found in force.
type probeResult struct {
	Files   bool // a readable file outside could not be opened
	Network bool // no socket could be created
	Limits  bool // rlimits are set
}

func (r probeResult) level(abi int) Level {
	switch {
	case r.Files && r.Network && r.Limits && abi >= minABI:
		return Full
	case r.Files || r.Network:
		return Partial
	}
	return None
}

// probe runs our own executable as launcher: it applies the restrictions and
// tries to break each one. The canary is a file outside its folder that it
// must fail to open.
func probe() (probeResult, error) {
	dir, err := os.MkdirTemp("", "storyreel-sandbox-")
	if err != nil {
		return probeResult{}, err
	}
	defer os.RemoveAll(dir)
	canary, inside := filepath.Join(dir, "canary"), filepath.Join(dir, "in")
	if err := os.Mkdir(inside, 0o700); err != nil {
		return probeResult{}, err
	}
	if err := os.WriteFile(canary, []byte("outside"), 0o600); err != nil {
		return probeResult{}, err
	}
	self, err := os.Executable()
	if err != nil {
		return probeResult{}, err
	}
	ctx, stop := context.WithTimeout(context.Background(), 10*time.Second)
	defer stop()
	var out bytes.Buffer
	s := withDefaults(Spec{Path: self, Dir: inside, Stdout: &out})
	l := newLaunchSpec(s, false)
	l.Canary = canary
	cmd, err := launcher(ctx, l)
	if err != nil {
		return probeResult{}, err
	}
	stderr := &ring{max: stderrKept}
	cmd.Stdout, cmd.Stderr = &out, stderr
	if err := cmd.Run(); err != nil {
		return probeResult{}, fmt.Errorf("%w: %s", err, lastLine(stderr.String()))
	}
	var r probeResult
	return r, json.Unmarshal(out.Bytes(), &r)
}

// command prepares the launcher process that will exec s.Path.
func (b *Box) command(ctx context.Context, s Spec) (*exec.Cmd, *handshake, error) {
	cmd, err := launcher(ctx, newLaunchSpec(s, b.level == Full))
	if err != nil {
		return nil, nil, err
	}
	h, err := newHandshake(cmd)
	return cmd, h, err
}

// launcher prepares to start our own executable as launcher. /proc/self/exe
// still works after the file has been replaced by a newer version.
func launcher(ctx context.Context, l launchSpec) (*exec.Cmd, error) {
	j, err := json.Marshal(l)
	if err != nil {
		return nil, fmt.Errorf("sandbox launch spec: %w", err)
	}
	cmd := exec.CommandContext(ctx, "/proc/self/exe", launcherArg)
	cmd.Env = []string{specVar + "=" + string(j)}
	cmd.Dir = "/"
	if l.Dir != "" {
		cmd.Dir = l.Dir
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Setpgid:   true,            // one kill then reaches all descendants
		Pdeathsig: syscall.SIGKILL, // it does not outlive a killed worker
	}
	return cmd, nil
}

// endGroup sends the process group SIGTERM, and SIGKILL after grace.
func endGroup(pid int, grace time.Duration) error {
	time.AfterFunc(grace, func() { _ = unix.Kill(-pid, unix.SIGKILL) })
	return unix.Kill(-pid, unix.SIGTERM)
}

// reapGroup waits until the group leader has exited, without reaping it, and
// kills the rest of its group before the group id can be reused.
func reapGroup(pid int) {
	var info unix.Siginfo
	for {
		err := unix.Waitid(unix.P_PID, pid, &info, unix.WEXITED|unix.WNOWAIT, nil)
		if err == unix.EINTR {
			continue
		}
		break
	}
	_ = unix.Kill(-pid, unix.SIGKILL)
}
