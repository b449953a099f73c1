package transcode

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode/command"
	"github.com/storyreel/storyreel/transcode/ffmpeg"
	"github.com/storyreel/storyreel/transcode/hls"
	"github.com/storyreel/storyreel/transcode/mp4"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// defect is the error of a failed check: the output differs from the plan, and
// nothing shows that the source caused it.
func defect(format string, args ...any) error {
	return refusal.Defect(fmt.Errorf("check of the output: "+format, args...))
}

// unreadable is the error of a failed check of times and lengths, which follow
// from the source: ffprobe and ffmpeg read a damaged one differently.
func unreadable(format string, args ...any) error {
	return refusal.Corrupt().Because(fmt.Errorf("check of the output: "+format, args...))
}

// checkReview compares the review copy with the plan and sets its true length.
func (j *job) checkReview(res *Result) error {
	m, err := j.track(command.FileReview, "vide")
	if err != nil {
		return err
	}
	if !j.plan.Remux {
		if err := j.checkVideo(command.FileReview, m, j.plan.Rungs[0], hls.H264); err != nil {
			return err
		}
	}
	if m.Metadata {
		return defect("%s carries metadata", command.FileReview)
	}
	// damaged audio may leave no track
	if a, err := mp4.ReadTrack(filepath.Join(j.dir, command.FileReview), "soun"); err == nil && !j.plan.CopyAAC {
		if err := j.checkPacketRate(a); err != nil {
			return err
		}
	}
	length := m.Seconds
	// ffmpeg estimates the decoding times of copied frames and corrects their presentation times by an edit list
	if m.Edited > 0 {
		length = m.Edited
	}
	if err := j.checkLength(res, length); err != nil {
		return err
	}
	return j.checkFiles(res.Assets.Poster, res.Assets.Storyboard, res.Assets.StoryboardVTT)
}

// checkPublish compares every file with the plan, writes the playlists that
// depend on the encoded files, and decodes the output.
func (j *job) checkPublish(ctx context.Context, res *Result) error {
	rungs, err := j.readRungs()
	if err != nil {
		return err
	}
	top := rungs[0]
	for _, r := range rungs[1:] {
		if err := checkAligned(top, r); err != nil {
			return err
		}
	}
	if err := j.checkLength(res, top.Track.Seconds); err != nil {
		return err
	}
	if want := res.Assets.Duration.Seconds() * j.plan.Rate.Float(); float64(top.Track.Samples) < 0.95*want-1 {
		return unreadable("%d frames for %.1f planned", top.Track.Samples, want)
	}
	if err := j.checkAudio(); err != nil {
		return err
	}
	story, err := j.track(command.FileStory, "vide")
	if err != nil {
		return err
	}
	if story.Samples != top.Track.Samples || story.Width != top.Width || story.Metadata {
		return defect("the MP4 differs from the top rung: %d of %d frames", story.Samples, top.Track.Samples)
	}
	if res.Assets.Renditions, err = j.writeHLS(rungs); err != nil {
		return err
	}
	s := res.Assets
	if err := j.checkFiles(s.Poster, s.PosterModern, s.Storyboard, s.StoryboardVTT, s.Preview, s.HLS); err != nil {
		return err
	}
	return j.checkDecodes(ctx)
}

// readRungs reads the file and the playlist of every rung, the AV1 rung last.
func (j *job) readRungs() (rungs []hls.Rung, err error) {
	planned := j.plan.Rungs
	if j.plan.AV1 != nil {
		planned = append(planned[:len(planned):len(planned)], *j.plan.AV1)
	}
	for i, r := range planned {
		out := hls.Rung{Rung: r}
		if out.Track, err = j.track(r.Name+".mp4", "vide"); err != nil {
			return nil, err
		}
		codec := hls.H264
		if i == len(j.plan.Rungs) {
			codec = hls.AV1
		}
		if err := j.checkVideo(r.Name, out.Track, r, codec); err != nil {
			return nil, err
		}
		if out.Playlist, err = hls.Read(filepath.Join(j.dir, r.Name+".m3u8")); err != nil {
			return nil, err
		}
		if err := checkSegments(r.Name, out.Track, out.Playlist); err != nil {
			return nil, err
		}
		rungs = append(rungs, out)
	}
	return rungs, nil
}

// track reads a track of an output file, of handler type vide or soun.
func (j *job) track(name, kind string) (mp4.Track, error) {
	m, err := mp4.ReadTrack(filepath.Join(j.dir, name), kind)
	if err != nil {
		if j.plan.Remux || os.IsNotExist(err) { // the source's data could not be copied
			return m, refusal.Corrupt().Because(err)
		}
		return m, defect("%s: %w", name, err)
	}
	if m.Samples == 0 { // nothing could be decoded
		return m, refusal.Corrupt()
	}
	return m, nil
}

// checkVideo compares an encoded video track with its rung. name is for the
// error.
func (j *job) checkVideo(name string, m mp4.Track, r plan.Rung, codec *regexp.Regexp) error {
	switch {
	case m.Width != r.Width || m.Height != r.Height:
		return defect("%s is %dx%d, planned %dx%d", name, m.Width, m.Height, r.Width, r.Height)
	case !m.Square:
		return defect("%s has no square pixels", name)
	case !m.Upright:
		return defect("%s carries a rotation", name)
	case m.Metadata:
		return defect("%s carries metadata", name)
	case !codec.MatchString(m.Codec):
		return defect("%s is %q", name, m.Codec)
	}
	return nil
}

// checkSegments compares a playlist with the fragments of its file.
func checkSegments(name string, m mp4.Track, list hls.Playlist) error {
	if !list.Ended || len(list.Segments) == 0 || len(list.Segments) != len(m.Fragments) {
		return defect("%s lists %d segments of %d", name, len(list.Segments), len(m.Fragments))
	}
	for i, s := range list.Segments {
		f := m.Fragments[i]
		if !f.Key {
			return defect("%s: segment %d does not start with a key frame", name, i)
		}
		if s.Offset > f.Start || s.Offset+s.Length < f.End {
			return defect("%s: segment %d is not at the playlist's byte range", name, i)
		}
	}
	return nil
}

// checkAligned compares the times of two rungs' segments: players switch
// between them.
func checkAligned(a, b hls.Rung) error {
	if len(a.Playlist.Segments) != len(b.Playlist.Segments) {
		return defect("%s has %d segments, %s %d", a.Name, len(a.Playlist.Segments), b.Name, len(b.Playlist.Segments))
	}
	for i := range a.Playlist.Segments {
		if math.Abs(a.Playlist.Segments[i].Seconds-b.Playlist.Segments[i].Seconds) > 0.001 ||
			math.Abs(a.Track.Fragments[i].Time-b.Track.Fragments[i].Time) > 0.001 {
			return defect("segment %d of %s and %s differ", i, a.Name, b.Name)
		}
	}
	return nil
}

// checkAudio compares the published audio with the plan.
func (j *job) checkAudio() error {
	if !j.plan.Audio.Present {
		return nil
	}
	m, err := j.track(command.FileAudio, "soun")
	if err != nil {
		return err
	}
	if m.Codec != "mp4a.40.2" || m.Metadata {
		return defect("audio is %q", m.Codec)
	}
	if got := time.Duration(m.Seconds * float64(time.Second)); !isNear(got, j.plan.Duration, j.plan.Rate) {
		return unreadable("audio lasts %s of %s", got, j.plan.Duration)
	}
	return j.checkPacketRate(m)
}

// errAudioChanges is the cause of a failed check of audio that was padded from
// the video's beginning a second time, where its format changed.
var errAudioChanges = errors.New("more audio packets than its length allows")

// checkPacketRate fails when encoded audio has more than one packet per 1,024
// samples. ffmpeg writes late packets with durations of one sample.
func (j *job) checkPacketRate(m mp4.Track) error {
	if j.plan.Audio.Changes || float64(m.Samples) < m.Seconds*48000/1024+2.5 {
		return nil
	}
	return defect("%d packets in %.3f seconds: %w", m.Samples, m.Seconds, errAudioChanges)
}

// checkLength compares the length of the output, in seconds, with the plan and
// sets the true length. When the source ends early, it adds a warning if
// little is missing and refuses the source otherwise.
func (j *job) checkLength(res *Result, got float64) error {
	d := time.Duration(got * float64(time.Second)).Round(time.Millisecond)
	res.Assets.Duration = d
	switch {
	case isNear(d, j.plan.Duration, j.plan.Rate):
		return nil
	case d > j.plan.Duration: // a damaged clock or index, which ffprobe and ffmpeg read differently
		return unreadable("output of %s for %s", d, j.plan.Duration)
	case !isMostlyComplete(d, j.plan.Duration):
		return unreadable("%s of %s could be decoded", d, j.plan.Duration)
	}
	if !slices.Contains(res.Findings.Warnings, WarnDamaged) {
		res.Findings.Warnings = append(res.Findings.Warnings, WarnDamaged)
	}
	return nil
}

// isNear reports whether got is want within a quarter second, or within two
// frames and a tenth of a second at low frame rates.
func isNear(got, want time.Duration, rate media.Rate) bool {
	tolerance := 0.25
	if r := rate.Float(); r > 0 {
		tolerance = max(tolerance, 2/r+0.1)
	}
	return math.Abs((got - want).Seconds()) <= tolerance
}

// isMostlyComplete reports whether the output is long enough to be published
// with its true length.
func isMostlyComplete(got, want time.Duration) bool {
	return float64(got) >= 0.8*float64(want)-float64(250*time.Millisecond)
}

// checkFiles fails unless every named file exists and is not empty.
func (j *job) checkFiles(names ...string) error {
	for _, n := range names {
		st, err := os.Stat(filepath.Join(j.dir, n))
		if err != nil || st.Size() == 0 {
			return defect("%s is missing or empty", n)
		}
	}
	return nil
}

// checkDecodes decodes the published files as command.Decode states.
func (j *job) checkDecodes(ctx context.Context) error {
	args, err := command.Decode(j.plan)
	if err != nil {
		return err
	}
	before := j.stderr // holds messages about the source only
	j.stderr = ""
	err = j.runFFmpeg(ctx, "check", args, 0.95, 0.99)
	messages := j.stderr
	j.stderr = before
	if err != nil {
		return j.asDefect(err)
	}
	if ffmpeg.Concealed.MatchString(messages) {
		return defect("decoding reports errors: %s", oneLine(messages))
	}
	return nil
}

// oneLine shortens text to a line of at most 500 bytes for the log.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > 500 {
		s = s[:500]
	}
	return s
}
