package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/storyreel/storyreel/transcode/plan"
)

// orders are what a publish run may be asked for beyond the standard.
var orders = []struct {
	name  string
	order plan.Options
}{
	{"standard", plan.Options{}},
	{"`--quality high`", plan.Options{Quality: plan.High}},
	{"`--av1`", plan.Options{AV1: true}},
}

// options measures what each order costs on the video and writes a table of
// its own: one run of each, after the other.
func options(ctx context.Context, c config, f film) (string, error) {
	dir, err := os.MkdirTemp("", "storyreel-bench-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	_, seen, err := ours(ctx,
		task{Source: f.path, Dir: filepath.Join(dir, "review"), Profile: plan.Review, Threads: c.threads})
	if err != nil {
		return "", err
	}
	var s strings.Builder
	fmt.Fprintf(&s,
		"### Orders, %s\n\n%d×%d, %d frames a second, %.0f s; %s.\n\n| order | CPU | / standard | wall | peak RSS "+
			"MB | rungs: kb/s · SSIM · VMAF |\n|---|--:|--:|--:|--:|---|\n", f.name, f.width, f.height, f.rate,
		f.seconds, f.recipe)
	standard := 0.0
	for i, o := range orders {
		out := filepath.Join(dir, fmt.Sprint(i))
		got, r, err := ours(ctx,
			task{Source: f.path, Dir: out, Profile: plan.Publish, Quality: o.order.Quality, AV1: o.order.AV1,
				Media: &seen.Media, Findings: &seen.Result.Findings, Threads: c.threads})
		if err != nil {
			return "", err
		}
		if i == 0 {
			standard = got.cpu
		}
		rungs := r.Rungs
		if o.order.AV1 { // the others are as in the standard
			rungs = []plan.Rung{rungs[0]}
			rungs[0].Name += "-av1"
		}
		scores, err := compareAll(ctx, f, out, rungs, c.vmaf)
		if err != nil {
			return "", err
		}
		var cells []string
		for k, q := range scores {
			rate := float64(q.bytes) * 8 / 1000 / f.seconds
			cells = append(cells, fmt.Sprintf("%s: %.0f · %.4f · %.1f", rungs[k].Name, rate, q.ssim, q.vmaf))
		}
		fmt.Fprintf(&s, "| %s | %.1f | %.2f | %.1f | %.0f | %s |\n", o.name, got.cpu, got.cpu/standard, got.wall,
			mb(got.rss), strings.Join(cells, "<br>"))
	}
	return s.String() + "\n", nil
}
