//go:build !linux

package sandbox

import (
	"context"
	"fmt"
	"os/exec"
	"syscall"
	"time"
)

const rssUnit = 1 // macOS counts bytes

// handshake does nothing where there is no launcher.
type handshake struct{}

func (handshake) started() {}

func (handshake) executed() bool { return true }

func (handshake) close() {}

// Main does nothing where there is no launcher.
func Main() {}

// New returns a Box of level None: process group, timeout and a bounded
// stderr only. In mode Require it fails.
func New(mode Mode) (*Box, error) {
	if mode == Require {
		return nil, fmt.Errorf("sandbox is none, but full is required: its restrictions need Linux")
	}
	return &Box{level: None}, nil
}

func (b *Box) command(ctx context.Context, s Spec) (*exec.Cmd, handshake, error) {
	cmd := exec.CommandContext(ctx, s.Path, s.Args...)
	cmd.Env = cleanEnv()
	cmd.Dir = "/"
	if s.Dir != "" {
		cmd.Dir = s.Dir
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd, handshake{}, nil
}

func endGroup(pid int, grace time.Duration) error {
	time.AfterFunc(grace, func() { _ = syscall.Kill(-pid, syscall.SIGKILL) })
	return syscall.Kill(-pid, syscall.SIGTERM)
}

func reapGroup(int) {}
