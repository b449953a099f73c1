package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os/exec"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/queue"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit/million"
)

// sweepRound is how many jobs one look of the sweep announces at most.
const sweepRound = 10_000

// ofLinear is the bar of workers: their share of what as many workers would do
// that never wait for anything but their encoder.
const ofLinear = 0.8

// quickJobs are timed for each worker whose stand-in takes no time.
const quickJobs = 200

// measureBacklog announces a backlog and lets workers take it.
func measureBacklog(ctx context.Context, b *bench) error {
	for _, kind := range kinds() {
		if err := b.backlogOn(ctx, kind); err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
	}
	return nil
}

func (b *bench) backlogOn(ctx context.Context, kind string) (err error) {
	address, remove, err := b.fresh(ctx, kind, "backlog")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	if err := b.freshRedis(ctx); err != nil {
		return err
	}
	db, err := open(ctx, address)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := prepare(ctx, db, kind, address, million.Backlog, *backlog); err != nil {
		return err
	}
	redis, err := queue.Redis(b.redis.URL)
	if err != nil {
		return err
	}
	announcer := queue.NewClient(redis)
	defer announcer.Close()
	if err := b.announce(ctx, kind, db, announcer); err != nil {
		return err
	}
	times, err := parseTimes(*jobTimes)
	if err != nil {
		return err
	}
	fmt.Fprintf(b.w, "\n| %s: jobs of | workers | jobs/s | of linear | CPU ms a job | bar |\n"+
		"|---|--:|--:|--:|--:|---|\n", title(kind))
	for _, list := range []string{*jobTimes, "0s"} {
		if err := b.scale(ctx, db, address, list, times); err != nil {
			return err
		}
	}
	return nil
}

// announce measures how fast the sweep announces all that waits.
func (b *bench) announce(ctx context.Context, kind string, db *store.Store, announcer *queue.Client) error {
	stories := story.NewService(db, announcer, time.Now, story.Options{}, slog.New(slog.DiscardHandler))
	attempts := attempt.NewService(db, stories, announcer, time.Now, attempt.Options{})
	dispatch := func() (int, time.Duration, error) {
		began := time.Now()
		n, err := attempts.Dispatch(ctx, time.Minute, sweepRound)
		return n, time.Since(began), err
	}
	var total int
	var rounds []time.Duration
	for total < *backlog {
		n, took, err := dispatch()
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("%d of %d jobs were announced", total, *backlog)
		}
		total, rounds = total+n, append(rounds, took)
	}
	all := time.Duration(0)
	for _, took := range rounds {
		all += took
	}
	_, idle, err := dispatch()
	fmt.Fprintf(b.w, "\n%s: %d waiting stories announced in %.1f s (%.0f a second), in looks of %.0f ms at most; "+
		"a look when all are announced takes %.1f ms.\n", title(kind), total, all.Seconds(),
		float64(total)/max(all.Seconds(), 0.001), ms(quantile(rounds, 1)), ms(idle))
	return err
}

// scale measures 1, 2, 4 and 8 workers whose stand-ins take the listed times.
func (b *bench) scale(ctx context.Context, db *store.Store, address, list string, times []time.Duration) error {
	quick := list == "0s"
	mean := time.Duration(0)
	for _, t := range times {
		mean += t / time.Duration(len(times))
	}
	var single float64
	for _, workers := range []int{1, 2, 4, 8} {
		count := *jobs * workers
		if quick {
			count = quickJobs * workers
		}
		w, err := b.work(ctx, db, address, list, workers, count)
		if err != nil {
			return fmt.Errorf("%d workers: %w", workers, err)
		}
		perSecond := float64(w.done) / w.elapsed.Seconds()
		if workers == 1 {
			single = perSecond
		}
		linear, judged := single*float64(workers), ""
		if !quick {
			linear = float64(workers) / mean.Seconds()
			if judged = verdict(); perSecond < ofLinear*linear {
				judged = verdict(fmt.Sprintf("below %.1f of linear", ofLinear))
			}
		}
		fmt.Fprintf(b.w, "| %s | %d | %.2f | %.2f | %.1f | %s |\n", list, workers, perSecond, perSecond/linear,
			ms(w.cpu)/float64(w.done), judged)
	}
	return nil
}

// worked is what workers did.
type worked struct {
	done         int
	elapsed, cpu time.Duration
}

// work lets so many worker processes take jobs, and times count of them from
// when the last worker has ended one.
func (b *bench) work(ctx context.Context, db *store.Store, address, list string, workers, count int) (
	w worked, err error) {
	var running []*exec.Cmd
	defer func() {
		for _, cmd := range running {
			err = errors.Join(err, stopSelf(cmd))
		}
	}()
	first, err := prepared(ctx, db)
	if err != nil {
		return w, err
	}
	for range workers {
		cmd, err := startSelf(ctx, "worker", addressVar+"="+address, redisVar+"="+b.redis.URL, timesVar+"="+list)
		if err != nil {
			return w, err
		}
		running = append(running, cmd)
	}
	start, err := awaitPrepared(ctx, db, first+2*workers)
	if err != nil {
		return w, err
	}
	spent := func() (sum time.Duration, err error) {
		for _, cmd := range running {
			cpu, failed := cpuOf(cmd.Process.Pid)
			sum, err = sum+cpu, errors.Join(err, failed)
		}
		return sum, err
	}
	before, err := spent()
	if err != nil {
		return w, err
	}
	began := time.Now()
	end, err := awaitPrepared(ctx, db, start+count)
	if err != nil {
		return w, err
	}
	after, err := spent()
	w = worked{done: end - start, elapsed: time.Since(began), cpu: after - before}
	return w, err
}

// prepared counts the stories that wait for a moderator.
func prepared(ctx context.Context, db *store.Store) (int, error) {
	states, err := db.CountStates(ctx, million.Campaign)
	return int(states[story.InReview]), err
}

// awaitPrepared waits until so many stories are prepared, and returns how many
// are.
func awaitPrepared(ctx context.Context, db *store.Store, count int) (n int, err error) {
	return n, until(ctx, fmt.Sprintf("%d prepared stories", count), 20*time.Millisecond, func() (bool, error) {
		n, err = prepared(ctx, db)
		return n >= count, err
	})
}

// parseTimes reads a list of durations.
func parseTimes(list string) ([]time.Duration, error) {
	var out []time.Duration
	for _, s := range strings.Split(list, ",") {
		d, err := time.ParseDuration(s)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}
