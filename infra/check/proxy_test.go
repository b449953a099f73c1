package check

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// caddy returns a command that runs Caddy in the folder of its file.
func caddy(ctx context.Context, t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	bin, err := exec.LookPath("caddy")
	require.NoError(t, err, "infra/install.sh infra installs it")
	cmd := exec.CommandContext(ctx, bin, args...)
	cmd.Dir = composeDir
	cmd.Env = append([]string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}, env...)
	return cmd
}

// TestProxy_LeadsToTheServices has Caddy read its file and compares the result
// with the services.
func TestProxy_LeadsToTheServices(t *testing.T) {
	t.Parallel()
	p := compose(t)
	env := []string{"PAGES_ADDRESS=https://stories.example.com", "MEDIA_ADDRESS=https://media.example.com"}
	run := func(args ...string) string {
		out, err := caddy(t.Context(), t, env, args...).Output()
		require.NoError(t, err)
		return string(out)
	}
	run("validate", "--config", "Caddyfile", "--adapter", "caddyfile")
	text := run("adapt", "--config", "Caddyfile")
	for name := range p.Services["proxy"].Environment {
		require.Contains(t, read(t, "infra/compose/Caddyfile"), "{$"+name+"} {")
	}
	var dials []string
	for _, m := range regexp.MustCompile(`"dial":"([^"]+)"`).FindAllStringSubmatch(text, -1) {
		dials = append(dials, m[1])
	}
	require.ElementsMatch(t, []string{"api:8080", "s3:7070"}, dials)
	require.Equal(t, []string{"8080"}, []string(p.Services["api"].Expose))
	require.Contains(t, strings.Join(p.Services["s3"].Command, " "), "--port :7070 ")
	require.Equal(t, "http://s3:7070", *p.Services["api"].Environment["STORYREEL_S3_ENDPOINT"])
	for _, name := range []string{"api", "s3"} {
		require.Contains(t, p.Services[name].Networks, "front")
	}
	require.Contains(t, text, `"path":["/`+*p.Services["api"].Environment["STORYREEL_S3_BUCKET"]+`/*"]`)
	require.Contains(t, text, `"path":["/metrics"]`)
	require.Contains(t, p.Services["proxy"].HealthCheck.Test, "http://127.0.0.1:2020/")
	require.Contains(t, text, `"listen":["127.0.0.1:2020"]`)
	require.Contains(t, text, `"stories.example.com"`)
}

// TestProxy_PassesWhatItShould runs Caddy in front of two servers.
func TestProxy_PassesWhatItShould(t *testing.T) {
	t.Parallel()
	backend := func(name string) string {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, name, " ", r.Host, " ", r.URL.RequestURI(), " ", r.Header.Get("X-Forwarded-For"))
		}))
		t.Cleanup(srv.Close)
		return srv.Listener.Addr().String()
	}
	pages, media, health := freePort(t), freePort(t), freePort(t)
	text := strings.NewReplacer("api:8080", backend("api"), "s3:7070", backend("s3"), "127.0.0.1:2020", health).
		Replace(read(t, "infra/compose/Caddyfile"))
	file := filepath.Join(t.TempDir(), "Caddyfile")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	ctx, cancel := context.WithCancel(context.Background())
	cmd := caddy(ctx, t, []string{"PAGES_ADDRESS=http://" + pages, "MEDIA_ADDRESS=http://" + media},
		"run", "--config", file, "--adapter", "caddyfile")
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { cancel(); _ = cmd.Wait() })
	get := func(address string) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address, http.NoBody)
		require.NoError(t, err)
		req.Header.Set("X-Forwarded-For", "192.0.2.1")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return 0, ""
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return resp.StatusCode, string(b)
	}
	require.Eventually(t, func() bool { status, _ := get(health); return status == 200 }, time.Minute,
		10*time.Millisecond)
	for address, want := range map[string]string{
		pages + "/c/x?a=%2F":                  "api " + pages + " /c/x?a=%2F 127.0.0.1",
		media + "/storyreel/public/a%20b?x=1": "s3 " + media + " /storyreel/public/a%20b?x=1 127.0.0.1",
	} {
		status, body := get(address)
		require.Equal(t, 200, status)
		require.Equal(t, want, body)
	}
	for _, address := range []string{pages + "/metrics", media + "/", media + "/storyreel", media + "/other/x"} {
		status, _ := get(address)
		require.Equal(t, 404, status, address)
	}
}
