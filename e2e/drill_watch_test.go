package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/oauth2-proxy/mockoidc"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/testkit"
)

// hooks receives webhooks, and believes those that are signed. Every tenth
// request it refuses once.
type hooks struct {
	url    string
	mu     sync.Mutex
	secret string
	n      int
	events map[string]map[int64]string // by story and number
}

func newHooks(t *testing.T) *hooks {
	t.Helper()
	h := &hooks{events: map[string]map[int64]string{}}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	h.url = srv.URL
	return h
}

// ServeHTTP implements http.Handler.
func (h *hooks) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	verifier, broken := standardwebhooks.NewWebhook(h.secret)
	if err != nil || broken != nil || verifier.Verify(body, r.Header) != nil {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var event struct {
		Type string
		Data struct {
			Story    string `json:"story_id"`
			Sequence int64
		}
	}
	if h.n++; h.n%10 == 0 || json.Unmarshal(body, &event) != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if h.events[event.Data.Story] == nil {
		h.events[event.Data.Story] = map[int64]string{}
	}
	h.events[event.Data.Story][event.Data.Sequence] = event.Type
}

// of are the types of a story's events in their order, up to a gap.
func (h *hooks) of(story string) (types []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for n := int64(1); h.events[story][n] != ""; n++ {
		types = append(types, h.events[story][n])
	}
	return types
}

// listenForEvents adds the receiver as a webhook of the campaign.
func (d *deployment) listenForEvents() {
	d.t.Helper()
	admin := d.signIn(&mockoidc.MockUser{
		Subject: "8", Email: "ada@brand.example", EmailVerified: true, Groups: []string{"story-admins"},
	})
	b, err := d.send(admin, "POST", "/v1/campaigns/thatsongwhen/webhooks", map[string]any{"url": d.hooks.url})
	require.NoError(d.t, err)
	var made struct{ Secret string }
	require.NoError(d.t, json.Unmarshal(b, &made))
	d.hooks.mu.Lock()
	defer d.hooks.mu.Unlock()
	d.hooks.secret = made.Secret
}

// prometheus starts a server that scrapes every process, and returns its
// address.
func (d *deployment) prometheus() string {
	d.t.Helper()
	home, address := d.t.TempDir(), freePort(d.t)
	targets := map[string][]string{}
	for name, listen := range d.monitor {
		job := map[string]string{"serve": "storyreel-api", "work": "storyreel-worker"}[strings.Split(name, "-")[0]]
		targets[job] = append(targets[job], listen)
	}
	file := filepath.Join(home, "prometheus.yml")
	rules, err := filepath.Abs("../infra/monitoring/rules.yml")
	require.NoError(d.t, err)
	config := "global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: [" + rules + "]\nscrape_configs:\n"
	for job, list := range targets {
		config += fmt.Sprintf("  - job_name: %s\n    static_configs: [{targets: [%s]}]\n", job,
			strings.Join(list, ", "))
	}
	require.NoError(d.t, os.WriteFile(file, []byte(config), 0o600))
	bin, err := exec.LookPath("prometheus")
	require.NoError(d.t, err, "infra/install.sh test installs it")
	launch(d.t, exec.CommandContext(context.Background(), bin, "--config.file="+file,
		"--storage.tsdb.path="+filepath.Join(home, "data"), "--web.listen-address="+address))
	return "http://" + address
}

// quiet are questions of the dashboards that have no answer while nothing has
// failed.
var quiet = []string{
	"storyreel-pipeline.json: Ours {{kind}} {{code}}",
	"storyreel-pipeline.json: Paused workers {{instance}} {{code}}",
	"storyreel-pipeline.json: Refused files {{code}}",
	"storyreel-pipeline.json: Shares refused files",
	"storyreel-pipeline.json: Shares {{kind}}, ours",
	"storyreel-service.json: Errors by operation {{operation}} {{status}}",
	"storyreel-service.json: Last audit {{code}}",
}

// checkDashboards asks Prometheus every question of the dashboards.
func (d *deployment) checkDashboards(prometheus string) {
	d.t.Helper()
	exprs, _ := expressions(d.t)
	maps.DeleteFunc(exprs, func(where, _ string) bool { return !strings.Contains(where, ".json: ") }) // rules
	require.NotEmpty(d.t, exprs)
	testkit.Eventually(d.t, patience, func() bool {
		maps.DeleteFunc(exprs, func(where, expr string) bool {
			status, body := get(d.t, prometheus+"/api/v1/query?query="+url.QueryEscape(expr))
			require.Equal(d.t, http.StatusOK, status, "%s: %s", where, body)
			var answer struct {
				Data struct{ Result []any }
			}
			require.NoError(d.t, json.Unmarshal(body, &answer))
			return len(answer.Data.Result) > 0
		})
		for where := range exprs {
			if !slices.Contains(quiet, where) {
				return false
			}
		}
		return true
	})
}
