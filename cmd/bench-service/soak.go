package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/queue"
)

// sample is one look at what the processes hold.
type sample struct {
	at          time.Duration // since the start
	serve, work usage
	scratch     int64 // bytes of both processes
	queued      int   // announcements that wait or are under way
	archived    int   // announcements that were given up
	done        traffic
}

// soakFailures is how many requests of a soak may fail, as a share, and how many
// of the stories that are followed.
const soakFailures = 0.001

// soak lets mixed traffic run for hours, on the last kind of database of those
// that are measured, and writes what grows.
func soak(ctx context.Context, b *bench) (err error) {
	in, stopAll, err := b.installWhole(ctx, "soak")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stopAll()) }()
	redis, err := queue.Redis(b.redis.URL)
	if err != nil {
		return err
	}
	depths := queue.NewClient(redis)
	defer depths.Close()
	visitors, err := in.newVisitors(ctx)
	if err != nil {
		return err
	}
	running, stop := context.WithTimeout(ctx, *soakFor)
	defer stop()
	ended := make(chan struct{})
	go func() { visitors.run(running); close(ended) }()
	samples, err := b.follow(running, in, depths, visitors)
	stop()
	<-ended
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return b.concludeSoak(title(lastKind()), samples, visitors.first())
}

// follow takes a sample at each tick until ctx ends, and writes the files each
// time, so that an interrupted soak leaves what it has.
func (b *bench) follow(ctx context.Context, in *installation, depths *queue.Client, v *visitors) (
	[]sample, error) {
	began := time.Now()
	var samples []sample
	for pause(ctx, *soakEvery) {
		s := sample{at: time.Since(began), scratch: bytesIn(filepath.Join(in.dir, "scratch")), done: v.count()}
		looking, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		var errs [3]error
		s.serve, errs[0] = in.serve.usage(looking)
		s.work, errs[1] = in.work.usage(looking)
		cancel()
		all, err := depths.Depths()
		errs[2] = err
		for _, d := range all {
			s.queued += d.Pending + d.Active + d.Scheduled + d.Retry
			s.archived += d.Archived
		}
		if err := errors.Join(errs[:]...); err != nil {
			return samples, err
		}
		samples = append(samples, s)
		progress("soak %v: serve %.0f MB, work %.0f MB, %d requests, %d failed", s.at.Round(time.Second),
			mb(s.serve.memory), mb(s.work.memory), s.done.requests, s.done.failed)
		if err := writeSoak(samples); err != nil {
			return samples, err
		}
	}
	return samples, nil
}

// column is one figure of a soak.
type column struct {
	name  string
	value func(sample) float64
	slack float64 // a growth up to this is none
}

// columns are the figures that must not grow.
func columns() []column {
	var out []column
	for _, p := range []struct {
		name string
		of   func(sample) usage
	}{{"serve", func(s sample) usage { return s.serve }}, {"work", func(s sample) usage { return s.work }}} {
		name, of := p.name, p.of
		out = append(out,
			column{name + " MB", func(s sample) float64 { return mb(of(s).memory) }, 16},
			column{name + " goroutines", func(s sample) float64 { return float64(of(s).goroutines) }, 5},
			column{name + " descriptors", func(s sample) float64 { return float64(of(s).descriptors) }, 5},
			column{name + " connections", func(s sample) float64 { return float64(of(s).connections) }, 5})
	}
	return append(out,
		column{"scratch MB", func(s sample) float64 { return mb(s.scratch) }, 16},
		column{"queued", func(s sample) float64 { return float64(s.queued) }, 10},
		column{"archived", func(s sample) float64 { return float64(s.archived) }, 0})
}

// writeSoak writes the samples as CSV and as a plot.
func writeSoak(samples []sample) error {
	var text strings.Builder
	text.WriteString("seconds")
	for _, c := range columns() {
		text.WriteString("," + strings.ReplaceAll(c.name, " ", "_"))
	}
	text.WriteString(",requests,failed\n")
	for _, s := range samples {
		fmt.Fprintf(&text, "%.0f", s.at.Seconds())
		for _, c := range columns() {
			fmt.Fprintf(&text, ",%.1f", c.value(s))
		}
		fmt.Fprintf(&text, ",%d,%d\n", s.done.requests, s.done.failed)
	}
	if err := os.MkdirAll(filepath.Dir(*soakOut), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(*soakOut+".csv", []byte(text.String()), 0o644); err != nil {
		return err
	}
	return os.WriteFile(*soakOut+".svg", []byte(plot(samples)), 0o644)
}

// concludeSoak compares the second quarter of the time with the last one.
func (b *bench) concludeSoak(database string, samples []sample, failure error) error {
	if len(samples) < 4 {
		return fmt.Errorf("%d samples are too few to see growth; take a longer -for or a shorter -every", len(samples))
	}
	last := samples[len(samples)-1]
	fmt.Fprintf(b.w, "\n%s, %v of mixed traffic: %s.\n", database, last.at.Round(time.Second), last.done)
	if failure != nil {
		fmt.Fprintf(b.w, "The first failure: %v.\n", failure)
	}
	fmt.Fprint(b.w, "\n| soak | mean of the second quarter | of the last quarter | at most | bar |\n"+
		"|---|--:|--:|--:|---|\n")
	quarter := len(samples) / 4
	for _, c := range columns() {
		before, after := meanOf(c, samples[quarter:2*quarter]), meanOf(c, samples[len(samples)-quarter:])
		most := 0.0
		for _, s := range samples {
			most = max(most, c.value(s))
		}
		judged := verdict()
		if after > before+max(c.slack, before/10) {
			judged = verdict("grows")
		}
		fmt.Fprintf(b.w, "| %s | %.1f | %.1f | %.1f | %s |\n", c.name, before, after, most, judged)
	}
	requests, stories := last.done.judge()
	fmt.Fprintf(b.w, "| failed requests | | | %d | %s |\n| stories not followed to their end | | | %d | %s |\n",
		last.done.failed, requests, last.done.lost, stories)
	return nil
}

func meanOf(c column, samples []sample) float64 {
	sum := 0.0
	for _, s := range samples {
		sum += c.value(s)
	}
	return sum / float64(len(samples))
}
