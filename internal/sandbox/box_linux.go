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
)

// rssUnit is how many bytes getrusage counts by.
const rssUnit = 1024

// minABI is the oldest Landlock that can be full: 2 has every file rule we
// use but truncation, which seccomp forbids here. Debian 12's kernel has 2.
const minABI = 2

// New tries the walls on this machine once and returns a box that runs
// behind those that held. In mode Require anything below Full is an error
// that names what is missing. The program must call Main first thing.
func New(mode Mode) (*Box, error) {
	if !installed.Load() {
		return nil, ErrNotInstalled
	}
	b := &Box{}
	// BestEffort is silent about what it leaves out, so ask the kernel.
	if v, err := llsys.LandlockGetABIVersion(); err == nil {
		b.abi = v
	}
	got, err := b.try()
	b.level = got.level(b.abi)
	if mode == Require && b.level != Full {
		return nil,
			fmt.Errorf(
				"sandbox is %s, but full is required: landlock ABI %d, other files closed: %t, network closed: %t, "+
					"limits held: %t (%v)",
				b.level, b.abi, got.Files, got.Network, got.Limits, err)
	}
	return b, nil
}

// tried is what the launcher found when it ran against its own walls.
type tried struct {
	Files   bool // a readable file outside could not be opened
	Network bool // no socket could be made
	Limits  bool // rlimits stand
}

func (t tried) level(abi int) Level {
	switch {
	case t.Files && t.Network && t.Limits && abi >= minABI:
		return Full
	case t.Files || t.Network:
		return Partial
	}
	return None
}

// try runs the launcher on itself: it puts up the walls and runs against
// them, with a canary outside for it to read.
func (b *Box) try() (tried, error) {
	dir, err := os.MkdirTemp("", "storyreel-sandbox-")
	if err != nil {
		return tried{}, err
	}
	defer os.RemoveAll(dir)
	canary, inside := filepath.Join(dir, "canary"), filepath.Join(dir, "in")
	if err := os.Mkdir(inside, 0o700); err != nil {
		return tried{}, err
	}
	if err := os.WriteFile(canary, []byte("outside"), 0o600); err != nil {
		return tried{}, err
	}
	self, err := os.Executable()
	if err != nil {
		return tried{}, err
	}
	ctx, stop := context.WithTimeout(context.Background(), 10*time.Second)
	defer stop()
	var out bytes.Buffer
	s := withDefaults(Spec{Path: self, Dir: inside, Stdout: &out})
	o := orderOf(s, false)
	o.Canary = canary
	cmd, err := launcher(ctx, o)
	if err != nil {
		return tried{}, err
	}
	said := &ring{max: stderrKept}
	cmd.Stdout, cmd.Stderr = &out, said
	if err := cmd.Run(); err != nil {
		return tried{}, fmt.Errorf("%w: %s", err, lastLine(said.String()))
	}
	var t tried
	return t, json.Unmarshal(out.Bytes(), &t)
}

// command prepares the launcher that will become s.Path.
func (b *Box) command(ctx context.Context, s Spec) (*exec.Cmd, error) {
	return launcher(ctx, orderOf(s, b.level == Full))
}

// launcher starts our own executable again; /proc/self/exe still works when
// the file has been replaced by a newer version meanwhile.
func launcher(ctx context.Context, o order) (*exec.Cmd, error) {
	j, err := json.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("sandbox order: %w", err)
	}
	cmd := exec.CommandContext(ctx, "/proc/self/exe", launchWord)
	cmd.Env = []string{orderVar + "=" + string(j)}
	cmd.Dir = "/"
	if o.Dir != "" {
		cmd.Dir = o.Dir
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Setpgid:   true,            // so that one kill reaches children of children
		Pdeathsig: syscall.SIGKILL, // so that it does not outlive a killed worker
	}
	return cmd, nil
}

// endGroup asks the group to stop and kills it after grace.
func endGroup(pid int, grace time.Duration) error {
	time.AfterFunc(grace, func() { _ = unix.Kill(-pid, unix.SIGKILL) })
	return unix.Kill(-pid, unix.SIGTERM)
}

// reapGroup waits until the leader has ended and, before its id can be given
// to anybody else, kills what it left behind in its group.
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
