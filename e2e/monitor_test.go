package e2e

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/testkit"
	"github.com/storyreel/storyreel/internal/testkit/clips"
)

// monitored is an installation whose processes have a listener for monitoring.
type monitored struct {
	*env
	api, worker string // addresses of the listeners
}

// monitor starts a service and a worker, and takes a story from begin to
// publication and a damaged file to its refusal.
func monitor(t *testing.T) *monitored {
	t.Helper()
	e, _, _ := external(t)
	m := &monitored{env: e, api: freePort(t), worker: freePort(t)}
	serve, work := *e, *e
	serve.vars = append(slices.Clone(e.vars), "STORYREEL_METRICS_LISTEN="+m.api)
	work.vars = append(slices.Clone(e.vars), "STORYREEL_METRICS_LISTEN="+m.worker, "STORYREEL_SCRATCH="+t.TempDir(),
		"STORYREEL_AUDIT_EVERY=2s")
	serve.up("serve")
	work.start("work")
	st, err := e.submit(clips.Get(t, "no-audio"), "in_review")
	require.NoError(t, err)
	e.decide(st.ID, "approve")
	e.await(st.ID, "published")
	e.awaitAttempts(st.ID, "prepare done", "publish done", "ladder done")
	require.Equal(t, []string{st.ID}, e.feed())
	bad, err := os.CreateTemp(t.TempDir(), "bad-*.mp4")
	require.NoError(t, err)
	_, err = bad.Write(append([]byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"), make([]byte, 4096)...))
	require.NoError(t, err)
	require.NoError(t, bad.Close())
	require.Equal(t, "truncated_or_corrupt", e.outcome(bad.Name()))
	return m
}

// families reads the metrics of a process.
func families(t *testing.T, address string) map[string]*dto.MetricFamily {
	t.Helper()
	status, body := get(t, "http://"+address+"/metrics")
	require.Equal(t, 200, status)
	parser := expfmt.NewTextParser(model.UTF8Validation)
	all, err := parser.TextToMetricFamilies(bytes.NewReader(body))
	require.NoError(t, err)
	return all
}

// metricRow is a row of the table in docs/operate/metrics.md.
type metricRow struct {
	kind    string
	labels  []string
	process string
	series  int
}

func metricRows(t *testing.T) map[string]metricRow {
	t.Helper()
	b, err := os.ReadFile("../docs/operate/metrics.md")
	require.NoError(t, err)
	word := regexp.MustCompile("`([^`]+)`")
	rows := map[string]metricRow{}
	for line := range strings.SplitSeq(string(b), "\n") {
		if !strings.HasPrefix(line, "| `storyreel_") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		require.Len(t, cells, 6, line)
		var labels []string
		for _, m := range word.FindAllStringSubmatch(cells[2], -1) {
			labels = append(labels, m[1])
		}
		series, err := strconv.Atoi(strings.TrimSpace(cells[4]))
		require.NoError(t, err, line)
		name := word.FindStringSubmatch(cells[0])[1]
		rows[name] = metricRow{strings.TrimSpace(cells[1]), labels, strings.TrimSpace(cells[3]), series}
	}
	require.NotEmpty(t, rows)
	return rows
}

// labelsOf are the names of the labels of a family's first series.
func labelsOf(f *dto.MetricFamily) []string {
	var out []string
	for _, l := range f.GetMetric()[0].GetLabel() {
		out = append(out, l.GetName())
	}
	return out
}

// TestMonitoring_ExposesWhatIsDocumented runs a story through, and compares
// the table of metrics with what both processes expose: names, kinds, labels
// and how many series there may be.
func TestMonitoring_ExposesWhatIsDocumented(t *testing.T) {
	t.Parallel()
	m := monitor(t)
	rows := metricRows(t)
	exposed := map[string]map[string]*dto.MetricFamily{}
	testkit.Eventually(t, patience, func() bool { // the last attempt is counted after the story shows it
		exposed["serve"], exposed["work"] = families(t, m.api), families(t, m.worker)
		return exposed["work"]["storyreel_audit_findings"] != nil && exposed["work"]["storyreel_jobs_total"] != nil &&
			len(exposed["work"]["storyreel_jobs_total"].Metric) > 2
	})
	for process, all := range exposed {
		for name, f := range all {
			if !strings.HasPrefix(name, "storyreel_") {
				require.Regexp(t, `^(go|process)_`, name)
				continue
			}
			row, known := rows[name]
			require.True(t, known, "docs/operate/metrics.md has no row for %s", name)
			require.Contains(t, []string{process, "both"}, row.process, "%s exposes %s", process, name)
			require.Equal(t, strings.ToUpper(row.kind), f.GetType().String(), name)
			require.ElementsMatch(t, row.labels, labelsOf(f), name)
			require.LessOrEqual(t, len(f.Metric), row.series, name)
		}
	}
	for name, row := range rows {
		for process, all := range exposed {
			if row.process == process || row.process == "both" {
				require.Contains(t, all, name, "%s does not expose it", process)
			}
		}
	}
	checkExpressions(t, exposed)
	m.checkListeners(t)
	m.checkWithoutRedis(t)
}

// checkWithoutRedis: a scrape is answered with all but the queues.
func (m *monitored) checkWithoutRedis(t *testing.T) {
	t.Helper()
	alone, listener := *m.env, freePort(t)
	alone.vars = append(slices.Clone(m.vars), "STORYREEL_LISTEN="+freePort(t), "STORYREEL_METRICS_LISTEN="+listener,
		"STORYREEL_REDIS_URL=redis://127.0.0.1:1")
	alone.start("serve")
	testkit.Eventually(t, patience, func() bool {
		resp, err := http.Get("http://" + listener + "/healthz")
		return err == nil && resp.Body.Close() == nil
	})
	all := families(t, listener)
	up := map[string]float64{}
	for _, x := range all["storyreel_service_up"].Metric {
		up[x.Label[0].GetValue()] = x.GetGauge().GetValue()
	}
	require.Equal(t, map[string]float64{"database": 1, "storage": 1, "redis": 0}, up)
	require.NotContains(t, all, "storyreel_queue_tasks", "unknown is not zero")
	require.Contains(t, all, "storyreel_stories")
}

// checkListeners: profiles and metrics without a key are on the listener for
// monitoring only.
func (m *monitored) checkListeners(t *testing.T) {
	t.Helper()
	for _, address := range []string{m.api, m.worker} {
		status, body := get(t, "http://"+address+"/debug/pprof/goroutine?debug=1")
		require.Equal(t, 200, status)
		require.Contains(t, string(body), "goroutine profile")
		status, body = get(t, "http://"+address+"/readyz")
		require.Equal(t, 200, status, string(body))
		var answer struct{ Checks map[string]string }
		require.NoError(t, json.Unmarshal(body, &answer))
		require.Equal(t, "ok", answer.Checks["database"])
		status, _ = get(t, "http://"+address+"/v1/campaigns/thatsongwhen/feed")
		require.Equal(t, 404, status, "the API is elsewhere")
	}
	for _, path := range []string{"/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/profile?seconds=1"} {
		status, _ := get(t, m.url+path)
		require.Equal(t, 404, status, path)
		status, _ = m.call("GET", path, m.key("admin"), nil)
		require.Equal(t, 404, status, path)
	}
	status, _ := get(t, m.url+"/metrics")
	require.Equal(t, 401, status)
}
