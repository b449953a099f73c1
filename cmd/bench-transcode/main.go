// Command bench-transcode measures the cost of publishing and reviewing, and
// that of other services' commands on the same video in the same run:
//
//	go run ./cmd/bench-transcode -footage DIR -out table.md
//
// CPU is user and system time of every process that a pipeline starts,
// including our own; memory is the peak of its largest process. Pipelines run
// in turn, so that other load on the machine affects all of them.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/storyreel/storyreel/internal/sandbox"
)

// config holds the values of the command line.
type config struct {
	footage string
	out     string
	cache   string // folder of the test videos
	vmaf    string
	only    string
	runs    int
	every   bool
	quick   bool
	options bool
	reviews bool
	threads int
}

func main() {
	sandbox.Main()
	if len(os.Args) == 2 && os.Args[1] == childArg {
		if err := child(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	c := parseFlags()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, c); err != nil {
		fmt.Fprintln(os.Stderr, "bench-transcode:", err)
		os.Exit(1)
	}
}

func parseFlags() config {
	var c config
	flag.StringVar(&c.footage, "footage", "", "folder of real videos; empty: videos are generated")
	flag.StringVar(&c.out, "out", "", "write the tables to this file as Markdown")
	flag.StringVar(&c.vmaf, "vmaf", "", "an ffmpeg with libvmaf, used for scoring only")
	flag.StringVar(&c.only, "only", "", "only videos whose name contains this")
	flag.IntVar(&c.runs, "runs", 3, "runs of each pipeline; the tables show medians")
	flag.BoolVar(&c.every, "every", false, "repeat (a) and (c) as often as the others instead of once")
	flag.BoolVar(&c.quick, "quick", false, "six seconds of each video, one run, without (a) and (c)")
	flag.BoolVar(&c.options, "orders", false, "measure only high quality and AV1, one run each")
	flag.BoolVar(&c.reviews, "reviews", false, "measure only reviewing, with one ladder for comparison")
	flag.IntVar(&c.threads, "threads", 2, "threads of one job, the same for all pipelines")
	flag.Parse()
	if c.quick {
		c.runs = 1
	}
	return c
}

// run measures every video and prints the tables.
func run(ctx context.Context, c config) error {
	base, err := os.UserCacheDir()
	if err != nil {
		return err
	}
	c.cache = filepath.Join(base, "storyreel-bench")
	if err := os.MkdirAll(c.cache, 0o755); err != nil {
		return err
	}
	videos, err := footage(ctx, c)
	if err != nil {
		return err
	}
	var report strings.Builder
	fmt.Fprintf(&report, "%s\n\n", machine(ctx))
	for _, v := range videos {
		if !strings.Contains(v.name, c.only) {
			continue
		}
		text, err := tables(ctx, c, v)
		if err != nil {
			return fmt.Errorf("%s: %w", v.name, err)
		}
		fmt.Print(text)
		report.WriteString(text)
	}
	if c.out == "" {
		return nil
	}
	return os.WriteFile(c.out, []byte(report.String()), 0o644)
}

// tables measures one video and returns its tables as Markdown.
func tables(ctx context.Context, c config, v video) (string, error) {
	if c.options {
		return measureOptions(ctx, c, v)
	}
	v.publish = v.publish && !c.reviews
	t, err := measure(ctx, c, v)
	if err != nil {
		return "", err
	}
	return t.markdown(), nil
}
