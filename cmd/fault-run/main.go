//go:build linux

// Command fault-run breaks everything around the service while stories flow
// through it, and then looks whether one was lost, doubled or leaked:
//
//	go run ./cmd/fault-run -bin bin/storyreel [-seed N] [-short] [-only PATTERN]
//
// It starts PostgreSQL, Redis, an S3 server, two processes of the API and two
// workers of its own, on loopback, and ends all of them. The seed alone decides
// which faults happen, for how long, and to whom; the same seed repeats them.
// The exit status is 1 where the audit finds something.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"syscall"
	"time"

	"github.com/storyreel/storyreel/internal/embedded"
)

var (
	program  = flag.String("bin", "bin/storyreel", "the built binary")
	seed     = flag.Uint64("seed", 1, "decides on the faults")
	short    = flag.Bool("short", false, "a few minutes: 24 faults of the short kinds, beside each other")
	faults   = flag.Int("faults", 160, "faults that happen")
	stories  = flag.Int("stories", 120, "stories that flow at least")
	most     = flag.Int("most", 1000, "stories that flow at most")
	parallel = flag.Int("parallel", 5, "stories that flow at a time")
	duration = flag.Duration("duration", 30*time.Minute, "time after which no further fault happens")
	lease    = flag.Duration("lease", 10*time.Second, "STORYREEL_LEASE of the processes")
	longest  = flag.Duration("longest", time.Minute, "longest outage; mixed faults last for a sixth of it at most")
	only     = flag.String("only", ".", "pattern of the kinds of faults")
	out      = flag.String("out", "", "file of the report; empty: standard output only")
	keep     = flag.Bool("keep", false, "keep the folder with logs and data")
)

func main() {
	embedded.Main()
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	clean, err := run(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, "fault-run:", err)
	}
	if err != nil || !clean {
		stop()
		os.Exit(1)
	}
}

// run makes the run and reports whether the audit found nothing.
func run(ctx context.Context) (bool, error) {
	bin, err := filepath.Abs(*program)
	if err != nil {
		return false, err
	}
	dir, err := os.MkdirTemp("", "storyreel-faults-")
	if err != nil {
		return false, err
	}
	if err := os.Chmod(dir, 0o711); err != nil { // PostgreSQL has a user of its own
		return false, err
	}
	clean := false
	defer func() {
		if clean && !*keep {
			_ = os.RemoveAll(dir) // in the system's folder for such files
			return
		}
		fmt.Fprintln(os.Stderr, "fault-run: logs and data are in", dir)
	}()
	clip, err := makeClip(ctx, dir)
	if err != nil {
		return false, err
	}
	in, err := install(ctx, dir, bin, *lease)
	defer in.close()
	if err != nil {
		return false, err
	}
	r := &runner{in: in, watch: &watch{in: in, host: hostname()}, ledger: &ledger{}, began: time.Now()}
	r.load = &load{
		caller: newCaller(in.api), in: in, ledger: r.ledger, clip: clip, large: pad(clip, 9<<20),
		salt: fmt.Sprintf("%d-%d", *seed, time.Now().UnixNano()),
	}
	clean, err = r.run(ctx)
	return clean, err
}

// makeClip makes the video that is sent: a second of a test pattern and a tone.
func makeClip(ctx context.Context, dir string) ([]byte, error) {
	file := filepath.Join(dir, "clip.mp4")
	cmd := exec.CommandContext(ctx, "ffmpeg", "-v", "error",
		"-f", "lavfi", "-i", "testsrc=size=320x240:rate=15:duration=1",
		"-f", "lavfi", "-i", "sine=frequency=440:duration=1",
		"-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "veryfast", "-c:a", "aac", "-shortest", file)
	if text, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("make a clip: %w: %s", err, text)
	}
	return os.ReadFile(file)
}

// chosen are the kinds of faults of this run.
func chosen() ([]*kind, error) {
	pattern, err := regexp.Compile(*only)
	if err != nil {
		return nil, err
	}
	all := slices.DeleteFunc(kinds(*lease+3*time.Second, *longest), func(k *kind) bool {
		return *short && !k.short || !pattern.MatchString(k.name)
	})
	if len(all) == 0 {
		return nil, fmt.Errorf("no kind of fault matches %q", *only)
	}
	return all, nil
}

// plan is the schedule, and how many stories flow at least.
func plan() (*schedule, int, error) {
	all, err := chosen()
	if err != nil {
		return nil, 0, err
	}
	count, enough, limit := *faults, *stories, *longest/6
	if *short {
		count, enough, limit = min(count, 24), min(enough, 20), min(limit, 6*time.Second)
	}
	return newSchedule(*seed, all, count, *short, limit), enough, nil
}

// run lets stories flow and faults happen, waits until all is quiet, audits, and
// writes the report.
func (r *runner) run(ctx context.Context) (bool, error) {
	s, enough, err := plan()
	if err != nil {
		return false, err
	}
	r.logf("seed %d: %d faults", *seed, s.total())
	watching, endWatch := context.WithCancel(ctx)
	defer endWatch()
	go r.watch.run(watching)
	over, flowed := make(chan struct{}), make(chan struct{})
	flowing, endFlow := context.WithCancel(ctx)
	defer endFlow()
	go func() { r.flow(flowing, enough, *most, *parallel, over); close(flowed) }()
	breaking, endFaults := context.WithTimeout(ctx, *duration)
	defer endFaults()
	r.happen(ctx, breaking, s)
	close(over)
	r.logf("faults are over")
	quiet := time.Now()
	if err := r.in.revive(ctx); err != nil {
		return false, err
	}
	select {
	case <-flowed:
	case <-time.After(patience):
		r.logf("stories still flow; they are ended where they are")
		endFlow()
		<-flowed
	}
	if err := r.settle(ctx); err != nil && ctx.Err() == nil {
		r.logf("not all work is done: %v", err) // the audit names it
	}
	r.waiting.Wait()
	r.logf("all is quiet %.1f s after the last fault", time.Since(quiet).Seconds())
	return r.conclude(ctx, s)
}

// conclude audits until nothing is found, as the sweep has minutes to remove
// what nobody needs, and writes the report.
func (r *runner) conclude(ctx context.Context, s *schedule) (bool, error) {
	a := &audit{r: r}
	var findings []string
	var err error
	_ = until(ctx, 4*time.Minute, func() bool {
		findings, err = a.run(ctx)
		if len(findings) > 0 {
			r.logf("the audit finds %d things, first: %s", len(findings), findings[0])
			pause(ctx, 10*time.Second)
		}
		return err == nil && len(findings) == 0
	})
	if err == nil {
		r.after, err = r.in.drift(ctx)
	}
	if err != nil {
		return false, err
	}
	text := r.report(s, a)
	fmt.Print(text)
	if *out != "" {
		if err := os.WriteFile(*out, []byte(text), 0o644); err != nil {
			return false, err
		}
	}
	return len(findings) == 0, nil
}
