package transcode

import (
	"fmt"
	"log/slog"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/sandbox"
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
	ffmpeg, ffprobe string
	threads         int
	stall           time.Duration // without progress until a run is ended
	box             *sandbox.Box
	log             *slog.Logger
}

// New finds the programs and tries the sandbox once. It fails when a program
// is missing, or when the sandbox must be full and is not.
func New(o Options) (*Transcoder, error) {
	t := &Transcoder{threads: o.Threads, log: o.Log, stall: stallAfter}
	if t.threads <= 0 {
		t.threads = min(runtime.NumCPU(), 4)
	}
	if t.log == nil {
		t.log = slog.Default()
	}
	var err error
	if t.ffmpeg, err = find(o.FFmpeg, "ffmpeg"); err != nil {
		return nil, err
	}
	if t.ffprobe, err = find(o.FFprobe, "ffprobe"); err != nil {
		return nil, err
	}
	if t.box, err = sandbox.New(o.Sandbox); err != nil {
		return nil, err
	}
	return t, nil
}

// SandboxLevel returns the walls that every run of ffmpeg stands behind.
func (t *Transcoder) SandboxLevel() sandbox.Level { return t.box.Level() }

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
		return "",
			fault.New(fault.Unavailable, CodeBadOptions, "%s", fmt.Sprintf("%s is not installed.", name)).Because(err)
	}
	return p, nil
}
