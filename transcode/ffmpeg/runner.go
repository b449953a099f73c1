package ffmpeg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/sandbox"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// stallAfter is how long ffmpeg may show no progress before its run is ended.
const stallAfter = 60 * time.Second

// memoryLimit is address space for one ffmpeg. A 4K video to four rungs needs
// 1.6 GB of it (0.6 GB resident); 700 MB fails already at 1080p.
const memoryLimit = 4 << 30

const (
	probeWall   = 60 * time.Second // far above the 0.1 s of a good file, for a machine under load
	probeCPU    = 20 * time.Second
	probeMemory = 1 << 30
)

// ErrStalled is the cause of a run that the watchdog ended.
var ErrStalled = errors.New("no progress for a minute")

// Runner starts ffmpeg and ffprobe in the sandbox. It is safe for use by
// several goroutines.
type Runner struct {
	ffmpegPath, ffprobePath string
	box                     *sandbox.Box
	// stall is the time without progress after which a run is ended; newRunner
	// sets a minute.
	Stall time.Duration
}

// NewRunner finds the programs, by default those in PATH, and tries the
// sandbox once. It fails when a program is missing, or when the sandbox must
// be full and is not.
func NewRunner(ffmpegPath, ffprobePath string, mode sandbox.Mode) (*Runner, error) {
	r := &Runner{Stall: stallAfter}
	var err error
	if r.ffmpegPath, err = find(ffmpegPath, "ffmpeg"); err != nil {
		return nil, err
	}
	if r.ffprobePath, err = find(ffprobePath, "ffprobe"); err != nil {
		return nil, err
	}
	if r.box, err = sandbox.New(mode); err != nil {
		return nil, err
	}
	return r, nil
}

// find returns the program's absolute path with links resolved, because the
// sandbox opens exactly one file for execution.
func find(given, name string) (string, error) {
	if given == "" {
		given = name
	}
	p, err := exec.LookPath(given)
	if err == nil {
		p, err = filepath.Abs(p)
	}
	if err == nil {
		p, err = filepath.EvalSymlinks(p)
	}
	if err != nil {
		return "", fault.New(fault.Unavailable, refusal.CodeBadOptions, "%s is not installed.", name).Because(err)
	}
	return p, nil
}

// Level returns how far every run is confined.
func (r *Runner) Level() sandbox.Level { return r.box.Level() }

// Spec describes one run of ffmpeg. It may read and write dir, and read the
// files of read, both absolute; nothing else of the machine is open to it.
type Spec struct {
	Args    []string
	Read    []string
	Dir     string
	Stdout  io.Writer // gets the -progress lines; nil discards them
	CPU     time.Duration
	Wall    time.Duration  // 0: no limit but the watchdog's
	File    int64          // bytes of the largest file it may write; 0: no limit
	Devices []string       // device files that it may open
	Memory  int64          // bytes of address space; 0, or less than usual: 4 GB
	Limits  refusal.Limits // named in refusals

	// lead is how long the run may decode before its first progress, on top
	// of the usual time.
	Lead time.Duration
	// watch, if set, is called before the run with a function that must be
	// called whenever ffmpeg shows progress.
	Watch func(alive func())
}

// Outcome is what a run of ffmpeg cost and wrote.
type Outcome struct {
	Usages []sandbox.Usage // one per attempt: a crash is repeated once
	Stderr string          // of all attempts, also of those that succeeded
}

// FFmpeg runs ffmpeg under the watchdog. A crash is repeated once, which tells
// a bad input from a bad moment. The outcome is valid with an error as well.
// Errors are *fault.Error, see explain.
func (r *Runner) FFmpeg(ctx context.Context, s Spec) (Outcome, error) {
	var o Outcome
	err := r.once(ctx, s, &o)
	if crashed(err) {
		err = r.once(ctx, s, &o)
	}
	return o, Explain(err, s.Limits)
}

func (r *Runner) once(ctx context.Context, s Spec, o *Outcome) error {
	inner, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	dog := time.AfterFunc(r.Stall+s.Lead, func() { stop(ErrStalled) })
	defer dog.Stop()
	if s.Watch != nil {
		s.Watch(func() { dog.Reset(r.Stall) })
	}
	var stderr string
	u, err := r.box.Run(inner, sandbox.Spec{
		Path: r.ffmpegPath, Args: s.Args, Read: s.Read, Dir: s.Dir, Stdout: s.Stdout, CPU: s.CPU, Wall: s.Wall,
		Memory: max(s.Memory, memoryLimit), File: s.File, Devices: s.Devices, Said: &stderr,
	})
	o.Usages = append(o.Usages, u)
	o.Stderr += stderr
	if err != nil && ctx.Err() == nil && errors.Is(context.Cause(inner), ErrStalled) {
		if unknownColors.MatchString(Stderr(err)) { // ffmpeg repeats it without end, on every attempt
			return refusal.UnknownColors().Because(errors.Join(ErrStalled, err))
		}
		return fault.New(fault.Unavailable, refusal.CodeTimeout,
			"Processing stopped making progress and will be retried.").
			Because(errors.Join(ErrStalled, err))
	}
	return err
}

// FFprobe runs ffprobe on path, an absolute path, and hands its output to read
// while it comes. When read returns a *fault.Error, ffprobe is ended and that
// error returned; any other error of read means that the output made no sense.
// Errors are *fault.Error, see explain.
func (r *Runner) FFprobe(ctx context.Context, path string, args []string, l refusal.Limits,
	read func(io.Reader) error) error {
	err := r.probeOnce(ctx, path, args, read)
	if crashed(err) { // once can be the machine; twice is the file
		err = r.probeOnce(ctx, path, args, read)
	}
	return Explain(err, l)
}

func (r *Runner) probeOnce(ctx context.Context, path string, args []string, read func(io.Reader) error) error {
	inner, stop := context.WithCancel(ctx)
	defer stop()
	pr, pw := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := read(pr)
		if fault.As(err) != nil {
			stop()
		}
		_, _ = io.Copy(io.Discard, pr) // so that ffprobe never blocks on us
		done <- err
	}()
	_, err := r.box.Run(inner, sandbox.Spec{
		Path: r.ffprobePath, Args: args, Read: []string{path}, Stdout: pw,
		CPU: probeCPU, Wall: probeWall, Memory: probeMemory, File: 1 << 20,
	})
	_ = pw.Close()
	readErr := <-done
	switch {
	case fault.As(readErr) != nil:
		return readErr
	case err != nil:
		return err
	case readErr != nil: // exit status 0 and half an answer
		return refusal.Corrupt().Because(readErr)
	}
	return nil
}

// Parts returns the names of what this ffmpeg was built with, of one kind:
// encoders, filters or muxers. Each line of ffmpeg's list holds letters for
// what the part can do, its name, and a description.
func (r *Runner) Parts(ctx context.Context, kind string) (map[string]bool, error) {
	var out bytes.Buffer
	_, err := r.box.Run(ctx, sandbox.Spec{
		Path: r.ffmpegPath, Args: []string{"-hide_banner", "-" + kind}, Stdout: &out, CPU: 10 * time.Second,
		Wall: 10 * time.Second, Memory: memoryLimit,
	})
	if err != nil {
		return nil, fmt.Errorf("list ffmpeg's %s: %w", kind, err)
	}
	has := map[string]bool{}
	for line := range strings.Lines(out.String()) {
		if f := strings.Fields(line); len(f) > 1 {
			has[f[1]] = true
		}
	}
	return has, nil
}
