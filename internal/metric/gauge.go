package metric

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Sample is one value of a gauge that is computed at a scrape.
type Sample struct {
	Labels []string
	Value  float64
}

// One is the sample of a gauge without labels.
func One(value float64) []Sample { return []Sample{{Value: value}} }

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

// errReading means that a read has not ended in time.
var errReading = errors.New("metric: the service behind this gauge does not answer")

// Shared returns a function that reads once for all gauges that show parts of
// the same answer, and again after keep. It waits at most as long as a read may
// take, and meanwhile begins no second one: a service that does not answer
// costs a scrape its gauges and no more. Reads end with ctx.
func Shared[T any](
	ctx context.Context, keep, atMost time.Duration, read func(context.Context) (T, error),
) func() (T, error) {
	r := &shared[T]{keep: keep, atMost: atMost, read: read}
	return func() (T, error) { return r.get(ctx) }
}

type shared[T any] struct {
	keep, atMost time.Duration
	read         func(context.Context) (T, error)

	mu      sync.Mutex
	value   T
	err     error
	until   time.Time     // of value and err
	reading chan struct{} // closed at the end of the read under way; nil: none is
}

func (r *shared[T]) get(ctx context.Context) (T, error) {
	r.mu.Lock()
	if time.Now().Before(r.until) {
		defer r.mu.Unlock()
		return r.value, r.err
	}
	if r.reading == nil {
		r.reading = make(chan struct{})
		go r.refresh(ctx, r.reading)
	}
	reading := r.reading
	r.mu.Unlock()
	timeout := time.NewTimer(r.atMost)
	defer timeout.Stop()
	select {
	case <-reading:
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.value, r.err
	case <-timeout.C:
	case <-ctx.Done():
	}
	var none T
	return none, errReading
}

func (r *shared[T]) refresh(ctx context.Context, done chan struct{}) {
	ctx, cancel := context.WithTimeout(ctx, r.atMost)
	defer cancel()
	value, err := r.read(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.value, r.err, r.until, r.reading = value, err, time.Now().Add(r.keep), nil
	close(done)
}
