// Package metric holds the metrics of a process, for Prometheus.
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
	registry   *prometheus.Registry
	requests   *prometheus.HistogramVec
	jobs       *prometheus.CounterVec
	jobSeconds *prometheus.HistogramVec
	jobCPU     *prometheus.CounterVec
	drift      *prometheus.CounterVec
	purges     *prometheus.CounterVec
	lapsed     *prometheus.CounterVec
}

// New returns a Set whose storyreel_build_info has these labels.
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
				Name: "storyreel_jobs_total", Help: "Ended attempts at jobs, by kind, outcome and code.",
			}, []string{"kind", "outcome", "code"}),
		jobSeconds: prometheus.NewHistogramVec(
			prometheus.HistogramOpts{Name: "storyreel_job_seconds", Help: "Time from start to end of an attempt.",
				Buckets: []float64{.25, .5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600}}, []string{"kind"}),
		jobCPU: prometheus.NewCounterVec(
			prometheus.CounterOpts{Name: "storyreel_job_cpu_seconds_total", Help: "CPU seconds of ffmpeg and ffprobe."},
			[]string{"kind"}),
		drift: prometheus.NewCounterVec(
			prometheus.CounterOpts{
				Name: "storyreel_drift_total", Help: "What the sweep removed because no state allows it.",
			}, []string{"what"}),
		lapsed: prometheus.NewCounterVec(
			prometheus.CounterOpts{
				Name: "storyreel_retention_ended_total", Help: "What ended with its retention period.",
			}, []string{"class"}),
	}
	s.purges = prometheus.NewCounterVec(
		prometheus.CounterOpts{
			Name: "storyreel_purges_total", Help: "Purges of removed media from caches, by outcome: done or failed.",
		}, []string{"outcome"})
	build := prometheus.NewGaugeVec(
		prometheus.GaugeOpts{
			Name: "storyreel_build_info", Help: "Always 1; the labels are the version and the sandbox level of ffmpeg.",
		}, []string{"version", "sandbox"})
	build.WithLabelValues(version, sandbox).Set(1)
	s.registry.MustRegister(s.requests, s.jobs, s.jobSeconds, s.jobCPU, s.drift, s.purges, s.lapsed, build,
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return s
}

// Request records an answered HTTP request.
func (s *Set) Request(operation string, status int, elapsed time.Duration) {
	s.requests.WithLabelValues(operation, strconv.Itoa(status)).Observe(elapsed.Seconds())
}

// Job records an ended attempt at a job: its time, the CPU time of ffmpeg and
// ffprobe, and its error code, empty on success.
func (s *Set) Job(kind, outcome, code string, elapsed, cpu time.Duration) {
	s.jobs.WithLabelValues(kind, outcome, code).Inc()
	s.jobSeconds.WithLabelValues(kind).Observe(elapsed.Seconds())
	s.jobCPU.WithLabelValues(kind).Add(cpu.Seconds())
}

// Drift records that the sweep removed n things of this kind.
func (s *Set) Drift(what string, n int) { s.drift.WithLabelValues(what).Add(float64(n)) }

// Purge records that caches were asked to drop the removed media of a story.
func (s *Set) Purge(ok bool) {
	outcome := "failed"
	if ok {
		outcome = "done"
	}
	s.purges.WithLabelValues(outcome).Inc()
}

// Lapsed records that n stories' part in a class of data ended.
func (s *Set) Lapsed(class string, n int) { s.lapsed.WithLabelValues(class).Add(float64(n)) }

// Sample is one value of a gauge that is computed at a scrape.
type Sample struct {
	Labels []string
	Value  float64
}

// Gauge registers a gauge whose samples read returns at every scrape. After an
// error the gauge is absent, so that it does not look like zero.
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

// Handler serves a scrape.
func (s *Set) Handler() http.Handler {
	return promhttp.HandlerFor(s.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
}
