// Package ffmpeg runs ffmpeg and ffprobe in the sandbox, ends runs that make
// no progress, and turns their exit and their messages into faults. It holds
// the whitelists of demuxers and decoders; the other arguments come from its
// callers.
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
	"github.com/storyreel/storyreel/internal/machine"
	"github.com/storyreel/storyreel/internal/sandbox"
	"github.com/storyreel/storyreel/internal/telemetry"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// stallAfter is the time without progress after which a run is ended.
const stallAfter = 60 * time.Second

// memoryLimit is the address space of one ffmpeg, bytes. A 4K video to four
// rungs needs 1.6 GB of it (0.6 GB resident); 700 MB fails already at 1080p.
const memoryLimit = 4 << 30

// Limits of one ffprobe.
const (
	probeWall   = 60 * time.Second // a good file takes 0.1 s; the rest is for a machine under load
	probeCPU    = 20 * time.Second
	probeMemory = 1 << 30 // bytes of address space
)

// ErrStalled is the cause of a run that the watchdog ended.
var ErrStalled = errors.New("no progress for a minute")

// Runner starts ffmpeg and ffprobe in the sandbox. It is safe for use by
// several goroutines.
type Runner struct {
	ffmpegPath, ffprobePath string
	box                     *sandbox.Box
	// Stall is the time without progress after which a run is ended; NewRunner
	// sets a minute.
	Stall time.Duration
	nice  int
}

// Background returns a Runner whose programs leave the processor to those of r
// while both want it: they get about a tenth (niceness 10), and so may be
// without progress for longer.
func (r *Runner) Background() *Runner {
	b := *r
	b.nice, b.Stall = 10, 10*r.Stall
	return &b
}

// NewRunner finds the programs, by default those in PATH, and tries the
// sandbox once. It returns an Unavailable fault when a program is missing, and
// an error when the mode requires the full sandbox and the machine lacks it.
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

// Level returns the sandbox's level, the same for every run.
func (r *Runner) Level() sandbox.Level { return r.box.Level() }

// Spec describes one run of ffmpeg. The run may read and write Dir and read
// the files of Read, all absolute paths; it has no access to other files.
type Spec struct {
	Step    string // name of the run in traces, such as ladder
	Args    []string
	Read    []string
	Dir     string
	Stdout  io.Writer      // receives the -progress lines; nil discards them
	CPU     time.Duration  // 0: 60 s
	Wall    time.Duration  // 0: only the watchdog limits the time
	File    int64          // largest file it may write, bytes; 0: 1 GiB
	Devices []string       // device files that it may open
	Memory  int64          // bytes of address space; values below 4 GiB are raised to it
	Limits  refusal.Limits // for the sentences of refusals

	// Lead is added to the watchdog's time until the first progress, for
	// decoding that comes before the first output.
	Lead time.Duration
	// Watch, if set, is called before the run; the caller must then call alive
	// whenever ffmpeg reports progress.
	Watch func(alive func())
}

// Outcome is the cost and the messages of a run of ffmpeg.
type Outcome struct {
	Usages []sandbox.Usage // one per attempt
	Stderr string          // of all attempts, including successful ones
}

// FFmpeg runs ffmpeg under the watchdog. A crash is repeated once, because the
// machine may have caused it; the second crash is the input's. A run that
// could not write all of its output fails whatever its exit status. The
// Outcome is valid with an error as well. Errors are *fault.Error, see explain.
func (r *Runner) FFmpeg(ctx context.Context, s Spec) (Outcome, error) {
	var o Outcome
	err := r.once(ctx, s, &o)
	if crashed(err) {
		err = r.once(ctx, s, &o)
	}
	if err == nil && diskFull.MatchString(o.Stderr) {
		return o, refusal.DiskFull()
	}
	return o, explain(err, s.Limits, func() bool { return machine.MemoryShort(max(s.Memory, memoryLimit)) })
}

func (r *Runner) once(ctx context.Context, s Spec, o *Outcome) (err error) {
	ctx, span := telemetry.Begin(ctx, "ffmpeg "+s.Step)
	defer func() { ended(span, "ffmpeg", s.Step, o.Usages, err) }()
	inner, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	watchdog := time.AfterFunc(r.Stall+s.Lead, func() { stop(ErrStalled) })
	defer watchdog.Stop()
	if s.Watch != nil {
		s.Watch(func() { watchdog.Reset(r.Stall) })
	}
	var stderr string
	var u sandbox.Usage
	u, err = r.box.Run(inner, sandbox.Spec{
		Path: r.ffmpegPath, Args: s.Args, Read: s.Read, Dir: s.Dir, Stdout: s.Stdout, CPU: s.CPU, Wall: s.Wall,
		Memory: max(s.Memory, memoryLimit), FileSize: s.File, Devices: s.Devices, Stderr: &stderr,
		Nice: r.nice,
	})
	o.Usages = append(o.Usages, u)
	o.Stderr += stderr
	if err != nil && ctx.Err() == nil && errors.Is(context.Cause(inner), ErrStalled) {
		if unknownColors.MatchString(Stderr(err)) { // ffmpeg repeats this message endlessly, on every attempt
			return refusal.UnknownColors().Because(errors.Join(ErrStalled, err))
		}
		return fault.New(fault.Unavailable, refusal.CodeTimeout,
			"Processing stopped making progress and will be retried.").
			Because(errors.Join(ErrStalled, err))
	}
	return err
}

// ended ends the span of a run, whose usage is the last one.
func ended(span telemetry.Span, program, step string, usages []sandbox.Usage, err error) {
	end, status := "done", 0
	if exit, ok := errors.AsType[*sandbox.ExitError](err); ok {
		end, status = string(exit.Reason), exit.Status
	}
	span.Set(telemetry.Program(program, step, end, status)...)
	if n := len(usages); n > 0 {
		span.Set(telemetry.CPU(usages[n-1].CPU))
	}
	span.End(err)
}

// FFprobe runs ffprobe on path, which must be absolute, as the named step, and
// passes its output to read while it is produced. When read returns a *fault.Error, ffprobe is
// ended and that error returned; any other error of read means malformed
// output. A crash is repeated once, so read may be called twice. Errors are
// *fault.Error, see explain.
func (r *Runner) FFprobe(ctx context.Context, step, path string, args []string, l refusal.Limits,
	read func(io.Reader) error) error {
	err := r.probeOnce(ctx, step, path, args, read)
	if crashed(err) {
		err = r.probeOnce(ctx, step, path, args, read)
	}
	return explain(err, l, func() bool { return machine.MemoryShort(probeMemory) })
}

func (r *Runner) probeOnce(ctx context.Context, step, path string, args []string,
	read func(io.Reader) error) (err error) {
	ctx, span := telemetry.Begin(ctx, "ffprobe "+step)
	var u sandbox.Usage
	defer func() { ended(span, "ffprobe", step, []sandbox.Usage{u}, err) }()
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
	u, err = r.box.Run(inner, sandbox.Spec{
		Path: r.ffprobePath, Args: args, Read: []string{path}, Stdout: pw,
		CPU: probeCPU, Wall: probeWall, Memory: probeMemory, FileSize: 1 << 20,
	})
	_ = pw.Close()
	readErr := <-done
	switch {
	case fault.As(readErr) != nil:
		return readErr
	case err != nil:
		return err
	case readErr != nil: // exit status 0 with truncated output
		return refusal.Corrupt().Because(readErr)
	}
	return nil
}

// Parts returns the names of the encoders, filters or muxers that this ffmpeg
// was built with; kind is one of these words. Each line of ffmpeg's list has
// flags, a name and a description.
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
