package check

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/landlock-lsm/go-landlock/landlock"
	"github.com/stretchr/testify/require"
)

// confined names the one folder that a confined process may write.
const confined = "INFRA_CHECK_WRITABLE"

// confine turns this process into the program of its arguments, which may read
// everything and write to one folder and the usual devices, as in a container
// with a read-only root.
func confine() {
	folder := os.Getenv(confined)
	if folder == "" {
		return
	}
	err := landlock.V1.RestrictPaths(landlock.RODirs("/"), landlock.RWDirs(folder), landlock.RWFiles("/dev/null"))
	if err == nil {
		err = os.Unsetenv(confined)
	}
	if err == nil {
		err = syscall.Exec(os.Args[1], os.Args[1:], os.Environ())
	}
	fmt.Fprintln(os.Stderr, "confine:", err)
	os.Exit(70)
}

// inReadOnlyRoot starts the binary with a data folder of its own, the only one
// that it may write, until the test ends.
func inReadOnlyRoot(t *testing.T, data string, env []string, args ...string) {
	t.Helper()
	bin, err := product()
	require.NoError(t, err)
	self, err := os.Executable()
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, self, append([]string{bin}, args...)...)
	cmd.Env = append(env, confined+"="+data, "STORYREEL_DATA="+data, "PATH="+os.Getenv("PATH"), "TMPDIR=/nonexistent")
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	require.NoError(t, err)
	cmd.Stdout, cmd.Stderr, cmd.Dir = log, log, "/"
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = time.Minute
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // ends with the signal
		if t.Failed() {
			text, _ := os.ReadFile(log.Name())
			t.Logf("%s", text)
		}
	})
}

// TestImage_ReadOnlyRootAndHealth runs API and worker of the image without
// their services but Redis, and asks the image's health check.
func TestImage_ReadOnlyRootAndHealth(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	socket := filepath.Join(dir, "s")
	redis, err := exec.LookPath("redis-server")
	if err != nil {
		redis, err = exec.LookPath("valkey-server")
	}
	require.NoError(t, err, "make deps installs it")
	server := exec.Command(redis, "--port", "0", "--unixsocket", socket, "--save", "", "--dir", dir)
	require.NoError(t, server.Start())
	t.Cleanup(func() { _ = server.Process.Kill(); _ = server.Wait() })
	require.Eventually(t, func() bool { _, err := os.Stat(socket); return err == nil }, time.Minute,
		10*time.Millisecond)

	for command, listen := range listens {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			env := []string{
				"STORYREEL_REDIS_URL=unix://" + socket, listen + "=" + freePort(t), "AWS_ACCESS_KEY_ID=x",
				"AWS_SECRET_ACCESS_KEY=x", "STORYREEL_S3_ENDPOINT=http://" + freePort(t), "STORYREEL_REVIEW_WORKERS=0",
			}
			if command == "work" {
				env = append(env, "STORYREEL_LISTEN="+freePort(t))
			}
			_, err := storyreel(t, env, "health")
			require.Error(t, err, "nothing runs yet")
			inReadOnlyRoot(t, t.TempDir(), env, command)
			require.Eventually(t, func() bool { _, err := storyreel(t, env, "health"); return err == nil },
				2*time.Minute, 100*time.Millisecond)
			for _, path := range probePaths { // storage is away, so /readyz has status 503
				_, address, _ := strings.Cut(env[1], "=")
				_, err := storyreel(t, nil, "health", "--url", "http://"+address+path)
				require.Equal(t, path == "/readyz", err != nil && strings.Contains(err.Error(), "has status 503"), err)
			}
		})
	}
}

// TestConfine_RefusesOtherFolders: the confinement is one.
func TestConfine_RefusesOtherFolders(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	require.NoError(t, err)
	inside, outside := t.TempDir(), t.TempDir()
	touch := func(file string) error {
		cmd := exec.CommandContext(t.Context(), self, "/bin/sh", "-c", `: >"$1"`, "sh", file)
		cmd.Env = append(os.Environ(), confined+"="+inside)
		return cmd.Run()
	}
	require.NoError(t, touch(filepath.Join(inside, "a")))
	require.Error(t, touch(filepath.Join(outside, "a")))
}
