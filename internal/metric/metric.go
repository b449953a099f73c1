// Package metric holds the metrics of a process, for Prometheus. Every label
// has a bounded set of values; docs/operate/metrics.md lists them.
package metric

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Set is the metrics of one process. It is safe for concurrent use.
type Set struct {
	registry   *prometheus.Registry
	requests   *prometheus.HistogramVec
	jobs       *prometheus.CounterVec
	jobSeconds *prometheus.HistogramVec
	jobCPU     *prometheus.CounterVec
	drift      *prometheus.CounterVec
	purges     *prometheus.CounterVec
	lapsed     *prometheus.CounterVec
	s3         *prometheus.HistogramVec
	s3Failures *prometheus.CounterVec
	db         *prometheus.HistogramVec
	dbFailures *prometheus.CounterVec
	uploads    *prometheus.CounterVec
	sweeps     *prometheus.CounterVec
	uploadSize *prometheus.CounterVec
	webhooks   *prometheus.CounterVec
	mails      *prometheus.CounterVec
}

// Process is what the metrics of a process say of it for all its life.
type Process struct {
	Version string
	Sandbox string // how far ffmpeg is confined: full, partial or none
}

// Upper bounds of histogram buckets, seconds.
var (
	answerBuckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}
	callBuckets   = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 30}
	jobBuckets    = []float64{.25, .5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600}
)

// Known are the values of labels whose counters begin at zero.
type Known struct {
	StorageFailures, DatabaseFailures, Pools, Drift, Retention, Stages, Webhooks,
	MailKinds, MailOutcomes []string
}

// New returns the metrics of a process.
func New(k Known) *Set {
	s := &Set{registry: prometheus.NewRegistry()}
	s.requests = s.histogram("storyreel_http_request_seconds", "Time to answer, by operation and status.",
		answerBuckets, "operation", "status")
	s.jobs = s.counter("storyreel_jobs_total",
		"Ended attempts at jobs. cause is input where the file was refused, ours for any other failure.",
		"kind", "outcome", "code", "cause")
	s.jobSeconds = s.histogram("storyreel_job_seconds", "Time from start to end of an attempt.", jobBuckets,
		"kind", "outcome")
	s.jobCPU = s.counter("storyreel_job_cpu_seconds_total", "CPU seconds of ffmpeg and ffprobe.", "kind", "outcome")
	s.drift = s.counter("storyreel_drift_total", "What the sweep removed because no state allows it.", "what")
	s.lapsed = s.counter("storyreel_retention_ended_total", "What ended with its retention period.", "class")
	s.purges = s.counter("storyreel_purges_total", "Purges of removed media from caches, by outcome: done or failed.",
		"outcome")
	s.sweeps = s.counter("storyreel_sweeps_total", "Rounds of the sweep in the process that leads it.", "outcome")
	s.s3 = s.histogram("storyreel_s3_call_seconds",
		"Time of a call of the storage server with its retries, without reading a body; Sign calls none.", callBuckets,
		"operation")
	s.s3Failures = s.counter("storyreel_s3_failures_total", "Calls of the storage server that failed, by who failed.",
		"class")
	s.db = s.histogram("storyreel_db_statement_seconds",
		"Time of a statement, with the wait for a connection of its pool.", callBuckets, "pool")
	s.dbFailures = s.counter("storyreel_db_failures_total", "Statements that the database failed.", "pool", "class")
	s.uploads = s.counter("storyreel_uploads_total", "Files that were announced, and that arrived.", "stage")
	s.uploadSize = s.counter("storyreel_upload_bytes_total", "Their bytes.", "stage")
	s.webhooks = s.counter("storyreel_webhook_attempts_total", "Requests to webhooks, by how they ended.", "outcome")
	s.mails = s.counter("storyreel_mails_total", "Tries to send a mail, by how they ended.", "kind", "outcome")
	s.registry.MustRegister(collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	s.begin(k)
	return s
}

// begin sets counters to zero, so that their first event is a rise and not a
// new series, which no rate shows.
func (s *Set) begin(k Known) {
	for _, outcome := range []string{"done", "failed"} {
		s.purges.WithLabelValues(outcome)
		s.sweeps.WithLabelValues(outcome)
	}
	for _, class := range k.StorageFailures {
		s.s3Failures.WithLabelValues(class)
	}
	for _, pool := range k.Pools {
		for _, class := range k.DatabaseFailures {
			s.dbFailures.WithLabelValues(pool, class)
		}
	}
	for _, what := range k.Drift {
		s.drift.WithLabelValues(what)
	}
	for _, class := range k.Retention {
		s.lapsed.WithLabelValues(class)
	}
	for _, outcome := range k.Webhooks {
		s.webhooks.WithLabelValues(outcome)
	}
	for _, kind := range k.MailKinds {
		for _, outcome := range k.MailOutcomes {
			s.mails.WithLabelValues(kind, outcome)
		}
	}
	for _, stage := range k.Stages {
		s.uploads.WithLabelValues(stage)
		s.uploadSize.WithLabelValues(stage)
	}
}

// Describe adds what is known of the process. It may be called once.
func (s *Set) Describe(p Process) {
	build := prometheus.NewGaugeVec(
		prometheus.GaugeOpts{
			Name: "storyreel_build_info", Help: "Always 1; the labels are the version and the sandbox level of ffmpeg.",
		}, []string{"version", "sandbox"})
	build.WithLabelValues(p.Version, p.Sandbox).Set(1)
	level := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "storyreel_sandbox_level", Help: "How far ffmpeg is confined: 2 fully, 1 partly, 0 not.",
	})
	level.Set(map[string]float64{"full": 2, "partial": 1}[p.Sandbox])
	s.registry.MustRegister(build, level)
}

func (s *Set) counter(name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	s.registry.MustRegister(c)
	return c
}

func (s *Set) histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	s.registry.MustRegister(h)
	return h
}

// Request records an answered HTTP request.
func (s *Set) Request(operation string, status int, elapsed time.Duration) {
	s.requests.WithLabelValues(operation, strconv.Itoa(status)).Observe(elapsed.Seconds())
}

// Job is an ended attempt at a job.
type Job struct {
	Kind, Outcome string
	Code          string // of the failure; empty on success
	Input         bool   // the file was refused
	Elapsed, CPU  time.Duration
}

// Job records an ended attempt at a job.
func (s *Set) Job(j Job) {
	cause := ""
	switch {
	case j.Code != "" && j.Input:
		cause = "input"
	case j.Code != "":
		cause = "ours"
	}
	s.jobs.WithLabelValues(j.Kind, j.Outcome, j.Code, cause).Inc()
	s.jobSeconds.WithLabelValues(j.Kind, j.Outcome).Observe(j.Elapsed.Seconds())
	s.jobCPU.WithLabelValues(j.Kind, j.Outcome).Add(j.CPU.Seconds())
}

// Storage records a call of the storage server; failure is the class of its
// failure, empty on success.
func (s *Set) Storage(operation string, took time.Duration, failure string) {
	s.s3.WithLabelValues(operation).Observe(took.Seconds())
	if failure != "" {
		s.s3Failures.WithLabelValues(failure).Inc()
	}
}

// Statement records a statement of a pool of the database; failure is the
// class of its failure, empty on success.
func (s *Set) Statement(pool string, took time.Duration, failure string) {
	s.db.WithLabelValues(pool).Observe(took.Seconds())
	if failure != "" {
		s.dbFailures.WithLabelValues(pool, failure).Inc()
	}
}

// Sent records a file of these bytes that has come to the stage.
func (s *Set) Sent(stage string, bytes int64) {
	s.uploads.WithLabelValues(stage).Inc()
	s.uploadSize.WithLabelValues(stage).Add(float64(bytes))
}

// Webhook records a request to a webhook.
func (s *Set) Webhook(outcome string) { s.webhooks.WithLabelValues(outcome).Inc() }

// Mail records a try to send a mail of the kind.
func (s *Set) Mail(kind, outcome string) { s.mails.WithLabelValues(kind, outcome).Inc() }

// Drift records that the sweep removed n things of this kind.
func (s *Set) Drift(what string, n int) { s.drift.WithLabelValues(what).Add(float64(n)) }

// Purge records that caches were asked to drop the removed media of a story.
func (s *Set) Purge(ok bool) {
	s.purges.WithLabelValues(outcomeOf(ok)).Inc()
}

// Swept records a round of the sweep.
func (s *Set) Swept(ok bool) { s.sweeps.WithLabelValues(outcomeOf(ok)).Inc() }

func outcomeOf(ok bool) string {
	if ok {
		return "done"
	}
	return "failed"
}

// Lapsed records that n stories' part in a class of data ended.
func (s *Set) Lapsed(class string, n int) { s.lapsed.WithLabelValues(class).Add(float64(n)) }

// Handler serves a scrape. More than maxScrapes at a time get 503, and so
// does one that takes longer than scrapeTimeout.
func (s *Set) Handler() http.Handler {
	return promhttp.HandlerFor(s.registry, promhttp.HandlerOpts{
		ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: maxScrapes, Timeout: scrapeTimeout,
	})
}

// Bounds of scrapes.
const (
	maxScrapes    = 2 // two servers of Prometheus are usual
	scrapeTimeout = 8 * time.Second
)
