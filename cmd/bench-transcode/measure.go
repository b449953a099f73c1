package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode"
	"github.com/storyreel/storyreel/transcode/plan"
)

// line is one pipeline in the table.
type line struct {
	key, name string
	read      string
	costs     []cost
	scores    []score
	total     int64 // bytes of the folder
}

// table is what was measured on one video.
type table struct {
	film   film
	rungs  []plan.Rung
	lines  []*line
	ours   transcode.Result // of the last publish
	review reviewCost
	vmaf   bool
}

// reviewCost is what reviewing the video took.
type reviewCost struct {
	ours    cost
	remuxed bool
	alone   cost // our copy without stills and findings
	bare    cost // such a copy by ffmpeg's own means
	probe   float64
	result  transcode.Result
}

// measure runs every pipeline on the video, in turn.
func measure(ctx context.Context, c config, f film) (*table, error) {
	dir, err := os.MkdirTemp("", "storyreel-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	t := &table{film: f, vmaf: c.vmaf != ""}
	m, findings, err := t.reviewed(ctx, c, dir)
	if err != nil {
		return nil, fmt.Errorf("review: %w", err)
	}
	publish := func(n int) (cost, string, error) {
		out := filepath.Join(dir, fmt.Sprintf("ours-%d", n))
		got, r, err := ours(ctx,
			task{
				Source: f.path, Dir: out, Profile: plan.Publish, Media: m, Findings: findings, Threads: c.threads,
			})
		t.ours, t.rungs = r.Result, r.Rungs
		return got, out, err
	}
	own := &line{key: "ours", name: "Storyreel, publish"}
	t.lines = append(t.lines, own)
	if !f.publish {
		for n := range c.runs {
			got, out, err := publish(n)
			if err != nil {
				return nil, err
			}
			own.costs = append(own.costs, got)
			if err := os.RemoveAll(out); err != nil {
				return nil, err
			}
		}
		return t, nil
	}
	byKey := map[string]*line{}
	for _, r := range rivals {
		if !c.quick || r.key == "b" {
			byKey[r.key] = &line{key: r.key, name: r.name, read: r.read}
			t.lines = append(t.lines, byKey[r.key])
		}
	}
	bound := &line{key: "d", name: "bound: decode and top rung only, our settings"}
	t.lines = append(t.lines, bound)
	for n := range c.runs {
		got, out, err := publish(n)
		if err != nil {
			return nil, err
		}
		own.costs = append(own.costs, got)
		if err := t.judge(ctx, c, own, out, n); err != nil {
			return nil, err
		}
		for _, r := range rivals {
			l := byKey[r.key]
			if l == nil || n > 0 && r.key != "b" && !c.every {
				continue
			}
			out := filepath.Join(dir, fmt.Sprintf("%s-%d", r.key, n))
			got, err := sequence(ctx, out, r.commands(f, t.rungs, m.Bitrate, c.threads))
			if err != nil {
				return nil, err
			}
			l.costs = append(l.costs, got)
			if err := t.judge(ctx, c, l, out, n); err != nil {
				return nil, err
			}
		}
		got, err = t.bound(ctx, c, filepath.Join(dir, "bound"), m, findings)
		if err != nil {
			return nil, err
		}
		bound.costs = append(bound.costs, got)
	}
	return t, nil
}

// judge weighs and scores a pipeline's first output and removes it.
func (t *table) judge(ctx context.Context, c config, l *line, dir string, n int) (err error) {
	if n == 0 {
		l.total = weigh(dir)
		if l.scores, err = compareAll(ctx, t.film, dir, t.rungs, c.vmaf); err != nil {
			return err
		}
	}
	return os.RemoveAll(dir)
}

// bound runs decoding and the top rung alone, outside the sandbox.
func (t *table) bound(ctx context.Context, c config, dir string, m *media.Media, f *media.Findings) (cost, error) {
	_, r, err := ours(ctx,
		task{
			Source: t.film.path, Dir: dir, Profile: plan.Publish, Media: m, Findings: f, Threads: c.threads,
			Bound: true,
		})
	if err != nil {
		return cost{}, err
	}
	return sequence(ctx, dir, [][]string{append([]string{"ffmpeg"}, r.Bound...)})
}

// copies is how often a copy is repeated: it takes a fifth of a second, which
// three runs would not tell from its neighbour's.
const copies = 15

// reviewed measures the review run and what it is compared with.
func (t *table) reviewed(ctx context.Context, c config, dir string) (*media.Media, *media.Findings, error) {
	var all, probes []cost
	var r reply
	for n := range c.runs {
		out := filepath.Join(dir, fmt.Sprintf("review-%d", n))
		got, rep, err := ours(ctx, task{Source: t.film.path, Dir: out, Profile: plan.Review, Threads: c.threads})
		if err != nil {
			return nil, nil, err
		}
		r, all = rep, append(all, got)
		probes = append(probes, cost{cpu: got.cpu - rep.Result.Usage.CPU.Seconds()})
		if err := os.RemoveAll(out); err != nil {
			return nil, nil, err
		}
	}
	t.review = reviewCost{ours: middle(all), probe: middle(probes).cpu, remuxed: r.Result.Set.Remuxed, result: r.Result}
	return &r.Media, &r.Result.Findings, t.copied(ctx, c, filepath.Join(dir, "copies"), r)
}

// copied measures our review copy without stills and findings, and the same
// by ffmpeg's own means, in turn.
func (t *table) copied(ctx context.Context, c config, dir string, r reply) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	_, own, err := ours(ctx,
		task{
			Source: t.film.path, Dir: dir, Profile: plan.Review, Media: &r.Media, Threads: c.threads, Bound: true,
		})
	if err != nil {
		return err
	}
	times, theirs := copies,
		ff("-i", t.film.path, "-map", "0:v", "-map", "0:a", "-c", "copy", "-map_metadata", "-1", "-movflags",
			"+faststart", "bare.mp4")
	if !t.review.remuxed {
		size := r.Rungs[0]
		times, theirs = c.runs,
			ff("-threads", fmt.Sprint(c.threads), "-i", t.film.path, "-vf",
				fmt.Sprintf("scale=%d:%d", size.Width, size.Height), "-c:v", "libx264", "-preset", "superfast", "-crf",
				"26", "-maxrate", "1200k", "-bufsize", "2400k",
				"-pix_fmt", "yuv420p", "-threads", fmt.Sprint(c.threads), "-c:a", "aac", "-b:a", "96k", "-ac", "2",
				"-movflags", "+faststart", "bare.mp4")
	}
	var alone, bare []cost
	for range times {
		got, err := sequence(ctx, dir, [][]string{append([]string{"ffmpeg"}, own.Bound...)})
		if err != nil {
			return err
		}
		alone = append(alone, got)
		if got, err = sequence(ctx, dir, [][]string{theirs}); err != nil {
			return err
		}
		bare = append(bare, got)
	}
	t.review.alone, t.review.bare = middle(alone), middle(bare)
	return nil
}
