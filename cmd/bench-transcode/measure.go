package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/storyreel/storyreel/transcode"
	"github.com/storyreel/storyreel/transcode/plan"
)

// table holds the measurements on one video.
type table struct {
	video  video
	rungs  []plan.Rung
	lines  []*line
	ours   transcode.Result // of the last publish run
	review reviewCost
	vmaf   bool
}

// line is one pipeline in the table.
type line struct {
	key, name string
	costs     []cost
	scores    []score
	total     int64 // bytes of all files
}

// measure runs the pipelines on the video, in turn.
func measure(ctx context.Context, c config, v video) (*table, error) {
	dir, err := os.MkdirTemp("", "storyreel-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	t := &table{video: v, vmaf: c.vmaf != ""}
	m, findings, err := t.measureReview(ctx, c, dir)
	if err != nil {
		return nil, fmt.Errorf("review: %w", err)
	}
	publish := task{Source: v.path, Profile: plan.Publish, Media: m, Findings: findings, Threads: c.threads}
	ours := &line{key: "ours", name: "Storyreel, publish"}
	t.lines = append(t.lines, ours)
	if v.publish {
		return t, t.measurePeers(ctx, c, dir, publish)
	}
	for n := range c.runs {
		out, err := t.publish(ctx, dir, publish, n)
		if err != nil {
			return nil, err
		}
		if err := os.RemoveAll(out); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// publish runs our own pipeline for the n-th time and returns its folder.
func (t *table) publish(ctx context.Context, dir string, publish task, n int) (string, error) {
	publish.Dir = filepath.Join(dir, fmt.Sprintf("ours-%d", n))
	got, r, err := runTask(ctx, publish)
	if err != nil {
		return "", err
	}
	t.ours, t.rungs = r.Result, r.Rungs
	ours := t.line("ours")
	ours.costs = append(ours.costs, got)
	return publish.Dir, nil
}

// measurePeers runs our own pipeline, those of peers, and the bound, in turn.
func (t *table) measurePeers(ctx context.Context, c config, dir string, publish task) error {
	for _, p := range peers {
		if !c.quick || p.key == "b" {
			t.lines = append(t.lines, &line{key: p.key, name: p.name})
		}
	}
	bound := &line{key: "d", name: "bound: decoding and top rung only, our settings"}
	t.lines = append(t.lines, bound)
	for n := range c.runs {
		out, err := t.publish(ctx, dir, publish, n)
		if err != nil {
			return err
		}
		if err := t.score(ctx, c, t.line("ours"), out, n); err != nil {
			return err
		}
		for _, p := range peers {
			l := t.line(p.key)
			if l == nil || n > 0 && p.key != "b" && !c.every {
				continue
			}
			out := filepath.Join(dir, fmt.Sprintf("%s-%d", p.key, n))
			got, err := sequence(ctx, out, p.commands(t.video, t.rungs, publish.Media.Bitrate, c.threads))
			if err != nil {
				return err
			}
			l.costs = append(l.costs, got)
			if err := t.score(ctx, c, l, out, n); err != nil {
				return err
			}
		}
		got, err := runBound(ctx, filepath.Join(dir, "bound"), publish)
		if err != nil {
			return err
		}
		bound.costs = append(bound.costs, got)
	}
	return nil
}

// score scores the first output of a pipeline and removes the folder.
func (t *table) score(ctx context.Context, c config, l *line, dir string, n int) (err error) {
	if n == 0 {
		l.total = sizeOf(dir)
		if l.scores, err = scoreAll(ctx, t.video, dir, t.rungs, c.vmaf); err != nil {
			return err
		}
	}
	return os.RemoveAll(dir)
}

// runBound runs the bound of a task outside the sandbox.
func runBound(ctx context.Context, dir string, t task) (cost, error) {
	args, err := boundArgs(ctx, dir, t)
	if err != nil {
		return cost{}, err
	}
	return sequence(ctx, dir, [][]string{args})
}

// boundArgs returns the ffmpeg command of a task's bound.
func boundArgs(ctx context.Context, dir string, t task) ([]string, error) {
	t.Dir, t.Bound = dir, true
	_, r, err := runTask(ctx, t)
	if err != nil {
		return nil, err
	}
	return append([]string{"ffmpeg"}, r.Bound...), nil
}

func (t *table) line(key string) *line {
	for _, l := range t.lines {
		if l.key == key {
			return l
		}
	}
	return nil
}
