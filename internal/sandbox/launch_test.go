package sandbox

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRun_DistinguishesAFailedStartFromAFailedProgram: only the first is the fault of
// the machine, whatever status and message the program ends with.
func TestRun_DistinguishesAFailedStartFromAFailedProgram(t *testing.T) {
	for name, c := range map[string]struct {
		args   []string
		reason Reason
	}{
		"status of the launcher":      {[]string{"125", "sandbox: exec ffmpeg"}, Exited},
		"status of a crashed runtime": {[]string{"2", "fatal error: out of memory\nsandbox.Main()"}, Exited},
		"status without a message":    {[]string{"127", "Invalid data found"}, Exited},
		"no library": {
			[]string{"127", "ffmpeg: error while loading shared libraries: libx264.so.164: Cannot allocate memory"},
			LaunchFailed,
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, e := try(t, t.Context(), Spec{}, "exit", c.args...)
			require.NotNil(t, e)
			require.Equal(t, c.reason, e.Reason)
		})
	}
}

func TestRun_ReportsAProgramThatCannotBeStarted(t *testing.T) {
	dir := t.TempDir()
	text, locked := filepath.Join(dir, "text"), filepath.Join(dir, "locked")
	require.NoError(t, os.WriteFile(text, []byte("half of a program"), 0o755))
	require.NoError(t, os.WriteFile(locked, nil, 0o644))
	for name, s := range map[string]Spec{
		"missing":          {Path: filepath.Join(dir, "ffmpeg")},
		"half written":     {Path: text},
		"not executable":   {Path: locked},
		"input is gone":    {Path: text, Read: []string{filepath.Join(dir, "source")}},
		"folder is gone":   {Path: text, Dir: filepath.Join(dir, "work")},
		"folder is a file": {Path: text, Dir: text},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := newBox(t).Run(t.Context(), s)
			var e *ExitError
			require.ErrorAs(t, err, &e)
			require.Equal(t, LaunchFailed, e.Reason)
		})
	}
}

// TestRun_FailsTheStartUnderInheritedLimits: a service manager or a shell may
// give this process less than a program needs.
func TestRun_FailsTheStartUnderInheritedLimits(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	for name, ulimit := range map[string]string{
		"address space": "ulimit -v 1800000", // kB; 2 GiB are the default of a Spec
		"file size":     "ulimit -f 1024",    // blocks of 512 bytes or 1 kB
		"descriptors":   "ulimit -n 40",
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command("/bin/sh", "-c", ulimit+` && exec "$0" "$1"`, self, attemptArg+"box")
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, "%s", out)
			require.Equal(t, string(LaunchFailed), string(out))
		})
	}
}

// TestExitError_OfALauncherThatWasKilled: SIGKILL before the program began.
func TestExitError_OfALauncherThatWasKilled(t *testing.T) {
	cmd := exec.Command("/bin/sh", "-c", "kill -9 $$")
	require.Error(t, cmd.Run())
	require.Equal(t, LaunchFailed, exitError(cmd.ProcessState, false, "", Usage{}, withDefaults(Spec{})).Reason)
	e := exitError(cmd.ProcessState, true, "", Usage{}, withDefaults(Spec{}))
	require.Equal(t, Killed, e.Reason)
	require.Equal(t, syscall.SIGKILL.String(), e.Signal)
}
