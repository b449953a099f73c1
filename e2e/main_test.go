// Package e2e runs the built binary against real services, through the
// faults that real life brings: killed workers, a wiped Redis, restarts.
package e2e

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
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/sandbox"
	"github.com/storyreel/storyreel/internal/storage"
	"github.com/storyreel/storyreel/internal/testkit"
)

// patience is how long tests wait for what must happen, on a busy machine too.
const patience = 5 * time.Minute

func TestMain(m *testing.M) {
	sandbox.Main()
	testkit.Main(m)
}

// built builds the program once per test process; STORYREEL_TEST_BIN names
// one that is built already.
var built = sync.OnceValues(func() (string, error) {
	if bin := os.Getenv("STORYREEL_TEST_BIN"); bin != "" {
		return filepath.Abs(bin)
	}
	dir, err := os.MkdirTemp("", "storyreel-e2e-")
	if err != nil {
		return "", err
	}
	bin := filepath.Join(dir, "storyreel")
	out, err := exec.Command("go", "build", "-o", bin, "github.com/storyreel/storyreel/cmd/storyreel").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return bin, nil
})

// env is one installation: its environment variables, and the processes that
// run with them.
type env struct {
	t    *testing.T
	vars []string
	url  string
	cli  string // cache folder of the command line client
	keys map[string]string
}

// proc is a running command.
type proc struct {
	cmd  *exec.Cmd
	log  *lockedBuffer
	done chan struct{}
}

// lockedBuffer collects output while others read it.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// newEnv is an installation with nothing configured but its addresses and
// times short enough for a test to watch them.
func newEnv(t *testing.T, vars ...string) *env {
	t.Helper()
	addr := freePort(t)
	e := &env{t: t, url: "http://" + addr, cli: t.TempDir(), keys: map[string]string{}}
	e.vars = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + e.cli, "XDG_CACHE_HOME=" + e.cli, "TMPDIR=" + os.TempDir(),
		"STORYREEL_LISTEN=" + addr, "STORYREEL_S3_LISTEN=" + freePort(t), "STORYREEL_DATA=" + t.TempDir(),
		"STORYREEL_LEASE=4s", "STORYREEL_SWEEP_EVERY=500ms", "STORYREEL_REDISPATCH=2s", "STORYREEL_LOG_LEVEL=debug",
	}, vars...)
	return e
}

// external is an installation over PostgreSQL, Redis and S3 of their own.
func external(t *testing.T) (*env, storage.Config, string) {
	t.Helper()
	s3 := bucket(t)
	e, redis := over(t, s3)
	return e, s3, redis
}

// bucket is a bucket that is set up.
func bucket(t *testing.T) storage.Config {
	t.Helper()
	s3 := testkit.BucketConfig(t)
	b, err := storage.Open(context.Background(), s3)
	require.NoError(t, err)
	require.NoError(t, b.Setup(context.Background()))
	return s3
}

// storageVars are the settings that lead to a bucket.
func storageVars(s3 storage.Config) []string {
	return []string{
		"STORYREEL_S3_ENDPOINT=" + s3.Endpoint, "STORYREEL_S3_BUCKET=" + s3.Bucket, "AWS_REGION=us-east-1",
		"AWS_ACCESS_KEY_ID=" + s3.AccessKey, "AWS_SECRET_ACCESS_KEY=" + s3.SecretKey,
	}
}

// over is an installation over a bucket, and PostgreSQL and Redis of its own.
func over(t *testing.T, s3 storage.Config, vars ...string) (*env, string) {
	t.Helper()
	redis := testkit.RedisURL(t)
	services := []string{"STORYREEL_DATABASE_URL=" + testkit.PostgresURL(t), "STORYREEL_REDIS_URL=" + redis}
	e := newEnv(t, slices.Concat(services, storageVars(s3), vars)...)
	e.run("migrate")
	e.run("campaign", "create", "thatsongwhen", "--min-duration=100ms")
	form := filepath.Join(t.TempDir(), "release.txt")
	require.NoError(t, os.WriteFile(form, []byte("You may use my video in advertising for two years."), 0o600))
	e.run("campaign", "release", "thatsongwhen", form)
	return e, redis
}

// in returns the environment as a subtest uses it.
func (e env) in(t *testing.T) *env {
	e.t = t
	return &e
}

func (e *env) command(args ...string) *exec.Cmd {
	e.t.Helper()
	bin, err := built()
	require.NoError(e.t, err)
	cmd := exec.CommandContext(context.Background(), bin, args...)
	cmd.Env = e.vars
	return cmd
}

// start runs a command until it is stopped, at the latest with the test.
func (e *env) start(args ...string) *proc {
	e.t.Helper()
	return launch(e.t, e.command(args...))
}

// launch runs a program until it is stopped, at the latest with the test.
func launch(t *testing.T, cmd *exec.Cmd) *proc {
	t.Helper()
	p := &proc{cmd: cmd, log: &lockedBuffer{}, done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	require.NoError(t, p.cmd.Start())
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait() // tests look at what it did, not at how it ended
	}()
	t.Cleanup(func() {
		p.stop(syscall.SIGINT)
		if t.Failed() {
			out := p.log.String()
			t.Logf("end of the output of %v:\n%s", cmd.Args[1:], out[max(0, len(out)-6000):])
		}
	})
	return p
}

// stop sends the signal and waits for the end, by force after a while.
func (p *proc) stop(sig syscall.Signal) {
	_ = p.cmd.Process.Signal(sig) // ended already is as good
	select {
	case <-p.done:
	case <-time.After(40 * time.Second):
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		<-p.done
	}
}

// up starts a command that serves, and waits for it to be ready.
func (e *env) up(args ...string) *proc {
	e.t.Helper()
	p := e.start(args...)
	testkit.Eventually(e.t, patience, func() bool {
		resp, err := http.Get(e.url + "/readyz")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == 200
	})
	return p
}

// run runs a command to its end and returns what it printed.
func (e *env) run(args ...string) string {
	e.t.Helper()
	out, err := e.try(args...)
	require.NoError(e.t, err, "%v: %s", args, out)
	return out
}

func (e *env) try(args ...string) (string, error) {
	var stdout, stderr bytes.Buffer
	cmd := e.command(args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, stderr.String())
	}
	return strings.TrimSpace(stdout.String()), err
}

// key returns an API key of the role, made on first use.
func (e *env) key(role string) string {
	if e.keys[role] == "" {
		user := role + "@e2e.example" // acts by the key
		e.run("user", "create", user, "--role", role)
		e.keys[role] = e.run("key", "create", "--role", role, "--user", user)
	}
	return e.keys[role]
}

// remote is a story as the API shows it.
type remote struct {
	ID       string  `json:"id"`
	State    string  `json:"state"`
	Progress float64 `json:"progress"`
	Failure  *struct {
		Code string `json:"code"`
	} `json:"failure"`
	Public *struct {
		HLS, MP4, Poster string
	} `json:"public"`
	token string
}

// submit sends a clip by the command line and waits for the state.
func (e *env) submit(file, wait string, more ...string) (remote, error) {
	out, err := e.try(append([]string{
		"submit", file, "--server", e.url, "--json", "--wait", wait, "--timeout", patience.String(),
		"--song", "Heroes", "--artist", "David Bowie",
	}, more...)...)
	var answer struct {
		Story remote
		Token string
	}
	if bad := json.Unmarshal([]byte(out), &answer); bad != nil && err == nil {
		err = bad
	}
	answer.Story.token = answer.Token
	return answer.Story, err
}

// call asks the API and returns the status and the body.
func (e *env) call(method, path, bearer string, in any) (int, []byte) {
	e.t.Helper()
	b, err := json.Marshal(in)
	require.NoError(e.t, err)
	req, err := http.NewRequest(method, e.url+path, bytes.NewReader(b))
	require.NoError(e.t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+bearer)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(e.t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(e.t, err)
	return resp.StatusCode, body
}

func (e *env) story(id string) remote {
	e.t.Helper()
	status, body := e.call("GET", "/v1/stories/"+id, e.key("admin"), nil)
	require.Equal(e.t, 200, status, string(body))
	var r remote
	require.NoError(e.t, json.Unmarshal(body, &r))
	return r
}

func (e *env) decide(id, action string) {
	e.t.Helper()
	body := map[string]string{"action": action}
	if action == "hide" || action == "reject" {
		body["reason"] = "other"
	}
	status, answer := e.call("POST", "/v1/stories/"+id+"/decisions", e.key("moderator"), body)
	require.Equal(e.t, 200, status, string(answer))
}

func (e *env) await(id, state string) {
	e.t.Helper()
	testkit.Eventually(e.t, patience, func() bool {
		last := e.story(id)
		if last.State == "failed" && state != "failed" {
			e.t.Fatalf("story failed: %+v", last.Failure)
		}
		return last.State == state
	})
}

func (e *env) feed() []string {
	e.t.Helper()
	var page struct{ Items []remote }
	status, body := e.call("GET", "/v1/campaigns/thatsongwhen/feed", "", nil)
	require.Equal(e.t, 200, status)
	require.NoError(e.t, json.Unmarshal(body, &page))
	ids := []string{}
	for _, it := range page.Items {
		ids = append(ids, it.ID)
	}
	return ids
}

func get(t *testing.T, url string) (int, []byte) {
	t.Helper()
	resp, err := http.Get(url)
	require.NoError(t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, b
}

// accepted is the outcome of a file that reached review.
const accepted = "accepted"

// outcome submits a file and returns accepted, or the code it was refused with.
func (e *env) outcome(file string) string {
	st, err := e.submit(file, "in_review")
	switch {
	case err == nil:
		return accepted
	case st.Failure != nil:
		return st.Failure.Code
	}
	e.t.Logf("%s: %v", filepath.Base(file), err)
	if i := strings.LastIndexByte(err.Error(), '('); i >= 0 { // refused before a byte was sent
		return strings.TrimRight(err.Error()[i+1:], ")\n")
	}
	return err.Error()
}
