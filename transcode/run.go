package transcode

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/sandbox"
	"github.com/storyreel/storyreel/transcode/analysis"
	"github.com/storyreel/storyreel/transcode/command"
	"github.com/storyreel/storyreel/transcode/ffmpeg"
	"github.com/storyreel/storyreel/transcode/mp4"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// ladderStep is the run that codes the rungs, the only one with the encoder's
// device.
const ladderStep = "ladder"

// Usage is what all runs of ffmpeg of one job cost together.
type Usage = sandbox.Usage

// Result is what a run made.
type Result struct {
	Set      media.Set      `json:"set"`      // names relative to the folder
	Findings media.Findings `json:"findings"` // of this run; a publish run keeps what the review run knew
	Media    media.Media    `json:"media"`
	Usage    Usage          `json:"usage"`
	Steps    []Step         `json:"steps"`             // what Usage is made of
	Encoder  plan.Encoder   `json:"encoder,omitempty"` // of a publish run, which may be another than the plan's
}

// Step is one run of a program.
type Step struct {
	Name string `json:"name"`
	Usage
}

// job is one run in its folder.
type job struct {
	*Transcoder
	plan   plan.Plan
	src    string // absolute
	dir    string // absolute; everything is written here
	meter  *meter
	usage  Usage
	steps  []Step
	stderr string // what ffmpeg said while it succeeded
}

// Run carries the plan out: src is read, and the files of the result appear
// in outDir, which is made if absent, all at once at the end. Working files
// need about twice the size of the result and 25 MB, in a folder of their own
// inside outDir that is gone when Run returns; after an error or a cancelled
// context outDir holds nothing of this run. progress may be nil; it is called
// from one goroutine at a time.
//
// Errors are *fault.Error: Invalid with one of the codes when the source is
// to blame, Unavailable when a retry can help, Internal when ffmpeg
// refused our arguments or what it made failed the check.
func (t *Transcoder) Run(ctx context.Context, plan plan.Plan, src, outDir string, progress func(Progress)) (Result,
	error) {
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

	j := &job{Transcoder: t, plan: plan, src: src, dir: work}
	j.meter = &meter{report: progress, now: time.Now, began: began, alive: func() {}, last: -1}
	res, err := j.run(ctx)
	if err == nil {
		err = publishFiles(work, outDir, &res.Set)
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

// run runs the steps of the profile, and again after what a failed try found
// out.
func (j *job) run(ctx context.Context) (Result, error) {
	steps := j.review
	if j.plan.Profile == plan.Publish {
		steps = j.publish
	}
	for {
		res := Result{Media: j.plan.Media}
		err := steps(ctx, &res)
		if err == nil || ctx.Err() != nil || !j.fallback(err) {
			return res, err
		}
	}
}

// fallback changes the plan by what a failed try found out, and reports whether
// another is worth it. Each change is made once.
func (j *job) fallback(err error) bool {
	switch {
	case errors.Is(err, errAudioChanges):
		j.plan.Audio.Changes = true
	case j.plan.Remux && fault.Is(err, refusal.CodeDefect):
		// A remux that fails the check holds what a damaged video said of
		// itself; encoding finds out what is there.
		j.plan.Remux, j.plan.CopyAAC, j.plan.KeyFramesOnly = false, false, false
	case j.plan.Encoder != plan.Software:
		// An encoder of hardware can fail where the video is good: its sessions
		// are few, and drivers come and go. The word of software is the last.
		j.log.Warn("the encoder failed; software takes over", "encoder", j.plan.Encoder, "err", err)
		j.plan.Encoder = plan.Software
	default:
		return false
	}
	return true
}

// review makes the review copy and what goes with it.
func (j *job) review(ctx context.Context, res *Result) error {
	args, err := command.Review(j.plan, j.src, j.threads)
	if err != nil {
		return err
	}
	if err := j.runFFmpeg(ctx, "review", args, 0, 0.85); err != nil {
		return err
	}
	if j.plan.Remux {
		if err := mp4.BlankSEI(filepath.Join(j.dir, command.FileReview)); err != nil {
			return refusal.Corrupt().Because(err)
		}
	}
	seen, err := j.measure()
	if err != nil {
		return err
	}
	if j.plan.KeyFramesOnly {
		if seen.flashes, err = j.countFlashes(ctx); err != nil {
			return err
		}
	}
	res.Findings = j.findings(seen)
	if !res.Findings.Silent { // silence is like all other silence
		res.Findings.AudioPrint = j.fingerprint()
	}
	v := j.plan.Media.Video
	w, h := v.Width, v.Height
	if !j.plan.Remux {
		w, h = j.plan.Rungs[0].Width, j.plan.Rungs[0].Height
	}
	if err := j.poster(ctx, seen.PosterAt(j.plan.Duration.Seconds()), w, h); err != nil {
		return err
	}
	if err := j.writeStoryboard(); err != nil {
		return err
	}
	res.Set = media.Set{
		MP4: command.FileReview, Poster: command.FilePoster, Storyboard: command.FileStoryboard,
		StoryboardVTT: command.FileStoryboardVTT, Width: w, Height: h,
		Remuxed: j.plan.Remux,
	}
	return j.checkReview(res)
}

// poster takes the poster. A damaged video may hold nothing that decodes after
// the chosen moment; then its first frame serves, and if there is none, the
// video is to blame.
func (j *job) poster(ctx context.Context, at float64, w, h int) error {
	for _, at := range []float64{at, 0} {
		args, err := command.Poster(j.plan, at, w, h, j.threads)
		if err != nil {
			return err
		}
		if err := j.runFFmpeg(ctx, "still", args, 0.9, 0.97); err != nil &&
			!(j.plan.Remux && fault.Is(err, refusal.CodeCorrupt)) {
			return j.asDefect(err)
		}
		if j.checkFiles(command.FilePoster) == nil {
			return nil
		}
	}
	if j.plan.Remux {
		return refusal.Corrupt()
	}
	return j.checkFiles(command.FilePoster)
}

// fingerprint returns the audio's fingerprint, empty when there is too little
// audio for one: Chromaprint wants about three seconds.
func (j *job) fingerprint() string {
	b, err := os.ReadFile(filepath.Join(j.dir, command.FileFingerprint))
	if err != nil || len(b) < minFingerprint || len(b) > maxFingerprint {
		return ""
	}
	return strings.TrimSpace(string(b))
}

const (
	minFingerprint = 40       // bytes: below it is little more than the header, the same for all
	maxFingerprint = 64 << 10 // far above the 1.3 kB of forty seconds
)

// publish makes the ladder and what goes with it.
func (j *job) publish(ctx context.Context, res *Result) error {
	start := 0.0
	var heard analysis.Loudness
	if j.plan.Audio.Measure {
		start = 0.05
		args, err := command.Loudness(j.plan, j.src, j.threads)
		if err != nil {
			return err
		}
		if err := j.runFFmpeg(ctx, "loudness", args, 0, start); err != nil {
			return err
		}
		if heard, err = j.loudness(); err != nil {
			return err
		}
		f := heard.Findings()
		j.plan.Audio.GainDB, j.plan.Audio.Limit = plan.Gain(&f)
	}
	args, err := command.Publish(j.plan, j.src, j.threads)
	if err != nil {
		return err
	}
	if err := j.runFFmpeg(ctx, ladderStep, args, start, 0.9); err != nil {
		return err
	}
	seen, err := j.measure()
	if err != nil {
		return err
	}
	res.Findings = j.findings(seen)
	if args, err = command.Finish(j.plan, seen.PosterAt(j.plan.Duration.Seconds()),
		seen.PreviewAt(j.plan.Duration.Seconds()), j.threads); err != nil {
		return err
	}
	if err := j.runFFmpeg(ctx, "finish", args, 0.9, 0.95); err != nil {
		return j.asDefect(err)
	}
	if err := j.writeStoryboard(); err != nil {
		return err
	}
	top := j.plan.Rungs[0]
	res.Set = media.Set{
		MP4: command.FileStory, HLS: command.FileMaster, Poster: command.FilePoster,
		PosterModern: command.FilePosterWebP, Storyboard: command.FileStoryboard,
		StoryboardVTT: command.FileStoryboardVTT,
		Preview:       command.FilePreview, Width: top.Width, Height: top.Height,
	}
	res.Encoder = j.plan.Encoder
	return j.checkPublish(ctx, res)
}

// runFFmpeg runs ffmpeg as the named step, which is the share of the run between
// from and to.
func (j *job) runFFmpeg(ctx context.Context, name string, args []string, from, to float64) error {
	j.meter.step(from, to, j.plan.Duration)
	s := ffmpeg.Spec{
		Args: args, Read: []string{j.src}, Dir: j.dir, Stdout: j.meter, CPU: cpuLimit(j.plan),
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
	return err
}

// cpuLimit is far above what good videos need: 3 CPU seconds a second at
// 1080p, 25 for 4K60 HDR, of which decoding, all that is done of what comes
// before a cut, takes 4.
func cpuLimit(p plan.Plan) time.Duration {
	return 2*time.Minute + 60*p.Duration + 10*p.Skipped()
}

// fileLimit is the largest file a run may write: a remux is as large as its
// source, a rung at most its rate cap, measuring frames 1 kB each.
func fileLimit(p plan.Plan) int64 {
	rate := int64(0)
	for _, r := range p.Rungs {
		rate = max(rate, int64(r.MaxRate)*1000/8)
	}
	n := int64(p.Duration.Seconds()+5)*(2*rate+64<<10) + 32<<20
	if p.Remux {
		n += p.Media.Bytes
	}
	return n
}

// asDefect blames us, not the source, for a failure on files we made.
func (j *job) asDefect(err error) error {
	if fault.Is(err, refusal.CodeCorrupt) {
		return refusal.Defect(err)
	}
	return err
}
