package transcode

import (
	"context"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode/command"
	"github.com/storyreel/storyreel/transcode/plan"
)

// publish makes the ladder, the fallback MP4, findings, posters, storyboard and
// preview.
func (j *job) publish(ctx context.Context, res *Result) error {
	start := 0.0
	if j.plan.Audio.Measure {
		start = 0.05
		if err := j.measureLoudness(ctx, start); err != nil {
			return err
		}
	}
	args, err := command.Publish(j.plan, j.src, j.threads)
	if err != nil {
		return err
	}
	if err := j.runFFmpeg(ctx, ladderStep, args, start, 0.9); err != nil {
		return err
	}
	m, err := j.measure()
	if err != nil {
		return err
	}
	res.Findings = j.findings(m)
	length := j.plan.Duration.Seconds()
	if args, err = command.Finish(j.plan, m.PosterAt(length), m.PreviewAt(length), j.threads); err != nil {
		return err
	}
	if err := j.runFFmpeg(ctx, "finish", args, 0.9, 0.95); err != nil {
		return j.asDefect(err)
	}
	if err := j.writeStoryboard(); err != nil {
		return err
	}
	top := j.plan.Rungs[0]
	res.Assets = media.Assets{
		MP4: command.FileStory, HLS: command.FileMaster, Poster: command.FilePoster,
		PosterModern: command.FilePosterWebP, Storyboard: command.FileStoryboard,
		StoryboardVTT: command.FileStoryboardVTT,
		Preview:       command.FilePreview, Width: top.Width, Height: top.Height,
		PosterColor: j.posterColor(command.FilePoster),
	}
	res.Encoder = j.plan.Encoder
	return j.checkPublish(ctx, res)
}

// measureLoudness measures the audio in a run of its own and plans its gain.
// to is the progress of the whole run at its end.
func (j *job) measureLoudness(ctx context.Context, to float64) error {
	args, err := command.Loudness(j.plan, j.src, j.threads)
	if err != nil {
		return err
	}
	if err := j.runFFmpeg(ctx, "loudness", args, 0, to); err != nil {
		return err
	}
	l, err := j.loudness()
	if err != nil {
		return err
	}
	f := l.Findings()
	j.plan.Audio.GainDB, j.plan.Audio.Limit = plan.Gain(&f)
	return nil
}
