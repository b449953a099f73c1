package transcode

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode/command"
	"github.com/storyreel/storyreel/transcode/mp4"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// review makes the review copy, findings, poster and storyboard.
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
	m, err := j.measure()
	if err != nil {
		return err
	}
	if j.plan.KeyFramesOnly {
		if m.flashes, err = j.countFlashes(ctx); err != nil {
			return err
		}
	}
	res.Findings = j.findings(m)
	if !res.Findings.Silent { // all silent audio has the same fingerprint
		if res.Findings.AudioFingerprint, err = j.fingerprint(); err != nil {
			return err
		}
	}
	v := j.plan.Media.Video
	w, h := v.Width, v.Height
	if !j.plan.Remux {
		w, h = j.plan.Rungs[0].Width, j.plan.Rungs[0].Height
	}
	if err := j.poster(ctx, m.PosterAt(j.plan.Duration.Seconds()), w, h); err != nil {
		return err
	}
	if err := j.writeStoryboard(); err != nil {
		return err
	}
	res.Assets = media.Assets{
		MP4: command.FileReview, Poster: command.FilePoster, Storyboard: command.FileStoryboard,
		StoryboardVTT: command.FileStoryboardVTT, Width: w, Height: h,
		Remuxed: j.plan.Remux,
	}
	return j.checkReview(res)
}

// poster writes the poster of the review copy, the frame at the given seconds.
// A damaged remux may have no decodable frame there; the first frame is used
// instead, and without one the source is refused.
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

// Sizes of a fingerprint in bytes. Shorter ones consist mainly of the header,
// which is the same for all; forty seconds take 1.3 kB.
const (
	minFingerprint = 40
	maxFingerprint = 64 << 10
)

// fingerprint returns the audio's fingerprint, empty when the audio is too
// short: Chromaprint needs about three seconds.
func (j *job) fingerprint() (string, error) {
	b, err := j.readAudioFile(command.FileFingerprint)
	if err != nil || len(b) < minFingerprint || len(b) > maxFingerprint {
		return "", err
	}
	return strings.TrimSpace(string(b)), nil
}
