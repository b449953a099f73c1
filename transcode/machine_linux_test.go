package transcode

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/machine"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/sandbox"
	"github.com/storyreel/storyreel/internal/testkit/clips"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// killChildren kills every child of this process as soon as it appears, before
// or after it has become ffmpeg or ffprobe, until end is called.
func killChildren() (end func()) {
	quit, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-quit:
				return
			case <-tick.C:
			}
			tasks, _ := filepath.Glob("/proc/self/task/*/children")
			for _, t := range tasks {
				list, _ := os.ReadFile(t) // the thread may be gone
				for _, pid := range strings.Fields(string(list)) {
					if n, err := strconv.Atoi(pid); err == nil {
						_ = syscall.Kill(n, syscall.SIGKILL) // it may have ended
					}
				}
			}
		}
	}()
	return func() { close(quit); <-ended }
}

// TestRun_KilledProgramsBlameNobody kills ffmpeg and ffprobe with SIGKILL, as
// the kernel does when memory runs out.
func TestRun_KilledProgramsBlameNobody(t *testing.T) {
	tr := transcoder(t)
	src := clips.Get(t, "portrait-hevc")
	findings := &media.Findings{Silent: true}
	review := newPlan(t, tr, src, plan.Options{Profile: plan.Review})
	publish := newPlan(t, tr, src, plan.Options{Profile: plan.Publish, Findings: findings})
	for name, run := range map[string]func(dir string) error{
		"probe": func(string) error {
			_, err := tr.Probe(t.Context(), src, refusal.DefaultLimits())
			return err
		},
		"review":  func(dir string) error { _, err := tr.Run(t.Context(), review, src, dir, nil); return err },
		"publish": func(dir string) error { _, err := tr.Run(t.Context(), publish, src, dir, nil); return err },
		"publish while it encodes": func(dir string) error {
			end := func() {}
			_, err := tr.Run(t.Context(), publish, src, dir, func(p Progress) {
				if p.Fraction > 0.1 {
					end()
					end = killChildren()
				}
			})
			end()
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			end := func() {}
			if name != "publish while it encodes" {
				end = killChildren()
			}
			err := run(dir)
			end()
			require.Equal(t, refusal.CodeKilled, fault.CodeOf(err), "%v", err)
			require.Equal(t, fault.Unavailable, fault.KindOf(err))
			left, err := os.ReadDir(dir)
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
}

// TestRun_ProgramsThatAreGone: an upgrade removes or replaces them while the
// worker runs.
func TestRun_ProgramsThatAreGone(t *testing.T) {
	src := clips.Get(t, "no-audio")
	p := newPlan(t, transcoder(t), src, plan.Options{Profile: plan.Review})
	dir := t.TempDir()
	programs := map[string]string{}
	for _, name := range []string{"ffmpeg", "ffprobe"} {
		path, err := exec.LookPath(name)
		require.NoError(t, err)
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		programs[name] = filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(programs[name], b, 0o755))
	}
	tr, err := New(Options{FFmpeg: programs["ffmpeg"], FFprobe: programs["ffprobe"], Sandbox: sandbox.Require})
	require.NoError(t, err)
	_, err = tr.Run(t.Context(), p, src, t.TempDir(), nil)
	require.NoError(t, err, "the copies work")
	for name, change := range map[string]func(path string) error{
		"half written": func(path string) error { return os.WriteFile(path, []byte("\x7fELF"), 0o755) },
		"missing":      os.Remove,
	} {
		t.Run(name, func(t *testing.T) {
			for _, path := range programs {
				if _, err := os.Stat(path); err == nil {
					require.NoError(t, change(path))
				}
			}
			_, err := tr.Run(t.Context(), p, src, t.TempDir(), nil)
			require.True(t, fault.IsLocal(err), "%v", err)
			_, err = tr.Probe(t.Context(), src, refusal.DefaultLimits())
			require.True(t, fault.IsLocal(err), "%v", err)
		})
	}
}

// TestProbe_OfAFileThatCannotBeRead: the first page of /proc/self/mem answers
// EIO, as a failed disk does.
func TestProbe_OfAFileThatCannotBeRead(t *testing.T) {
	err := machineFault(explainUnread(refusal.Corrupt(), "/proc/self/mem"))
	require.Equal(t, "disk.failed", fault.CodeOf(err))
	require.True(t, fault.IsLocal(err))
	whole := clips.Get(t, "no-audio")
	require.Equal(t, refusal.CodeCorrupt, fault.CodeOf(explainUnread(refusal.Corrupt(), whole)))
	require.Equal(t, refusal.CodeDiskFull, fault.CodeOf(machineFault(machine.OfDisk(syscall.ENOSPC))))
}
