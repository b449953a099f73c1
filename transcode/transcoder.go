package transcode

import (
	"context"
	"log/slog"
	"runtime"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/sandbox"
	"github.com/storyreel/storyreel/transcode/ffmpeg"
	"github.com/storyreel/storyreel/transcode/probe"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// Options configure a Transcoder. The zero value works on a machine with
// ffmpeg in PATH.
type Options struct {
	FFmpeg  string       // program; empty means ffmpeg in PATH
	FFprobe string       // program; empty means ffprobe in PATH
	Threads int          // of one job; 0 means the machine's cores, at most 4
	Sandbox sandbox.Mode // empty means auto
	Log     *slog.Logger // nil means slog.Default()
}

// Transcoder probes files and runs plans. It is safe for use by several
// goroutines; each job uses about Options.Threads cores.
type Transcoder struct {
	runner  *ffmpeg.Runner
	threads int
	log     *slog.Logger
}

// New finds the programs and tries the sandbox once. It returns an Unavailable
// fault when a program is missing, and an error when Options.Sandbox requires
// the full sandbox and the machine lacks it.
func New(o Options) (*Transcoder, error) {
	t := &Transcoder{threads: o.Threads, log: o.Log}
	if t.threads <= 0 {
		t.threads = min(runtime.NumCPU(), 4)
	}
	if t.log == nil {
		t.log = slog.Default()
	}
	var err error
	t.runner, err = ffmpeg.NewRunner(o.FFmpeg, o.FFprobe, o.Sandbox)
	if err != nil {
		return nil, err
	}
	return t, nil
}

// Background returns a Transcoder whose runs leave the processor to those of t;
// see ffmpeg.Runner.
func (t *Transcoder) Background() *Transcoder {
	b := *t
	b.runner = t.runner.Background()
	return &b
}

// SandboxLevel returns the sandbox's level, the same for every run.
func (t *Transcoder) SandboxLevel() sandbox.Level { return t.runner.Level() }

// Probe examines the file at path and describes the video as a player shows
// it; see probe.File. Errors are those of Run.
func (t *Transcoder) Probe(ctx context.Context, path string, l refusal.Limits) (media.Media, error) {
	m, err := probe.File(ctx, t.runner, path, l)
	if fault.Permanent(err) && !fault.Is(err, refusal.CodeTooLarge) {
		err = explainUnread(err, path)
	}
	return m, machineFault(err)
}
