package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode/plan"
)

// reviewCost is the cost of reviewing a video.
type reviewCost struct {
	run       cost    // the whole review run, with the probe
	probe     float64 // CPU seconds of it
	copy      cost    // our review copy without stills and findings
	plainCopy cost    // a similar copy with plain ffmpeg options
	remuxed   bool
}

// remuxRuns is the number of times that a remux is repeated: it takes a fifth
// of a second, too short for a comparison of three runs.
const remuxRuns = 15

// measureReview measures the review run and the copies that it is compared
// with. It returns the probe and the findings.
func (t *table) measureReview(ctx context.Context, c config, dir string) (*media.Media, *media.Findings, error) {
	var all, probes []cost
	var r reply
	for n := range c.runs {
		out := filepath.Join(dir, fmt.Sprintf("review-%d", n))
		got, rep, err := runTask(ctx,
			task{Source: t.video.path, Dir: out, Profile: plan.Review, Threads: c.threads})
		if err != nil {
			return nil, nil, err
		}
		r, all = rep, append(all, got)
		probes = append(probes, cost{cpu: got.cpu - rep.Result.Usage.CPU.Seconds()})
		if err := os.RemoveAll(out); err != nil {
			return nil, nil, err
		}
	}
	t.review = reviewCost{run: median(all), probe: median(probes).cpu, remuxed: r.Result.Assets.Remuxed}
	return &r.Media, &r.Result.Findings, t.measureCopies(ctx, c, filepath.Join(dir, "copies"), r)
}

// measureCopies measures our review copy without stills and findings, and a
// copy with plain ffmpeg options, in turn.
func (t *table) measureCopies(ctx context.Context, c config, dir string, r reply) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	ours, err := boundArgs(ctx, dir,
		task{Source: t.video.path, Profile: plan.Review, Media: &r.Media, Threads: c.threads})
	if err != nil {
		return err
	}
	runs, plain := remuxRuns,
		ff("-i", t.video.path, "-map", "0:v", "-map", "0:a", "-c", "copy", "-map_metadata", "-1", "-movflags",
			"+faststart", "plain.mp4")
	if !t.review.remuxed {
		size := r.Rungs[0]
		runs, plain = c.runs,
			ff("-threads", fmt.Sprint(c.threads), "-i", t.video.path, "-vf",
				fmt.Sprintf("scale=%d:%d", size.Width, size.Height), "-c:v", "libx264", "-preset", "superfast", "-crf",
				"26", "-maxrate", "1200k", "-bufsize", "2400k",
				"-pix_fmt", "yuv420p", "-threads", fmt.Sprint(c.threads), "-c:a", "aac", "-b:a", "96k", "-ac", "2",
				"-movflags", "+faststart", "plain.mp4")
	}
	var copies, plainCopies []cost
	for range runs {
		got, err := sequence(ctx, dir, [][]string{ours})
		if err != nil {
			return err
		}
		copies = append(copies, got)
		if got, err = sequence(ctx, dir, [][]string{plain}); err != nil {
			return err
		}
		plainCopies = append(plainCopies, got)
	}
	t.review.copy, t.review.plainCopy = median(copies), median(plainCopies)
	return nil
}
