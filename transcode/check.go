package transcode

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/storyreel/storyreel/transcode/command"
	"github.com/storyreel/storyreel/transcode/ffmpeg"
	"github.com/storyreel/storyreel/transcode/hls"
	"github.com/storyreel/storyreel/transcode/mp4"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// defect is what a failed check says: the output is not what was planned, and
// the source is not known to be at fault.
func defect(format string, args ...any) error {
	return refusal.Defect(fmt.Errorf("check of the output: "+format, args...))
}

// checkReview holds the review copy against the plan and sets its true length.
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
	// of damaged audio there may be none
	if sound, err := mp4.ReadTrack(filepath.Join(j.dir, command.FileReview), "soun"); err == nil && !j.plan.CopyAAC {
		if err := j.checkPacketRate(sound); err != nil {
			return err
		}
	}
	length := m.Seconds
	// ffmpeg guesses when a copied frame is decoded, and lets an edit list put right when it is shown
	if m.Edited > 0 {
		length = m.Edited
	}
	if err := j.checkLength(res, length); err != nil {
		return err
	}
	return j.checkFiles(res.Set.Poster, res.Set.Storyboard, res.Set.StoryboardVTT)
}

// checkPublish holds every file against the plan, decodes what was made and
// writes the playlists that depend on what came out.
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
	if want := res.Set.Duration.Seconds() * j.plan.Rate.Float(); float64(top.Track.Samples) < 0.95*want-1 {
		return defect("%d frames for %.1f planned", top.Track.Samples, want)
	}
	if err := j.checkAudio(res); err != nil {
		return err
	}
	story, err := j.track(command.FileStory, "vide")
	if err != nil {
		return err
	}
	if story.Samples != top.Track.Samples || story.Width != top.Width || story.Metadata {
		return defect("the MP4 differs from the top rung: %d of %d frames", story.Samples, top.Track.Samples)
	}
	if res.Set.Renditions, err = j.writeHLS(rungs); err != nil {
		return err
	}
	s := res.Set
	if err := j.checkFiles(s.Poster, s.PosterModern, s.Storyboard, s.StoryboardVTT, s.Preview, s.HLS); err != nil {
		return err
	}
	return j.checkDecodes(ctx)
}

// readRungs reads what came out for every rung, the AV1 rung last.
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
		good := hls.H264
		if i == len(j.plan.Rungs) {
			good = hls.AV1
		}
		if err := j.checkVideo(r.Name, out.Track, r, good); err != nil {
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

func (j *job) track(name, kind string) (mp4.Track, error) {
	m, err := mp4.ReadTrack(filepath.Join(j.dir, name), kind)
	if err != nil {
		if j.plan.Remux || os.IsNotExist(err) { // the source's own bits could not be written
			return m, refusal.Corrupt().Because(err)
		}
		return m, defect("%s: %w", name, err)
	}
	if m.Samples == 0 { // not one frame came through
		return m, refusal.Corrupt()
	}
	return m, nil
}

// checkVideo holds an encoded frame against its rung.
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

// checkSegments holds a playlist against the file it speaks of.
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
			return defect("%s: segment %d is not where the playlist says", name, i)
		}
	}
	return nil
}

// checkAligned holds two rungs' segments against each other: a player that
// switches must find the same times.
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

func (j *job) checkAudio(res *Result) error {
	if !j.plan.Audio.Present {
		return nil
	}
	m, err := j.track(command.FileAudio, "soun")
	if err != nil {
		return err
	}
	if m.Codec != "mp4a.40.2" || m.Metadata {
		return defect("sound is %q", m.Codec)
	}
	if got := time.Duration(m.Seconds * float64(time.Second)); !isNear(got, j.plan.Duration, j.plan.Rate) {
		return defect("sound lasts %s of %s", got, j.plan.Duration)
	}
	return j.checkPacketRate(m)
}

// errAudioChanges is the cause of a failed check of audio that was filled up
// from the video's beginning a second time, where it changed.
var errAudioChanges = errors.New("more sound than there is time for")

// checkPacketRate holds that encoded audio has a packet for each 1,024 samples.
// What comes too late is written all the same, one sample after the other.
func (j *job) checkPacketRate(m mp4.Track) error {
	if j.plan.Audio.Changes || float64(m.Samples) < m.Seconds*48000/1024+2.5 {
		return nil
	}
	return defect("%d packets in %.3f seconds: %w", m.Samples, m.Seconds, errAudioChanges)
}

// checkLength compares what came out with what the packets promised, and
// sets the true length. A source that ends early is told by a warning when
// little is missing and refused when much is.
func (j *job) checkLength(res *Result, got float64) error {
	d := time.Duration(got * float64(time.Second)).Round(time.Millisecond)
	res.Set.Duration = d
	switch {
	case isNear(d, j.plan.Duration, j.plan.Rate):
		return nil
	// its clock jumps, and no two readers agree where
	case d > j.plan.Duration && ffmpeg.Concealed.MatchString(j.stderr):
		return refusal.Corrupt().Because(fmt.Errorf("%s came out of %s", d, j.plan.Duration))
	case d > j.plan.Duration:
		return defect("%s came out of %s", d, j.plan.Duration)
	case !isMostlyComplete(d, j.plan.Duration):
		return refusal.Corrupt().Because(fmt.Errorf("%s of %s could be decoded", d, j.plan.Duration))
	}
	for _, w := range res.Findings.Warnings {
		if w == WarnDamaged {
			return nil
		}
	}
	res.Findings.Warnings = append(res.Findings.Warnings, WarnDamaged)
	return nil
}

// checkFiles holds that every named file is there and not empty.
func (j *job) checkFiles(names ...string) error {
	for _, n := range names {
		st, err := os.Stat(filepath.Join(j.dir, n))
		if err != nil || st.Size() == 0 {
			return defect("%s is missing or empty", n)
		}
	}
	return nil
}

// checkDecodes reads all that was made: every segment of every rung, in the
// measure that decodeArgs says.
func (j *job) checkDecodes(ctx context.Context) error {
	args, err := command.Decode(j.plan)
	if err != nil {
		return err
	}
	before := j.stderr
	j.stderr = ""
	err = j.runFFmpeg(ctx, "check", args, 0.95, 0.99)
	said := j.stderr
	j.stderr = before
	if err != nil {
		return j.asDefect(err)
	}
	if ffmpeg.Concealed.MatchString(said) {
		return defect("what was made does not decode cleanly: %s", oneLine(said))
	}
	return nil
}

// oneLine makes text fit for a log line.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > 500 {
		s = s[:500]
	}
	return s
}
