package e2e

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/VictoriaMetrics/metricsql"
	dto "github.com/prometheus/client_model/go"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// expressions returns every expression of the rules and dashboards by where it
// is, and the names of recorded series with the labels that they keep.
func expressions(t *testing.T) (exprs map[string]string, recorded map[string]string) {
	t.Helper()
	exprs, recorded = map[string]string{}, map[string]string{}
	b, err := os.ReadFile("../infra/monitoring/rules.yml")
	require.NoError(t, err)
	var rules struct {
		Groups []struct {
			Rules []struct{ Alert, Record, Expr string }
		}
	}
	require.NoError(t, yaml.Unmarshal(b, &rules))
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			exprs[r.Alert+r.Record] = r.Expr
			if r.Record != "" {
				recorded[r.Record] = r.Expr
			}
		}
	}
	files, err := filepath.Glob("../infra/monitoring/grafana/dashboards/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, f := range files {
		b, err := os.ReadFile(f)
		require.NoError(t, err)
		var d struct {
			Panels []struct {
				Title   string
				Targets []struct{ Expr, LegendFormat string }
			}
		}
		require.NoError(t, json.Unmarshal(b, &d))
		for _, p := range d.Panels {
			for _, target := range p.Targets {
				exprs[filepath.Base(f)+": "+p.Title+" "+target.LegendFormat] = target.Expr
			}
		}
	}
	return exprs, recorded
}

// series are the names of series that processes expose, each with the values
// of its labels.
type series map[string]map[string]map[string]bool

func (s series) add(name string, m *dto.Metric, more ...string) {
	if s[name] == nil {
		s[name] = map[string]map[string]bool{}
	}
	note := func(label, value string) {
		if s[name][label] == nil {
			s[name][label] = map[string]bool{}
		}
		s[name][label][value] = true
	}
	for _, l := range m.GetLabel() {
		note(l.GetName(), l.GetValue())
	}
	for _, label := range append(more, "job", "instance") { // the last two are Prometheus's
		note(label, "*")
	}
}

func seriesOf(exposed map[string]map[string]*dto.MetricFamily) series {
	s := series{"up": {"job": {"*": true}, "instance": {"*": true}}}
	for _, all := range exposed {
		for name, f := range all {
			for _, m := range f.Metric {
				if f.GetType() != dto.MetricType_HISTOGRAM {
					s.add(name, m)
					continue
				}
				s.add(name+"_count", m)
				s.add(name+"_sum", m)
				s.add(name+"_bucket", m, "le")
			}
		}
	}
	return s
}

// aggregated are the labels that an aggregation of the expression keeps.
func aggregated(e metricsql.Expr) []string {
	var out []string
	metricsql.VisitAll(e, func(e metricsql.Expr) {
		if a, ok := e.(*metricsql.AggrFuncExpr); ok && strings.EqualFold(a.Modifier.Op, "by") {
			out = append(out, a.Modifier.Args...)
		}
	})
	return out
}

// neverSeen are values of labels that a run without faults does not show, and which are
// documented in docs/operate/metrics.md.
var neverSeen = []string{"ours", "deferred", "database", "5..", "decide-many", "story-events"}

// checkExpressions: every metric, label and value of a label that a rule or a
// dashboard names is one that the processes expose after a story went through.
func checkExpressions(t *testing.T, exposed map[string]map[string]*dto.MetricFamily) {
	t.Helper()
	exprs, recorded := expressions(t)
	known := seriesOf(exposed)
	for name, text := range recorded {
		e, err := metricsql.Parse(text)
		require.NoError(t, err, name)
		known[name] = map[string]map[string]bool{}
		for _, label := range aggregated(e) {
			known[name][label] = map[string]bool{"*": true}
		}
	}
	used := map[string]bool{}
	for where, text := range exprs {
		e, err := metricsql.Parse(text)
		require.NoError(t, err, where)
		labels := map[string]bool{} // of all series of the expression
		metricsql.VisitAll(e, func(e metricsql.Expr) {
			m, ok := e.(*metricsql.MetricExpr)
			if !ok {
				return
			}
			require.Len(t, m.LabelFilterss, 1, where)
			name := m.LabelFilterss[0][0].Value
			used[name] = true
			require.Contains(t, known, name, "%s: nothing exposes it", where)
			for label := range known[name] {
				labels[label] = true
			}
			for _, f := range m.LabelFilterss[0][1:] {
				checkFilter(t, where, f, known[name])
			}
		})
		for _, label := range aggregated(e) {
			require.True(t, labels[label], "%s: no series has the label %s", where, label)
		}
	}
	for name := range known {
		base := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_sum"), "_count")
		shown := slices.ContainsFunc(slices.Collect(maps.Keys(used)), func(n string) bool {
			return strings.HasPrefix(n, base)
		})
		require.True(t, shown || !strings.HasPrefix(name, "storyreel"), "no rule or dashboard uses %s", name)
	}
}

func checkFilter(t *testing.T, where string, f metricsql.LabelFilter, labels map[string]map[string]bool) {
	t.Helper()
	require.Contains(t, labels, f.Label, where)
	if labels[f.Label]["*"] || f.IsNegative && labels[f.Label][f.Value] {
		return
	}
	values := []string{f.Value}
	if f.IsRegexp {
		values = strings.Split(f.Value, "|")
	}
	for _, v := range values {
		if !labels[f.Label][v] {
			require.Contains(t, neverSeen, v, "%s: %s is never %q", where, f.Label, v)
		}
	}
}
