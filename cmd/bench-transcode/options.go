package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/storyreel/storyreel/transcode/plan"
)

// options lists the settings of a publish run that are compared with the
// standard, which is the first.
var options = []struct {
	name string
	plan.Options
}{
	{"standard", plan.Options{}},
	{"`--quality high`", plan.Options{Quality: plan.High}},
	{"`--av1`", plan.Options{AV1: true}},
}

// measureOptions runs every option once on the video and returns a table.
func measureOptions(ctx context.Context, c config, v video) (string, error) {
	dir, err := os.MkdirTemp("", "storyreel-bench-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	_, review, err := runTask(ctx,
		task{Source: v.path, Dir: filepath.Join(dir, "review"), Profile: plan.Review, Threads: c.threads})
	if err != nil {
		return "", err
	}
	var s strings.Builder
	fmt.Fprintf(&s, "### High quality and AV1 at %s\n\n%s\n\n"+
		"| option | CPU | / standard | wall | peak RSS MB | rungs: kb/s · SSIM · VMAF |\n|---|--:|--:|--:|--:|---|\n",
		v.name, v.description())
	standard := 0.0
	for i, o := range options {
		out := filepath.Join(dir, fmt.Sprint(i))
		got, r, err := runTask(ctx,
			task{Source: v.path, Dir: out, Profile: plan.Publish, Quality: o.Quality, AV1: o.AV1,
				Media: &review.Media, Findings: &review.Result.Findings, Threads: c.threads})
		if err != nil {
			return "", err
		}
		if i == 0 {
			standard = got.cpu
		}
		rungs := r.Rungs
		if o.AV1 { // the other rungs are those of the standard
			rungs = []plan.Rung{rungs[0]}
			rungs[0].Name += "-av1"
		}
		scores, err := scoreAll(ctx, v, out, rungs, c.vmaf)
		if err != nil {
			return "", err
		}
		var cells []string
		for k, q := range scores {
			rate := float64(q.bytes) * 8 / 1000 / v.seconds
			cells = append(cells, fmt.Sprintf("%s: %.0f · %.4f · %.1f", rungs[k].Name, rate, q.ssim, q.vmaf))
		}
		fmt.Fprintf(&s, "| %s | %.1f | %.2f | %.1f | %.0f | %s |\n", o.name, got.cpu, got.cpu/standard, got.wall,
			mb(got.rss), strings.Join(cells, "<br>"))
	}
	return s.String() + "\n", nil
}
