package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

// queueLadders publishes stories of the clip until so many ladders are due, of
// which some are made meanwhile.
func (s *service) queueLadders(ctx context.Context, c clip, n int) error {
	for sent := range n {
		ref, err := s.send(ctx, c)
		if err != nil {
			return err
		}
		if err := s.await(ctx, ref, "in_review"); err != nil {
			return err
		}
		if err := s.decide(ctx, ref.Story, map[string]string{"action": "approve"}); err != nil {
			return err
		}
		if (sent+1)%20 == 0 {
			fmt.Fprintf(os.Stderr, "%d of %d stories published for their ladders\n", sent+1, n)
		}
	}
	return nil
}

// p returns a quantile of durations in milliseconds.
func p(times []time.Duration, share float64) float64 {
	if len(times) == 0 {
		return 0
	}
	times = slices.Sorted(slices.Values(times))
	return float64(times[min(len(times)-1, int(share*float64(len(times))))].Microseconds()) / 1000
}

func writeTimes(w io.Writer, condition string, measured []*timed) {
	fmt.Fprintf(w, "\n| %s: p50 / p95 | complete → in review | approve → playable | hide → gone | withdraw → gone |\n",
		condition)
	fmt.Fprint(w, "|---|--:|--:|--:|--:|\n")
	for _, t := range measured {
		fmt.Fprintf(w, "| %s ", t.name)
		for _, times := range [][]time.Duration{t.reviewed, t.playable, t.hidden, t.withdrawn} {
			fmt.Fprintf(w, "| %.0f / %.0f ", p(times, 0.5), p(times, 0.95))
		}
		fmt.Fprintln(w, "|")
	}
}

// Shares of stories in the campaign whose cost is computed.
const (
	approvedShare = 0.2
	watchedShare  = 0.1 // of the approved ones
)

// writeCost writes what a minute of submitted video costs, in CPU seconds of
// ffmpeg, against a service that makes the ladder of every submission.
func writeCost(w io.Writer, measured []*timed) {
	fmt.Fprint(w, "\n| CPU s per minute of video | review | first set | ladder | 20 % approved, always | "+
		"20 % approved, 10 % watched | share of encoding everything |\n|---|--:|--:|--:|--:|--:|--:|\n")
	for _, t := range measured {
		minute := 60 / t.seconds
		review, first, ladder := mean(t.cpu["prepare"])*minute, mean(t.cpu["publish"])*minute, t.ladder*minute
		always := review + approvedShare*(first+ladder)
		watched := review + approvedShare*(first+watchedShare*ladder)
		fmt.Fprintf(w, "| %s | %.1f | %.1f | %.1f | %.1f | %.1f | %.2f |\n", t.name, review, first, ladder, always,
			watched, watched/max(ladder, 0.001))
	}
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / max(float64(len(values)), 1)
}

// measureLadders waits for the ladder of one story of each clip, and notes its
// CPU time.
func (s *service) measureLadders(ctx context.Context, measured []*timed) error {
	for _, t := range measured {
		ref, err := s.send(ctx, t.clip)
		if err != nil {
			return err
		}
		if err := s.await(ctx, ref, "in_review"); err != nil {
			return err
		}
		if err := s.decide(ctx, ref.Story, map[string]string{"action": "approve"}); err != nil {
			return err
		}
		if err := until(ctx, "the ladder", func() (bool, error) {
			spent, err := s.spent(ctx, ref.Story)
			t.ladder = mean(spent["ladder"])
			return t.ladder > 0, err
		}); err != nil {
			return err
		}
	}
	return nil
}
