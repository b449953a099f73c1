// Command bench-latency measures how soon stories move in a service of its
// own, on this machine alone, idle and while ladders are queued:
//
//	go run ./cmd/bench-latency -bin bin/storyreel [-runs 20] [-ladders 200]
//
// The service is `storyreel up` in a temporary folder. Clips are generated. The
// table goes to the standard output and to the file of -out.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

var (
	bin     = flag.String("bin", "bin/storyreel", "program to measure")
	runs    = flag.Int("runs", 20, "stories of each clip and condition")
	ladders = flag.Int("ladders", 200, "ladders that are due during the second half; 0: the first half only")
	out     = flag.String("out", "", "file that gets the table as well")
)

func main() {
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench-latency:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp("", "storyreel-latency-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	list, err := makeClips(ctx, dir)
	if err != nil {
		return err
	}
	s, err := startService(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	var text strings.Builder
	fmt.Fprintf(&text, "%d stories of each clip, one at a time; %d cores, load %s at the start. Times in ms.\n",
		*runs, runtime.NumCPU(), load())
	measured, err := s.measureAll(ctx, list, *runs)
	if err != nil {
		return err
	}
	if err := s.measureLadders(ctx, measured); err != nil {
		return err
	}
	writeTimes(&text, "idle", measured)
	writeCost(&text, measured)
	if *ladders > 0 {
		if err := s.queueLadders(ctx, list[longest], *ladders); err != nil {
			return err
		}
		measured, err := s.measureAll(ctx, list, *runs)
		if err != nil {
			return err
		}
		writeTimes(&text, fmt.Sprintf("%d ladders queued", *ladders), measured)
	}
	fmt.Print(text.String())
	if *out == "" {
		return nil
	}
	return os.WriteFile(*out, []byte(text.String()), 0o644)
}

// load returns the load of the last minute, as far as the system states it.
func load() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	one, _, _ := strings.Cut(string(b), " ")
	return one
}

// clip is a generated video.
type clip struct {
	name    string
	path    string
	seconds float64
	encode  []string // of ffmpeg, for the video
}

// longest is the index of the clip with the most costly ladder.
const longest = 1

func makeClips(ctx context.Context, dir string) ([]clip, error) {
	h264 := []string{"-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-g", "60"}
	list := []clip{
		{name: "720p, 10 s, H.264", seconds: 10, encode: append(h264, "-s", "1280x720")},
		{name: "1080p, 20 s, H.264", seconds: 20, encode: append(h264, "-s", "1920x1080")},
		{name: "1080p, 10 s, HEVC", seconds: 10, encode: []string{
			"-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-tag:v", "hvc1", "-s", "1920x1080",
			"-x265-params", "log-level=none",
		}},
	}
	for i := range list {
		c := &list[i]
		c.path = filepath.Join(dir, fmt.Sprintf("clip-%d.mp4", i))
		length := fmt.Sprint(c.seconds)
		args := append([]string{
			"-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=1920x1080:r=30", "-f", "lavfi", "-i",
			"sine=f=330:r=48000", "-vf", "noise=alls=2:allf=t", "-t", length,
		}, c.encode...)
		args = append(args, "-c:a", "aac", "-movflags", "+faststart", c.path)
		if err := runProgram(ctx, "ffmpeg", args...); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// pollEvery is the pause between two looks at something that is awaited, and so
// the resolution of the times.
const pollEvery = 20 * time.Millisecond

// patience bounds one wait.
const patience = 10 * time.Minute

// until repeats look until it reports true.
func until(ctx context.Context, what string, look func() (bool, error)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("%s: not within %s", what, patience))
	defer cancel()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		if done, err := look(); done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
}
