package e2e

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/oauth2-proxy/mockoidc"
	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/testkit"
	"github.com/storyreel/storyreel/internal/testkit/clips"
)

// deployment is what an operator runs: PostgreSQL, Redis, an S3 server, Caddy
// with TLS in front of all that browsers reach, a sign-in provider, a receiver
// of traces, two processes of the API and two of the workers.
type deployment struct {
	*env
	op      *mockoidc.MockOIDC
	traces  *receiver
	hooks   *hooks
	pages   string // https://…
	root    string // file with the certificate of Caddy's authority
	process map[string]*proc
	listen  map[string]string // address by name of the process, of the API's requests or of monitoring
	monitor map[string]string // address of metrics by name
	client  *http.Client      // trusts root, and keeps no cookies
}

func deploy(t *testing.T) *deployment {
	t.Helper()
	op, err := mockoidc.Run()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, op.Shutdown()) })
	s3 := bucket(t)
	d := &deployment{
		op: op, traces: newReceiver(t), hooks: newHooks(t), process: map[string]*proc{}, listen: map[string]string{},
		monitor: map[string]string{},
	}
	pages, media := freePort(t), freePort(t)
	d.pages = "https://" + strings.Replace(pages, "127.0.0.1", "localhost", 1)
	d.env, _ = over(t, s3,
		"STORYREEL_PUBLIC_URL="+d.pages, "STORYREEL_TRUSTED_PROXIES=127.0.0.1",
		"STORYREEL_S3_PUBLIC_ENDPOINT=https://"+strings.Replace(media, "127.0.0.1", "localhost", 1),
		"STORYREEL_OIDC_ISSUER="+op.Issuer(), "STORYREEL_OIDC_CLIENT_ID="+op.ClientID,
		"STORYREEL_OIDC_CLIENT_SECRET="+op.ClientSecret, "STORYREEL_OIDC_SCOPES=openid,email,profile,groups",
		"STORYREEL_OIDC_GROUPS=story-mods=moderator,story-admins=admin", "STORYREEL_PASSWORDS=false",
		"STORYREEL_BEGINS_PER_HOUR=10000", "STORYREEL_AUDIT_EVERY=10s",
		"STORYREEL_WEBHOOK_NETWORKS=127.0.0.0/8",
		"OTEL_EXPORTER_OTLP_ENDPOINT="+d.traces.URL, "OTEL_EXPORTER_OTLP_HEADERS=X-Tenant=storyreel",
		"OTEL_BSP_SCHEDULE_DELAY=200",
	)
	for _, name := range []string{"serve-a", "serve-b", "work-a", "work-b"} {
		d.listen[name], d.monitor[name] = freePort(t), freePort(t)
		if strings.HasPrefix(name, "work") {
			d.listen[name] = d.monitor[name]
		}
	}
	d.proxy(pages, media, s3.Endpoint)
	for name := range d.listen {
		d.begin(name)
	}
	d.url = d.pages
	return d
}

// proxy starts Caddy, which asks the processes of the API whether they are
// ready, and sends a request that one refused to the other.
func (d *deployment) proxy(pages, media, s3 string) {
	d.t.Helper()
	home := d.t.TempDir()
	file := filepath.Join(home, "Caddyfile")
	require.NoError(d.t, os.WriteFile(file, []byte(fmt.Sprintf(`{
	admin off
	auto_https disable_redirects
	skip_install_trust
}
https://localhost:%s {
	tls internal
	reverse_proxy %s %s {
		health_uri /readyz
		health_interval 200ms
		lb_try_duration 10s
		header_down X-Upstream {http.reverse_proxy.upstream.hostport}
		flush_interval -1
	}
}
https://localhost:%s {
	tls internal
	reverse_proxy %s
}
`, port(pages), d.listen["serve-a"], d.listen["serve-b"], port(media), strings.TrimPrefix(s3, "http://"))), 0o600))
	bin, err := exec.LookPath("caddy")
	require.NoError(d.t, err, "infra/install.sh test installs it")
	cmd := exec.CommandContext(context.Background(), bin, "run", "--config", file, "--adapter", "caddyfile")
	cmd.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH")}
	launch(d.t, cmd)
	d.root = filepath.Join(home, ".local/share/caddy/pki/authorities/local/root.crt")
	pool := x509.NewCertPool()
	testkit.Eventually(d.t, patience, func() bool { // Caddy creates the file before it writes to it
		pem, err := os.ReadFile(d.root)
		return err == nil && pool.AppendCertsFromPEM(pem)
	})
	d.client = &http.Client{
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	d.vars = append(d.vars, "SSL_CERT_FILE="+d.root) // of the command line
}

func port(address string) string { return address[strings.LastIndexByte(address, ':')+1:] }

// begin starts a process by its name and waits until it is ready, and until the
// proxy has noticed.
func (d *deployment) begin(name string) {
	d.t.Helper()
	e := *d.env
	e.vars = append(append([]string{}, d.vars...), "STORYREEL_LISTEN="+d.listen[name], "STORYREEL_DATA="+d.t.TempDir())
	kind, _, _ := strings.Cut(name, "-")
	e.vars = append(e.vars, "STORYREEL_METRICS_LISTEN="+d.monitor[name])
	d.process[name] = e.start(kind)
	testkit.Eventually(d.t, patience, func() bool {
		resp, err := http.Get("http://" + d.listen[name] + "/readyz")
		if err != nil {
			return false
		}
		return resp.Body.Close() == nil && resp.StatusCode == http.StatusOK
	})
	if kind == "serve" {
		testkit.Eventually(d.t, patience, func() bool { return d.answers(d.listen[name]) })
	}
}

// answers reports whether the proxy gave a request to the process at the
// address, and so knows that it is ready.
func (d *deployment) answers(address string) bool {
	resp, err := d.client.Get(d.pages + "/readyz")
	return err == nil && resp.Body.Close() == nil && resp.Header.Get("X-Upstream") == address
}

// send sends a request through the proxy; failures of any kind are errors.
func (d *deployment) send(client *http.Client, method, path string, in any) ([]byte, error) {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(context.Background(), method, d.pages+path, body)
	if err != nil {
		return nil, err
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %d %s", method, path, resp.StatusCode, b)
	}
	return b, err
}

// signIn signs a person of the provider in and returns a client with the
// cookie.
func (d *deployment) signIn(u *mockoidc.MockUser) *http.Client {
	d.t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(d.t, err)
	client := *d.client
	client.Jar = jar
	d.op.QueueUser(u)
	b, err := d.send(&client, "POST", "/v1/sessions/provider", map[string]any{})
	require.NoError(d.t, err)
	var begun struct{ Address string }
	require.NoError(d.t, json.Unmarshal(b, &begun))
	resp, err := client.Get(begun.Address)
	require.NoError(d.t, err)
	require.NoError(d.t, resp.Body.Close())
	back, err := url.Parse(resp.Header.Get("Location"))
	require.NoError(d.t, err)
	require.Equal(d.t, "/sign-in", back.Path)
	_, err = d.send(&client, "POST", "/v1/sessions", map[string]any{"provider": map[string]string{
		"state": back.Query().Get("state"), "code": back.Query().Get("code"),
	}})
	require.NoError(d.t, err)
	return &client
}

// load sends requests until it is stopped, and keeps every failure.
type load struct {
	mu       sync.Mutex
	failures []string
	sent     int
	all      sync.WaitGroup
}

func (l *load) run(ctx context.Context, pause time.Duration, send func() error) {
	l.all.Go(func() {
		for ctx.Err() == nil {
			err := send()
			l.mu.Lock()
			l.sent++
			if err != nil {
				l.failures = append(l.failures, err.Error())
			}
			l.mu.Unlock()
			select {
			case <-ctx.Done():
			case <-time.After(pause):
			}
		}
	})
}

// TestDeployment_RestartsInTurnLoseNothing signs in by the provider, sends,
// approves and publishes through the proxy, then restarts every process in turn
// under traffic: no request fails, no story stays behind, and every event
// reaches the webhook. The dashboards then show something.
func TestDeployment_RestartsInTurnLoseNothing(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	d.listenForEvents()
	prometheus := d.prometheus()
	moderator := d.signIn(&mockoidc.MockUser{
		Subject: "7", Email: "zoe@brand.example", EmailVerified: true, Groups: []string{"story-mods"},
	})
	first, err := d.submit(clips.Get(t, "rotated"), "in_review")
	require.NoError(t, err)
	_, err = d.send(moderator, "POST", "/v1/stories/"+first.ID+"/decisions", map[string]string{"action": "approve"})
	require.NoError(t, err)
	testkit.Eventually(t, patience, func() bool {
		b, err := d.send(d.client, "GET", "/v1/campaigns/thatsongwhen/feed", nil)
		return err == nil && bytes.Contains(b, []byte(first.ID))
	})

	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var traffic load
	traffic.run(ctx, 10*time.Millisecond, func() error {
		_, err := d.send(d.client, "GET", "/v1/campaigns/thatsongwhen/feed", nil)
		return err
	})
	traffic.run(ctx, 50*time.Millisecond, func() error {
		_, err := d.send(moderator, "POST", "/v1/review/claims", map[string]any{"count": 1})
		return err
	})
	var sent []string
	traffic.run(ctx, 0, func() error {
		st, err := d.submit(clips.Get(t, "landscape"), "in_review")
		if err == nil {
			sent = append(sent, st.ID)
		}
		return err
	})
	for _, name := range []string{"serve-a", "serve-b", "work-a", "work-b"} {
		d.process[name].stop(syscall.SIGTERM)
		d.begin(name)
	}
	stop()
	traffic.all.Wait()
	require.Empty(t, traffic.failures, "of %d requests", traffic.sent)
	require.NotEmpty(t, sent)
	for _, id := range sent {
		_, err := d.send(moderator, "POST", "/v1/stories/"+id+"/decisions", map[string]string{"action": "approve"})
		require.NoError(t, err)
	}
	testkit.Eventually(t, patience, func() bool {
		b, err := d.send(d.client, "GET", "/v1/campaigns/thatsongwhen/feed?limit=50", nil)
		for _, id := range sent {
			err = firstError(err, bytes.Contains(b, []byte(id)))
		}
		return err == nil
	})
	d.checkRecords(append(sent, first.ID))
	d.checkDashboards(prometheus)
}

// checkRecords: each story has a trace, and each of its events has arrived.
func (d *deployment) checkRecords(stories []string) {
	for _, id := range stories {
		testkit.Eventually(d.t, patience, func() bool {
			return slices.Equal(d.hooks.of(id), []string{
				"story.created", "story.uploaded", "story.prepared", "decision.approved", "story.published",
			})
		})
	}
	d.traces.mu.Lock()
	defer d.traces.mu.Unlock()
	for _, id := range stories {
		spans, _ := of(d.traces.spans, "storyreel.story_id", id)
		require.NotEmpty(d.t, spans, "a trace of %s", id)
	}
}

func firstError(err error, holds bool) error {
	if err == nil && !holds {
		err = io.ErrUnexpectedEOF
	}
	return err
}
