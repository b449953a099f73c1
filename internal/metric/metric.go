// Package metric counts what an operator watches, for Prometheus.
package metric

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Set is the metrics of one process.
type Set struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	jobs     *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	cpu      *prometheus.CounterVec
	drift    *prometheus.CounterVec
}

// New returns an empty set that tells version and sandbox level.
func New(version, sandbox string) *Set {
	s := &Set{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(
			prometheus.HistogramOpts{
				Name: "storyreel_http_request_seconds", Help: "Time to answer, by operation and status.",
				Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}},
			[]string{"operation", "status"}),
		jobs: prometheus.NewCounterVec(
			prometheus.CounterOpts{
				Name: "storyreel_jobs_total", Help: "Tries at jobs that ended, by kind, outcome and code.",
			}, []string{"kind", "outcome", "code"}),
		seconds: prometheus.NewHistogramVec(
			prometheus.HistogramOpts{Name: "storyreel_job_seconds", Help: "Time from start to end of a try.",
				Buckets: []float64{.25, .5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600}}, []string{"kind"}),
		cpu: prometheus.NewCounterVec(
			prometheus.CounterOpts{Name: "storyreel_job_cpu_seconds_total", Help: "CPU seconds of ffmpeg and ffprobe."},
			[]string{"kind"}),
		drift: prometheus.NewCounterVec(
			prometheus.CounterOpts{
				Name: "storyreel_drift_total", Help: "Things the sweep found where no state allows them, and removed.",
			}, []string{"what"}),
	}
	build := prometheus.NewGaugeVec(
		prometheus.GaugeOpts{
			Name: "storyreel_build_info", Help: "Always 1; how ffmpeg is confined, and the version, are labels.",
		}, []string{"version", "sandbox"})
	build.WithLabelValues(version, sandbox).Set(1)
	s.registry.MustRegister(s.requests, s.jobs, s.seconds, s.cpu, s.drift, build, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return s
}

// Request records an answered request.
func (s *Set) Request(operation string, status int, took time.Duration) {
	s.requests.WithLabelValues(operation, strconv.Itoa(status)).Observe(took.Seconds())
}

// Job records the end of a try at a job. code is empty unless it failed.
func (s *Set) Job(kind, outcome, code string, took, cpu time.Duration) {
	s.jobs.WithLabelValues(kind, outcome, code).Inc()
	s.seconds.WithLabelValues(kind).Observe(took.Seconds())
	s.cpu.WithLabelValues(kind).Add(cpu.Seconds())
}

// Drift records n things that the sweep removed.
func (s *Set) Drift(what string, n int) { s.drift.WithLabelValues(what).Add(float64(n)) }

// Sample is one value of a gauge that is read when somebody looks.
type Sample struct {
	Labels []string
	Value  float64
}

// Gauge registers a gauge that read answers at every scrape; an error leaves
// the gauge out, so that an absent value never looks like zero.
func (s *Set) Gauge(name, help string, labels []string, read func() ([]Sample, error)) {
	s.registry.MustRegister(&gauge{prometheus.NewDesc(name, help, labels, nil), read})
}

type gauge struct {
	desc *prometheus.Desc
	read func() ([]Sample, error)
}

// Describe implements prometheus.Collector.
func (g *gauge) Describe(ch chan<- *prometheus.Desc) { ch <- g.desc }

// Collect implements prometheus.Collector.
func (g *gauge) Collect(ch chan<- prometheus.Metric) {
	samples, err := g.read()
	if err != nil {
		return
	}
	for _, x := range samples {
		ch <- prometheus.MustNewConstMetric(g.desc, prometheus.GaugeValue, x.Value, x.Labels...)
	}
}

// Handler answers a scrape.
func (s *Set) Handler() http.Handler {
	return promhttp.HandlerFor(s.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
}
