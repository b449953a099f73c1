package transcode

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/sandbox"
	"github.com/storyreel/storyreel/transcode/command"
	"github.com/storyreel/storyreel/transcode/ffmpeg"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// Result describes the output of a run.
type Result struct {
	Assets media.Assets `json:"set"` // file names are relative to the output folder
	// Findings of this run. A publish run keeps those of the review run that
	// it does not measure itself.
	Findings media.Findings `json:"findings"`
	Media    media.Media    `json:"media"`
	Usage    Usage          `json:"usage"`
	Steps    []Step         `json:"steps"` // Usage by step
	// Encoder that a publish run used; Software when the planned one failed.
	Encoder plan.Encoder `json:"encoder,omitempty"`
}

// Usage is the cost of all ffmpeg runs of a job. Wall is the time of the whole
// job.
type Usage = sandbox.Usage

// Step is one run of ffmpeg.
type Step struct {
	Name string `json:"name"`
	Usage
}

// Run executes the plan. It reads src and puts the files of the result into
// outDir, which it creates if needed, all at once at the end. Working files
// take about twice the size of the result and 25 MB, in a folder inside outDir
// that is removed before Run returns; after an error or a canceled context
// outDir has no file of this run. progress may be nil; it is called from one
// goroutine at a time.
//
// Errors are *fault.Error: Invalid with a code of package refusal when the
// source caused it, Unavailable when a retry can help, Local as well when only
// another machine or another moment can, Internal when ffmpeg refused our
// arguments or its output failed the check.
func (t *Transcoder) Run(
	ctx context.Context, p plan.Plan, src, outDir string, progress func(Progress),
) (Result, error) {
	res, err := t.runIn(ctx, p, src, outDir, progress)
	return res, machineFault(err)
}

func (t *Transcoder) runIn(
	ctx context.Context, p plan.Plan, src, outDir string, progress func(Progress),
) (Result, error) {
	began := time.Now()
	src, err := filepath.Abs(src)
	if err != nil {
		return Result{}, fmt.Errorf("source path: %w", err)
	}
	if outDir, err = filepath.Abs(outDir); err != nil {
		return Result{}, fmt.Errorf("output path: %w", err)
	}
	if err := os.MkdirAll(outDir, 0o755); err != nil {
		return Result{}, fmt.Errorf("output folder: %w", err)
	}
	work, err := os.MkdirTemp(outDir, ".work-")
	if err != nil {
		return Result{}, fmt.Errorf("working folder: %w", err)
	}
	defer os.RemoveAll(work)

	j := &job{Transcoder: t, plan: p, src: src, dir: work, disk: watchDisk(work)}
	defer j.disk.stop()
	j.meter = &meter{report: progress, now: time.Now, began: began, alive: func() {}, last: -1}
	res, err := j.run(ctx)
	if err = j.verify(ctx, &res, err); err == nil {
		err = moveOutput(work, outDir, &res.Assets)
	}
	j.usage.Wall = time.Since(began)
	j.usage.Level = t.runner.Level()
	res.Usage, res.Steps = j.usage, j.steps
	if err != nil {
		return Result{Usage: j.usage}, err
	}
	j.meter.mu.Lock()
	j.meter.advance(1)
	j.meter.mu.Unlock()
	return res, nil
}

// job is one run in its working folder.
type job struct {
	*Transcoder
	plan   plan.Plan
	src    string // absolute
	dir    string // absolute; every file is written here
	disk   *disk  // that of dir
	meter  *meter
	usage  Usage
	steps  []Step
	stderr string // messages of successful ffmpeg runs
}

// run runs the steps of the profile, again as long as fallback changes the
// plan.
func (j *job) run(ctx context.Context) (Result, error) {
	steps := map[plan.Profile]func(context.Context, *Result) error{
		plan.Review: j.review, plan.First: j.first, plan.Publish: j.publish,
	}[j.plan.Profile]
	for {
		res := Result{Media: j.plan.Media}
		err := j.unpackAudio(ctx)
		if err == nil {
			err = steps(ctx, &res)
		}
		if err == nil || ctx.Err() != nil || !j.fallback(err) {
			return res, err
		}
	}
}

// unpackAudio writes the frames of audio that the main step cannot take from
// the source's packets.
func (j *job) unpackAudio(ctx context.Context) error {
	if !j.plan.Audio.Unpack {
		return nil
	}
	args, err := command.Unpack(j.plan, j.src, j.threads)
	if err != nil {
		return err
	}
	return j.runFFmpeg(ctx, "unpack", args, 0, 0)
}

// fallback changes the plan to avoid the error of a failed run and reports
// whether the steps should run again. It makes each change once.
func (j *job) fallback(err error) bool {
	switch {
	case fault.IsLocal(err): // another plan fails as well
		return false
	case errors.Is(err, errAudioChanges):
		j.plan.Audio.Changes = true
	case j.plan.Remux && (errors.Is(err, errCopy) || fault.Is(err, refusal.CodeDefect) ||
		fault.Is(err, refusal.CodeCorrupt)):
		// Encoding keeps only what can be decoded, as publishing does.
		j.log.Debug("the review copy is encoded instead of remuxed", "err", err)
		j.plan.Remux, j.plan.CopyAAC = false, false
	case j.plan.Encoder != plan.Software:
		// A hardware encoder may fail on a good video: its sessions are
		// limited and drivers fail. Software is the final fallback.
		j.log.Warn("hardware encoder failed; falling back to software", "encoder", j.plan.Encoder, "err", err)
		j.plan.Encoder = plan.Software
	default:
		return false
	}
	return true
}

// ladderStep names the step that encodes the rungs, the only one that may use
// the encoder's device.
const ladderStep = "ladder"

// runFFmpeg runs ffmpeg as the named step. from and to are the progress of the
// whole run, 0…1, at its beginning and end.
func (j *job) runFFmpeg(ctx context.Context, name string, args []string, from, to float64) error {
	j.meter.step(from, to, j.plan.Duration)
	s := ffmpeg.Spec{
		Step: name, Args: args, Read: []string{j.src}, Dir: j.dir, Stdout: j.meter, CPU: cpuLimit(j.plan),
		File: fileLimit(j.plan), Limits: j.plan.Limits, Lead: j.plan.Skipped(), Watch: j.meter.watch,
	}
	if name == ladderStep {
		d := j.plan.Encoder.Device()
		s.Devices, s.Memory = d.Files, d.Memory
	}
	o, err := j.Transcoder.runner.FFmpeg(ctx, s)
	j.stderr += o.Stderr
	for _, u := range o.Usages {
		j.usage = j.usage.Add(u)
		j.steps = append(j.steps, Step{name, u})
	}
	if ctx.Err() == nil && !fault.IsLocal(err) {
		err = j.disk.explain(err)
	}
	return err
}

// cpuLimit is far above the CPU time of good videos: 3 s per second of video at
// 1080p, 25 s for 4K60 HDR. Video before a cut is only decoded, which takes 4
// of the 25 s.
func cpuLimit(p plan.Plan) time.Duration {
	return 2*time.Minute + 60*p.Duration + 10*p.Skipped()
}

// fileLimit returns the size in bytes of the largest file that a run may
// write: a remux is as large as its source, a rung has at most its rate cap, a
// small gray frame takes 1 kB.
func fileLimit(p plan.Plan) int64 {
	rate := int64(0)
	for _, r := range p.Rungs {
		rate = max(rate, int64(r.MaxRate)*1000/8)
	}
	n := int64(p.Duration.Seconds()+5)*(2*rate+64<<10) + 32<<20
	if p.Remux || p.Profile == plan.First {
		n += p.Media.Bytes
	}
	return n
}

// asDefect turns the refusal of a file that this run has written into a defect
// of ours; the source is not the cause.
func (j *job) asDefect(err error) error {
	if fault.Is(err, refusal.CodeCorrupt) {
		return refusal.Defect(err)
	}
	return err
}
