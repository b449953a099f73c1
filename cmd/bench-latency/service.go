package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/storyreel/storyreel/client"
)

const campaign = "latency"

// service is a running `storyreel up` with a campaign.
type service struct {
	url       string
	vars      []string
	process   *exec.Cmd
	client    *client.Client
	form      *client.Campaign
	completed *stopwatch
	admin     string // key
	moderator string // key
}

// stopwatch is a transport that notes when the last request to complete an
// upload was sent.
type stopwatch struct{ at time.Time }

func (s *stopwatch) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/complete") {
		s.at = time.Now()
	}
	return http.DefaultTransport.RoundTrip(r)
}

func startService(ctx context.Context, dir string) (*service, error) {
	listen, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	bucket, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	s := &service{url: "http://" + listen, completed: &stopwatch{}}
	s.vars = append(os.Environ(),
		"STORYREEL_LISTEN="+listen, "STORYREEL_S3_LISTEN="+bucket, "STORYREEL_DATA="+filepath.Join(dir, "data"),
		"STORYREEL_BEGINS_PER_HOUR=1000000", "STORYREEL_BYTES_PER_HOUR=1000000000000", "STORYREEL_LOG_LEVEL=warn",
	)
	s.process = exec.CommandContext(ctx, *bin, "up")
	s.process.Env, s.process.Stderr = s.vars, os.Stderr
	s.process.Cancel = func() error { return s.process.Process.Signal(syscall.SIGTERM) }
	if err := s.process.Start(); err != nil {
		return nil, err
	}
	if err := until(ctx, "the service", func() (bool, error) {
		status, _, err := get(ctx, s.url+"/readyz", "")
		return err == nil && status == http.StatusOK, ctx.Err()
	}); err != nil {
		return nil, err
	}
	return s, s.setUp(ctx, dir)
}

func (s *service) setUp(ctx context.Context, dir string) error {
	text := filepath.Join(dir, "release.txt")
	if err := os.WriteFile(text, []byte("You may show my video."), 0o600); err != nil {
		return err
	}
	for _, args := range [][]string{
		{"campaign", "create", campaign, "--min-duration=1s"}, {"campaign", "release", campaign, text},
		{"user", "create", "admin@bench.example", "--role=admin"},
		{"user", "create", "moderator@bench.example", "--role=moderator"},
	} {
		if _, err := s.command(ctx, args...); err != nil {
			return err
		}
	}
	var err error
	if s.admin, err = s.command(ctx, "key", "create", "--role=admin", "--user=admin@bench.example"); err != nil {
		return err
	}
	s.moderator, err = s.command(ctx, "key", "create", "--role=moderator", "--user=moderator@bench.example")
	if err != nil {
		return err
	}
	s.client = client.New(s.url, client.Options{HTTP: &http.Client{Transport: s.completed}})
	s.form, err = s.client.Campaign(ctx, campaign)
	return err
}

// command runs the program against the service and returns what it printed.
func (s *service) command(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, *bin, args...)
	var failed bytes.Buffer
	cmd.Env, cmd.Stderr = s.vars, &failed
	b, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%v: %w: %s", args, err, failed.String())
	}
	return strings.TrimSpace(string(b)), nil
}

func (s *service) stop() error {
	if err := s.process.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return s.process.Wait()
}

// call asks the API as the holder of the key, and reads the answer into out
// unless that is nil.
func (s *service) call(ctx context.Context, method, path, key string, in, out any) (int, error) {
	b, err := json.Marshal(in)
	if err != nil {
		return 0, err
	}
	r, err := http.NewRequestWithContext(ctx, method, s.url+path, bytes.NewReader(b))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && out != nil && answer.StatusCode < 300 {
		err = json.Unmarshal(text, out)
	}
	return answer.StatusCode, err
}

// get fetches an address; the range is of bytes, or empty.
func get(ctx context.Context, address, bytesRange string) (int, string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, "", err
	}
	if bytesRange != "" {
		r.Header.Set("Range", "bytes="+bytesRange)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(text), err
}

func freeAddress(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

func runProgram(ctx context.Context, name string, args ...string) error {
	if text, err := exec.CommandContext(ctx, name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, text)
	}
	return nil
}
