package transcode

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode/analysis"
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
	if err := j.runFFmpeg(ctx, "review", args, 0, j.copied()); err != nil {
		return err
	}
	if j.plan.Remux {
		if err := j.inspectCopy(ctx); err != nil {
			return err
		}
	}
	m, err := j.measure()
	if err != nil {
		return err
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
	if err := j.choosePoster(m); err != nil {
		return err
	}
	if err := j.writeStoryboard(); err != nil {
		return err
	}
	res.Assets = media.Assets{
		MP4: command.FileReview, Poster: command.FilePoster, Storyboard: command.FileStoryboard,
		StoryboardVTT: command.FileStoryboardVTT, Width: w, Height: h,
		Remuxed: j.plan.Remux, PosterColor: j.posterColor(),
	}
	return j.checkReview(res)
}

// copied returns the progress of the whole run when the review copy is
// written: a remux takes a tenth of the time of decoding it.
func (j *job) copied() float64 {
	if j.plan.Remux {
		return 0.1
	}
	return 0.9
}

// errCopy is the cause of a failed remux: moderators might not see in the copy
// what publishing decodes from the source.
var errCopy = errors.New("a copy may not play as it is published")

// inspectCopy blanks the messages in a remuxed review copy and proves that it
// plays as the source decodes: by its structure, by decoding it completely
// without a message, and by its audio. Its error wraps errCopy when the proof
// fails.
func (j *job) inspectCopy(ctx context.Context) error {
	if movedTimes.MatchString(j.stderr) {
		return fmt.Errorf("%w: %s", errCopy, oneLine(j.stderr))
	}
	path := filepath.Join(j.dir, command.FileReview)
	plain, err := mp4.IsPlain(path)
	if err != nil {
		return err
	}
	if !plain {
		return fmt.Errorf("%w: its parameters change, or a key frame of its index is none", errCopy)
	}
	if err := mp4.BlankSEI(path); err != nil {
		return fmt.Errorf("%w: %w", errCopy, err)
	}
	args, err := command.Inspect(j.plan, j.threads)
	if err != nil {
		return err
	}
	before := len(j.stderr)
	err = j.runFFmpeg(ctx, "inspect", args, j.copied(), 0.9)
	messages := strings.TrimSpace(harmless.ReplaceAllString(j.stderr[before:], ""))
	switch {
	case fault.Is(err, refusal.CodeCorrupt):
		return fmt.Errorf("%w: %w", errCopy, err)
	case err != nil:
		return err
	case messages != "":
		return fmt.Errorf("%w: %s", errCopy, oneLine(messages))
	}
	t, err := mp4.ReadTrack(path, "vide")
	if err != nil {
		return fmt.Errorf("%w: %w", errCopy, err)
	}
	if got := j.meter.decoded(); got != int64(t.Samples) {
		return fmt.Errorf("%w: %d of %d frames decoded", errCopy, got, t.Samples)
	}
	return j.compareAudio()
}

// movedTimes matches ffmpeg's messages when its muxer changes times, which it
// does only in a copy.
var movedTimes = regexp.MustCompile(
	`(?i)non-monoton|invalid DTS|timestamps are unset|pts has no value|pts <|out of range`)

// harmless matches messages about the conversion of frames, which say nothing
// about the video, and the note that a message was repeated.
var harmless = regexp.MustCompile(`(?m)^\[(swscaler|Parsed_\w+) @ .*$|^ *Last message repeated \d+ times$`)

// compareAudio compares the audio of a copy with that of the source.
func (j *job) compareAudio() error {
	if !j.plan.CopyAAC {
		return nil
	}
	source, err := j.readAudioFile(command.FileSamples)
	if err != nil {
		return err
	}
	copied, err := j.readAudioFile(command.FileCopySamples)
	if err != nil {
		return err
	}
	if !analysis.SameAudio(source, copied) {
		return fmt.Errorf("%w: its audio differs", errCopy)
	}
	return nil
}

// choosePoster makes the best of the candidates the poster, and removes the
// others.
func (j *job) choosePoster(m measurements) error {
	found, err := filepath.Glob(filepath.Join(j.dir, strings.Replace(command.FileCandidate, "%02d", "*", 1)))
	if err != nil || len(found) == 0 { // no frame could be decoded
		return refusal.Corrupt().Because(err)
	}
	k := m.PosterAmong(len(found), j.plan.PosterStep(), j.plan.Duration.Seconds())
	chosen := filepath.Join(j.dir, fmt.Sprintf(command.FileCandidate, k+1))
	if err := os.Rename(chosen, filepath.Join(j.dir, command.FilePoster)); err != nil {
		return fmt.Errorf("choose poster: %w", err)
	}
	for _, path := range found {
		if path != chosen {
			if err := os.Remove(path); err != nil {
				return fmt.Errorf("remove candidate: %w", err)
			}
		}
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
