package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/storyreel/storyreel/client"
)

// clip is a generated video.
type clip struct {
	name    string
	path    string
	seconds float64
	bar     time.Duration // p50 from a complete upload to review
}

// Bars of the time from an approval to the first segment.
const (
	playableP50 = time.Second
	playableP95 = 2 * time.Second
)

// costBar is that of the share of encoding everything.
const costBar = 0.10

// stopwatch is a transport that notes when the last request to complete an
// upload was sent.
type stopwatch struct{ at time.Time }

// RoundTrip implements http.RoundTripper.
func (s *stopwatch) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/complete") {
		s.at = time.Now()
	}
	return caller.Transport.RoundTrip(r)
}

// latency is the installation whose stories are timed.
type latency struct {
	*installation
	completed stopwatch
}

// measureLatency measures how soon stories move, idle and while ladders are
// queued, on the last kind of database of those that are measured.
func measureLatency(ctx context.Context, b *bench) (err error) {
	in, stop, err := b.installWhole(ctx, "latency")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	list, err := makeClips(ctx, in.dir)
	if err != nil {
		return err
	}
	l := &latency{installation: in}
	l.client = client.New(l.url, client.Options{HTTP: &http.Client{Transport: &l.completed}})
	measured, err := l.measureAll(ctx, list)
	if err != nil {
		return err
	}
	if err := l.measureLadders(ctx, measured); err != nil {
		return err
	}
	fmt.Fprintf(b.w, "\n%d stories of each clip, one at a time, on %s.\n", *runs, title(lastKind()))
	b.printTimes("idle", measured)
	b.printCost(measured)
	if *ladders == 0 {
		return nil
	}
	return b.measureBusy(ctx, l, list)
}

// measureBusy measures again while ladders are queued. It fails if there were not
// as many as asked for at the beginning, or less than half of them at the end.
func (b *bench) measureBusy(ctx context.Context, l *latency, list []clip) error {
	if err := l.queueLadders(ctx, list[0]); err != nil {
		return err
	}
	measured, err := l.measureAll(ctx, list)
	if err != nil {
		return err
	}
	left, err := l.dueLadders(ctx)
	if err != nil {
		return err
	}
	b.printTimes(fmt.Sprintf("%d ladders queued, %d at the end", *ladders, left), measured)
	return held(left, *ladders)
}

// held is an error where fewer than half of the ladders are left.
func held(left, queued int) error {
	if 2*left < queued {
		return fmt.Errorf("only %d of %d ladders were left at the end; take a larger -ladders or a smaller -runs",
			left, queued)
	}
	return nil
}

// dueLadders counts the ladders that are neither made nor given up.
func (in *installation) dueLadders(ctx context.Context) (n int, err error) {
	raw, err := openRaw(in.address)
	if err != nil {
		return 0, err
	}
	defer raw.Close()
	return n, raw.QueryRowContext(ctx, "SELECT count(*) FROM stories WHERE ladder > 0").Scan(&n)
}

func makeClips(ctx context.Context, dir string) ([]clip, error) {
	list := []clip{
		{name: "720p, 10 s, H.264", seconds: 10, bar: time.Second},
		{name: "1080p, 20 s, H.264", seconds: 20, bar: time.Second},
		{name: "1080p, 10 s, HEVC", seconds: 10, bar: 3500 * time.Millisecond}, // 0.35 of its length
	}
	hevc := []string{
		"-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-tag:v", "hvc1", "-x265-params",
		"log-level=none",
	}
	for i, how := range []struct {
		size   string
		encode []string
	}{{"1280x720", h264()}, {"1920x1080", h264()}, {"1920x1080", hevc}} {
		c := &list[i]
		c.path = filepath.Join(dir, fmt.Sprintf("clip-%d.mp4", i))
		if err := makeClip(ctx, c.path, how.size, c.seconds, how.encode); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// queueLadders publishes stories of the clip, as many as the flag has it, while
// no process makes ladders.
func (l *latency) queueLadders(ctx context.Context, c clip) error {
	if err := l.restart(ctx, "STORYREEL_PUBLISH_WORKERS=0"); err != nil {
		return err
	}
	for sent := range *ladders {
		ref, err := l.approved(ctx, c)
		if err == nil {
			err = l.await(ctx, ref, "published", lookEvery)
		}
		if err != nil {
			return err
		}
		if (sent+1)%20 == 0 {
			progress("%d of %d stories published for their ladders", sent+1, *ladders)
		}
	}
	due, err := l.dueLadders(ctx)
	if err == nil && due < *ladders {
		err = fmt.Errorf("%d ladders are due and not %d", due, *ladders)
	}
	if err != nil {
		return err
	}
	return l.restart(ctx)
}

// restart starts `work` anew, with further variables.
func (l *latency) restart(ctx context.Context, vars ...string) error {
	err := l.work.stop()
	if err == nil {
		l.work, err = startProcess(ctx, "work", slices.Concat(l.vars, vars))
	}
	return err
}

// measureLadders waits for the ladder of one story of each clip, and notes its
// CPU time.
func (l *latency) measureLadders(ctx context.Context, measured []*timed) error {
	for _, t := range measured {
		ref, err := l.approved(ctx, t.clip)
		if err != nil {
			return err
		}
		if err := until(ctx, "the ladder", lookEvery, func() (bool, error) {
			spent, err := l.spent(ctx, ref.Story)
			t.ladder = mean(spent["ladder"])
			return t.ladder > 0, err
		}); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) printTimes(condition string, measured []*timed) {
	fmt.Fprintf(b.w, "\n| %s: p50 / p95 in ms | complete → in review | approve → playable | hide → gone | "+
		"withdraw → gone | bar |\n|---|--:|--:|--:|--:|---|\n", condition)
	for _, t := range measured {
		fmt.Fprintf(b.w, "| %s ", t.name)
		for _, times := range [][]time.Duration{t.reviewed, t.playable, t.hidden, t.withdrawn} {
			fmt.Fprintf(b.w, "| %.0f / %.0f ", ms(quantile(times, 0.5)), ms(quantile(times, 0.95)))
		}
		fmt.Fprintf(b.w, "| %s |\n", verdict(t.missed()...))
	}
}

// missed names the bars that the clip's stories missed.
func (t *timed) missed() (names []string) {
	if quantile(t.reviewed, 0.5) > t.bar {
		names = append(names, fmt.Sprintf("in review after more than %v", t.bar))
	}
	if quantile(t.playable, 0.5) > playableP50 || quantile(t.playable, 0.95) > playableP95 {
		names = append(names, fmt.Sprintf("playable after more than %v / %v", playableP50, playableP95))
	}
	return names
}

// Shares of stories in the campaign whose cost is computed.
const (
	approvedShare = 0.2
	watchedShare  = 0.1 // of the approved ones
)

// printCost writes what a minute of submitted video costs, in CPU seconds of
// ffmpeg, against a service that makes the ladder of every submission.
func (b *bench) printCost(measured []*timed) {
	fmt.Fprint(b.w, "\n| CPU s per minute of video | review | first set | ladder | 20 % approved, always | "+
		"20 % approved, 10 % watched | share of encoding everything | bar |\n|---|--:|--:|--:|--:|--:|--:|---|\n")
	for _, t := range measured {
		minute := 60 / t.seconds
		review, first, ladder := mean(t.cpu["prepare"])*minute, mean(t.cpu["publish"])*minute, t.ladder*minute
		always := review + approvedShare*(first+ladder)
		watched := review + approvedShare*(first+watchedShare*ladder)
		share, judged := watched/max(ladder, 0.001), verdict()
		if share > costBar {
			judged = verdict(fmt.Sprintf("above %.2f", costBar))
		}
		fmt.Fprintf(b.w, "| %s | %.1f | %.1f | %.1f | %.1f | %.1f | %.2f | %s |\n", t.name, review, first, ladder,
			always, watched, share, judged)
	}
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / max(float64(len(values)), 1)
}
