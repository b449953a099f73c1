package transcode

import (
	"context"
	"log/slog"
	"runtime"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/sandbox"
	"github.com/storyreel/storyreel/transcode/ffmpeg"
	"github.com/storyreel/storyreel/transcode/probe"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// Options say what to run and how. The zero value is good on a machine with
// ffmpeg in the path.
type Options struct {
	FFmpeg  string       // program; empty means ffmpeg in PATH
	FFprobe string       // program; empty means ffprobe in PATH
	Threads int          // for one job; 0 means the machine's cores, at most 4
	Sandbox sandbox.Mode // empty means auto
	Log     *slog.Logger // nil means slog.Default()
}

// Transcoder runs the pipeline. It is safe for use by several goroutines; each
// job costs about Threads cores.
type Transcoder struct {
	runner  *ffmpeg.Runner
	threads int
	log     *slog.Logger
}

// New finds the programs and tries the sandbox once. It fails when a program
// is missing, or when the sandbox must be full and is not.
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

// SandboxLevel returns how far every run of ffmpeg is confined.
func (t *Transcoder) SandboxLevel() sandbox.Level { return t.runner.Level() }

// Probe reads the file and returns what a viewer would see of it; see
// probeFile.
func (t *Transcoder) Probe(ctx context.Context, path string, l refusal.Limits) (media.Media, error) {
	return probe.File(ctx, t.runner, path, l)
}
