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
)

// defect is what a failed check says: the output is not what was planned, and
// the source is not known to be at fault.
func defect(format string, args ...any) error {
	return defectError(fmt.Errorf("check of the output: "+format, args...))
}

// checkReview holds the review copy against the plan and sets its true length.
func (j *job) checkReview(res *Result) error {
	m, err := j.movie(fileReview, "vide")
	if err != nil {
		return err
	}
	if !j.plan.Remux {
		if err := j.checkPicture(fileReview, m, j.plan.Rungs[0], mainstream); err != nil {
			return err
		}
	}
	if m.metadata {
		return defect("%s carries metadata", fileReview)
	}
	// of damaged sound there may be none
	if sound, err := readMovie(filepath.Join(j.dir, fileReview), "soun"); err == nil && !j.plan.CopyAAC {
		if err := j.checkSteady(sound); err != nil {
			return err
		}
	}
	length := m.seconds
	// ffmpeg guesses when a copied picture is decoded, and lets an edit list put right when it is shown
	if m.shown > 0 {
		length = m.shown
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
		if err := aligned(top, r); err != nil {
			return err
		}
	}
	if err := j.checkLength(res, top.movie.seconds); err != nil {
		return err
	}
	if want := res.Set.Duration.Seconds() * j.plan.Rate.Float(); float64(top.movie.samples) < 0.95*want-1 {
		return defect("%d frames for %.1f planned", top.movie.samples, want)
	}
	if err := j.checkSound(res); err != nil {
		return err
	}
	story, err := j.movie(fileStory, "vide")
	if err != nil {
		return err
	}
	if story.samples != top.movie.samples || story.width != top.Width || story.metadata {
		return defect("the MP4 differs from the top rung: %d of %d frames", story.samples, top.movie.samples)
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
func (j *job) readRungs() (rungs []rungOut, err error) {
	planned := j.plan.Rungs
	if j.plan.AV1 != nil {
		planned = append(planned[:len(planned):len(planned)], *j.plan.AV1)
	}
	for i, r := range planned {
		out := rungOut{Rung: r}
		if out.movie, err = j.movie(r.Name+".mp4", "vide"); err != nil {
			return nil, err
		}
		good := mainstream
		if i == len(j.plan.Rungs) {
			good = modern
		}
		if err := j.checkPicture(r.Name, out.movie, r, good); err != nil {
			return nil, err
		}
		if out.list, err = readPlaylist(filepath.Join(j.dir, r.Name+".m3u8")); err != nil {
			return nil, err
		}
		if err := checkSegments(r.Name, out.movie, out.list); err != nil {
			return nil, err
		}
		rungs = append(rungs, out)
	}
	return rungs, nil
}

func (j *job) movie(name, kind string) (movie, error) {
	m, err := readMovie(filepath.Join(j.dir, name), kind)
	if err != nil {
		if j.plan.Remux || os.IsNotExist(err) { // the source's own bits could not be written
			return m, corrupt().Because(err)
		}
		return m, defect("%s: %w", name, err)
	}
	if m.samples == 0 { // not one picture came through
		return m, corrupt()
	}
	return m, nil
}

// checkPicture holds an encoded picture against its rung.
func (j *job) checkPicture(name string, m movie, r Rung, codec *regexp.Regexp) error {
	switch {
	case m.width != r.Width || m.height != r.Height:
		return defect("%s is %dx%d, planned %dx%d", name, m.width, m.height, r.Width, r.Height)
	case !m.square:
		return defect("%s has no square pixels", name)
	case !m.upright:
		return defect("%s carries a rotation", name)
	case m.metadata:
		return defect("%s carries metadata", name)
	case !codec.MatchString(m.codec):
		return defect("%s is %q", name, m.codec)
	}
	return nil
}

// checkSegments holds a playlist against the file it speaks of.
func checkSegments(name string, m movie, list playlist) error {
	if !list.ended || len(list.segments) == 0 || len(list.segments) != len(m.fragments) {
		return defect("%s lists %d segments of %d", name, len(list.segments), len(m.fragments))
	}
	for i, s := range list.segments {
		f := m.fragments[i]
		if !f.key {
			return defect("%s: segment %d does not start with a key frame", name, i)
		}
		if s.offset > f.from || s.offset+s.length < f.to {
			return defect("%s: segment %d is not where the playlist says", name, i)
		}
	}
	return nil
}

// aligned holds two rungs' segments against each other: a player that
// switches must find the same times.
func aligned(a, b rungOut) error {
	if len(a.list.segments) != len(b.list.segments) {
		return defect("%s has %d segments, %s %d", a.Name, len(a.list.segments), b.Name, len(b.list.segments))
	}
	for i := range a.list.segments {
		if math.Abs(a.list.segments[i].seconds-b.list.segments[i].seconds) > 0.001 ||
			math.Abs(a.movie.fragments[i].time-b.movie.fragments[i].time) > 0.001 {
			return defect("segment %d of %s and %s differ", i, a.Name, b.Name)
		}
	}
	return nil
}

func (j *job) checkSound(res *Result) error {
	if !j.plan.Sound.Present {
		return nil
	}
	m, err := j.movie(fileAudio, "soun")
	if err != nil {
		return err
	}
	if m.codec != "mp4a.40.2" || m.metadata {
		return defect("sound is %q", m.codec)
	}
	if got := time.Duration(m.seconds * float64(time.Second)); !near(got, j.plan.Duration, j.plan.Rate) {
		return defect("sound lasts %s of %s", got, j.plan.Duration)
	}
	return j.checkSteady(m)
}

// errSoundChanges is the cause of a failed check of sound that was filled up
// from the film's beginning a second time, where it changed.
var errSoundChanges = errors.New("more sound than there is time for")

// checkSteady holds that encoded sound has a packet for each 1,024 samples.
// What comes too late is written all the same, one sample after the other.
func (j *job) checkSteady(m movie) error {
	if j.plan.Sound.Changes || float64(m.samples) < m.seconds*48000/1024+2.5 {
		return nil
	}
	return defect("%d packets in %.3f seconds: %w", m.samples, m.seconds, errSoundChanges)
}

// checkLength compares what came out with what the packets promised, and
// sets the true length. A source that ends early is told by a warning when
// little is missing and refused when much is.
func (j *job) checkLength(res *Result, got float64) error {
	d := time.Duration(got * float64(time.Second)).Round(time.Millisecond)
	res.Set.Duration = d
	switch {
	case near(d, j.plan.Duration, j.plan.Rate):
		return nil
	case d > j.plan.Duration && damaged.MatchString(j.noise): // its clock jumps, and no two readers agree where
		return corrupt().Because(fmt.Errorf("%s came out of %s", d, j.plan.Duration))
	case d > j.plan.Duration:
		return defect("%s came out of %s", d, j.plan.Duration)
	case !wholeEnough(d, j.plan.Duration):
		return corrupt().Because(fmt.Errorf("%s of %s could be decoded", d, j.plan.Duration))
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
	args, err := decodeArgs(j.plan)
	if err != nil {
		return err
	}
	before := j.noise
	j.noise = ""
	err = j.ffmpeg1(ctx, "check", args, 0.95, 0.99)
	said := j.noise
	j.noise = before
	if err != nil {
		return j.afterwards(err)
	}
	if damaged.MatchString(said) {
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
