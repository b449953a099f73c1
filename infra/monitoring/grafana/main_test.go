package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

const monitoring = ".."

// run runs a program of Prometheus; `make deps-test` installs it.
func run(t *testing.T, name string, args ...string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	require.NoError(t, err, "%s %v\n%s", name, args, out)
}

func TestDashboards_AreThoseThatWereCommitted(t *testing.T) {
	t.Parallel()
	want := render()
	for name, text := range want {
		got, err := os.ReadFile(filepath.Join("dashboards", name))
		require.NoError(t, err)
		require.Equal(t, string(text), string(got), "run: go generate ./infra/monitoring/grafana")
	}
	files, err := filepath.Glob("dashboards/*")
	require.NoError(t, err)
	require.Len(t, files, len(want))
}

// TestDashboards_HaveExpressionsThatParse gives them to promtool as rules.
func TestDashboards_HaveExpressionsThatParse(t *testing.T) {
	t.Parallel()
	type rule struct{ Record, Expr string }
	var all []rule
	for _, text := range render() {
		var d struct {
			Panels []struct {
				Title   string
				Targets []struct{ Expr, LegendFormat string }
			}
		}
		require.NoError(t, json.Unmarshal(text, &d))
		titles := map[string]bool{}
		for _, p := range d.Panels {
			for _, target := range p.Targets {
				all = append(all, rule{fmt.Sprintf("panel:%d", len(all)), target.Expr})
			}
			titles[p.Title] = true
		}
		require.Greater(t, len(titles), 8)
	}
	require.Greater(t, len(all), 40)
	b, err := yaml.Marshal(map[string]any{"groups": []any{map[string]any{"name": "panels", "rules": all}}})
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "panels.yml")
	require.NoError(t, os.WriteFile(file, b, 0o600))
	run(t, "promtool", "check", "rules", file)
}

func TestPrometheus_AcceptsTheFiles(t *testing.T) {
	t.Parallel()
	run(t, "promtool", "check", "config", filepath.Join(monitoring, "prometheus.yml"))
	run(t, "promtool", "check", "rules", filepath.Join(monitoring, "rules.yml"))
	run(t, "promtool", "test", "rules", filepath.Join(monitoring, "rules_test.yml"))
	run(t, "amtool", "check-config", filepath.Join(monitoring, "alertmanager.yml"))
}

type alert struct {
	Alert       string
	Labels      map[string]string
	Annotations map[string]string
}

func alerts(t *testing.T) []alert {
	t.Helper()
	var rules struct{ Groups []struct{ Rules []alert } }
	read(t, "rules.yml", &rules)
	var out []alert
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			if r.Alert != "" {
				out = append(out, r)
			}
		}
	}
	require.NotEmpty(t, out)
	return out
}

func read(t *testing.T, name string, into any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(monitoring, name))
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(b, into))
}

// TestAlerts_AreTestedAndHaveARunbook: each fires once and is quiet once in
// rules_test.yml, and leads to a heading of its own with all four parts.
func TestAlerts_AreTestedAndHaveARunbook(t *testing.T) {
	t.Parallel()
	var tests struct {
		Tests []struct {
			Rules []struct {
				Alertname string `yaml:"alertname"`
				Expected  []any  `yaml:"exp_alerts"`
			} `yaml:"alert_rule_test"`
		}
	}
	read(t, "rules_test.yml", &tests)
	tested := map[string]bool{}
	for _, c := range tests.Tests {
		for _, r := range c.Rules {
			tested[fmt.Sprint(r.Alertname, len(r.Expected) > 0)] = true
		}
	}
	b, err := os.ReadFile("../../../docs/operate/runbooks.md")
	require.NoError(t, err)
	parts := map[string]string{}
	for _, part := range strings.Split(string(b), "\n### ")[1:] {
		title, text, _ := strings.Cut(part, "\n")
		text, _, _ = strings.Cut(text, "\n## ")
		parts[title] = text
	}
	all := alerts(t)
	require.Len(t, parts, len(all), "a part without an alert")
	for _, a := range all {
		require.True(t, tested[a.Alert+"true"], "%s never fires in rules_test.yml", a.Alert)
		require.True(t, tested[a.Alert+"false"], "%s is never quiet in rules_test.yml", a.Alert)
		require.Contains(t, []string{"page", "ticket"}, a.Labels["severity"], a.Alert)
		require.NotEmpty(t, a.Annotations["summary"], a.Alert)
		const page = "https://github.com/storyreel/storyreel/blob/main/docs/operate/runbooks.md#"
		require.Equal(t, page+strings.ToLower(a.Alert), a.Annotations["runbook_url"])
		require.Contains(t, parts, a.Alert)
		for _, word := range []string{"*Means:* ", "*Look:* ", "*Do:* ", "*Over:* "} {
			require.Contains(t, parts[a.Alert], word, a.Alert)
		}
	}
}

// TestAlertmanager_InhibitsAlertsThatExist finds names that no rule has.
func TestAlertmanager_InhibitsAlertsThatExist(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, a := range alerts(t) {
		known[a.Alert] = true
	}
	b, err := os.ReadFile(filepath.Join(monitoring, "alertmanager.yml"))
	require.NoError(t, err)
	named := regexp.MustCompile(`Storyreel[A-Za-z]+`).FindAllString(string(b), -1)
	require.NotEmpty(t, named)
	for _, name := range named {
		if name != "Storyreel" {
			require.True(t, known[name], name)
		}
	}
}

// TestCollector_UsesWhatItDefines: the parts of each pipeline exist.
func TestCollector_UsesWhatItDefines(t *testing.T) {
	t.Parallel()
	var c struct {
		Receivers, Processors, Exporters, Extensions map[string]any
		Service                                      struct {
			Extensions []string
			Pipelines  map[string]struct{ Receivers, Processors, Exporters []string }
		}
	}
	read(t, "otel-collector.yml", &c)
	has := func(in map[string]any, names []string) {
		require.NotEmpty(t, names)
		for _, n := range names {
			require.Contains(t, in, n)
		}
	}
	has(c.Extensions, c.Service.Extensions)
	require.Contains(t, c.Service.Pipelines, "traces")
	for _, p := range c.Service.Pipelines {
		has(c.Receivers, p.Receivers)
		has(c.Processors, p.Processors)
		has(c.Exporters, p.Exporters)
	}
}
