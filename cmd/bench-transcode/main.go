// Command bench measures what publishing and reviewing cost here, beside what
// others' commands cost on the same video in the same run:
//
//	go run ./cmd/bench-transcode -footage DIR -out table.md
//
// CPU is user and system time of every process that a pipeline starts, ours
// included; memory is the peak of its largest process. Pipelines take turns,
// so that a machine that others use as well is unfair to all of them alike.
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

// config is what the command line says.
type config struct {
	footage string
	out     string
	cache   string
	vmaf    string
	only    string
	runs    int
	every   bool
	quick   bool
	orders  bool
	reviews bool
	threads int
}

func main() {
	sandbox.Main()
	if len(os.Args) == 2 && os.Args[1] == childWord {
		if err := child(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	var c config
	flag.StringVar(&c.footage, "footage", "", "folder of real films; empty: generated ones")
	flag.StringVar(&c.out, "out", "", "write the tables there as Markdown")
	flag.StringVar(&c.vmaf, "vmaf", "", "an ffmpeg with libvmaf, for scores only")
	flag.StringVar(&c.only, "only", "", "only films whose name contains this")
	flag.IntVar(&c.runs, "runs", 3, "runs of each pipeline; medians are shown")
	flag.BoolVar(&c.every, "every", false, "repeat (a) and (c) as often as the others instead of once")
	flag.BoolVar(&c.quick, "quick", false,
		"six seconds of each film, one run, only ours, (b) and (d): for trying things")
	flag.BoolVar(&c.orders, "orders", false, "instead, what a second quality and AV1 cost, one run each")
	flag.BoolVar(&c.reviews, "reviews", false, "instead, what reviewing costs beside one ladder")
	flag.IntVar(&c.threads, "threads", 2, "threads of one job, of ours and of theirs alike")
	flag.Parse()
	if c.quick {
		c.runs = 1
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, c); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, c config) error {
	base, err := os.UserCacheDir()
	if err != nil {
		return err
	}
	c.cache = filepath.Join(base, "storyreel-bench")
	if err := os.MkdirAll(c.cache, 0o755); err != nil {
		return err
	}
	films, err := footage(ctx, c)
	if err != nil {
		return err
	}
	var report strings.Builder
	fmt.Fprintf(&report, "%s\n\n", machine())
	for _, f := range films {
		if !strings.Contains(f.name, c.only) {
			continue
		}
		text, err := tables(ctx, c, f)
		if err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		fmt.Print(text)
		report.WriteString(text)
	}
	if c.out == "" {
		return nil
	}
	return os.WriteFile(c.out, []byte(report.String()), 0o644)
}

// tables measures one video and writes it down.
func tables(ctx context.Context, c config, f film) (string, error) {
	if c.orders {
		return options(ctx, c, f)
	}
	f.publish = f.publish && !c.reviews
	t, err := measure(ctx, c, f)
	if err != nil {
		return "", err
	}
	return t.markdown(), nil
}
