package check

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/stretchr/testify/require"
)

// root is the repository's root.
const root = "../.."

func TestMain(m *testing.M) {
	confine() // the helper of tests with a read-only root; returns in any other process
	code := m.Run()
	if scratch != "" {
		if err := os.RemoveAll(scratch); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// read returns a file of the repository.
func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, name))
	require.NoError(t, err)
	return string(b)
}

// scratch is the folder of the binary.
var scratch string

// Build arguments of the image, as a release sets them.
const (
	testVersion = "9.8.7"
	testCommit  = "0123456789abcdef0123456789abcdef01234567"
	testDate    = "2026-01-02T03:04:05Z"
)

// product is the binary, built by the Dockerfile's own command.
var product = sync.OnceValues(func() (string, error) {
	command, err := buildCommand()
	if err != nil {
		return "", err
	}
	if scratch, err = os.MkdirTemp("", "infra-check-"); err != nil {
		return "", err
	}
	file := filepath.Join(scratch, "storyreel")
	cmd := exec.Command("sh", "-c", strings.Replace(command, "/out/storyreel", file, 1))
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "TARGETOS="+runtime.GOOS, "TARGETARCH="+runtime.GOARCH, "VERSION="+testVersion,
		"COMMIT="+testCommit, "DATE="+testDate)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s", command, err, out)
	}
	return file, nil
})

// buildCommand is the command of the Dockerfile that makes the binary.
func buildCommand() (string, error) {
	stages, err := dockerfile()
	if err != nil {
		return "", err
	}
	for _, s := range stages {
		for _, c := range s.Commands {
			if run, ok := c.(*instructions.RunCommand); ok {
				if line := strings.Join(run.CmdLine, " "); strings.Contains(line, "go build") {
					return line, nil
				}
			}
		}
	}
	return "", errors.New("the Dockerfile has no go build")
}

// storyreel runs the binary with these variables and nothing else of the
// environment.
func storyreel(t *testing.T, env []string, args ...string) (stdout string, err error) {
	t.Helper()
	bin, err := product()
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, bin, args...)
	var out, errs bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr, cmd.Dir = append([]string{}, env...), &out, &errs, t.TempDir()
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("storyreel %s: %w: %s", strings.Join(args, " "), err, errs.String())
	}
	return out.String(), nil
}

// settings holds a container's command line and environment to the binary, and
// returns the effective settings. Files that NAME_FILE names lie in a container
// only; others with a plausible content stand in for them.
func settings(t *testing.T, args []string, env map[string]string) map[string]string {
	t.Helper()
	_, err := storyreel(t, nil, append(args, "--help")...)
	require.NoError(t, err, "the command exists")
	var vars []string
	for name, value := range env {
		if !strings.HasPrefix(name, "STORYREEL_") {
			continue
		}
		if strings.HasSuffix(name, "_FILE") {
			value = standIn(t, name, value)
		}
		vars = append(vars, name+"="+value)
	}
	out, err := storyreel(t, vars, "config", "--json")
	require.NoError(t, err, "the binary accepts the settings")
	var all map[string]string
	require.NoError(t, json.Unmarshal([]byte(out), &all))
	return all
}

// contents of the files that settings may be read from.
var contents = map[string]string{
	"STORYREEL_DATABASE_URL_FILE": "postgres://storyreel:x@postgres:5432/storyreel",
	"STORYREEL_MIGRATE_URL_FILE":  "postgres://storyreel:x@postgres:5432/storyreel",
	"STORYREEL_REDIS_URL_FILE":    "redis://:x@valkey:6379/0",
}

func standIn(t *testing.T, name, path string) string {
	t.Helper()
	require.True(t, filepath.IsAbs(path), "%s=%s", name, path)
	require.Contains(t, contents, name)
	file := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(file, []byte(contents[name]+"\n"), 0o600))
	return file
}

// shutdown is the time that a process takes to end.
func shutdown(t *testing.T, all map[string]string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(all["STORYREEL_SHUTDOWN"])
	require.NoError(t, err)
	return d
}

// listens are the settings of what processes listen on, by command.
var listens = map[string]string{"serve": "STORYREEL_LISTEN", "work": "STORYREEL_METRICS_LISTEN"}

// queues are the names of Asynq's queues, by constant, as internal/queue states
// them.
func queues(t *testing.T) map[string]string {
	t.Helper()
	names := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^\t(\w+)Queue\s+= "([a-z]+)"$`).
		FindAllStringSubmatch(read(t, "internal/queue/queue.go"), -1) {
		names[m[1]] = m[2]
	}
	require.Len(t, names, 4, "review, publish, ladder and housekeeping")
	return names
}
