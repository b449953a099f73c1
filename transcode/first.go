package transcode

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode/command"
	"github.com/storyreel/storyreel/transcode/hls"
	"github.com/storyreel/storyreel/transcode/mp4"
	"github.com/storyreel/storyreel/transcode/plan"
)

// copiedFiles are the files of a review that its first set has as well.
var copiedFiles = []string{command.FilePoster, command.FileStoryboard, command.FileStoryboardVTT}

// first makes the first set. The source is the review copy, and the other
// files of the review are beside it.
func (j *job) first(ctx context.Context, res *Result) error {
	// damaged audio may have left no track
	if _, err := mp4.ReadTrack(j.src, "soun"); err != nil {
		j.plan.Audio.Present = false
	}
	args, err := command.First(j.plan, j.src, j.threads)
	if err != nil {
		return err
	}
	if err := j.runFFmpeg(ctx, "first", args, 0, 0.9); err != nil {
		return j.asDefect(err)
	}
	for _, name := range copiedFiles {
		if err := os.Link(filepath.Join(filepath.Dir(j.src), name), filepath.Join(j.dir, name)); err != nil {
			return fmt.Errorf("take %s of the review: %w", name, err)
		}
	}
	top := j.plan.Rungs[0]
	res.Assets = media.Assets{
		MP4: command.FileStory, Poster: command.FilePoster, Storyboard: command.FileStoryboard,
		StoryboardVTT: command.FileStoryboardVTT, Width: top.Width, Height: top.Height,
		First: true, Heavy: j.plan.Media.Bitrate > plan.HeavyBitrate,
	}
	if j.plan.Streams {
		res.Assets.HLS = command.FileMaster
	}
	return j.checkFirst(res)
}

// checkFirst compares the files with the review copy: each has all of its
// frames. These were decoded when the copy was made.
func (j *job) checkFirst(res *Result) error {
	copied, err := mp4.ReadTrack(j.src, "vide")
	if err != nil {
		return defect("the review copy: %w", err)
	}
	story, err := j.track(command.FileStory, "vide")
	if err != nil {
		return err
	}
	if err := checkCopied(command.FileStory, story, copied); err != nil {
		return err
	}
	if err := j.checkLength(res, j.plan.Duration.Seconds()); err != nil {
		return err
	}
	s := res.Assets
	if err := j.checkFiles(s.Poster, s.Storyboard, s.StoryboardVTT); err != nil {
		return err
	}
	if !j.plan.Streams {
		return nil
	}
	rung := hls.Rung{Rung: j.plan.Rungs[0]}
	if rung.Track, err = j.track(rung.Name+".mp4", "vide"); err != nil {
		return err
	}
	if err := checkCopied(rung.Name, rung.Track, copied); err != nil {
		return err
	}
	if rung.Playlist, err = hls.Read(filepath.Join(j.dir, rung.Name+".m3u8")); err != nil {
		return err
	}
	if err := checkSegments(rung.Name, rung.Track, rung.Playlist); err != nil {
		return err
	}
	if err := j.checkAudio(); err != nil {
		return err
	}
	res.Assets.Renditions, err = j.writeHLS([]hls.Rung{rung})
	return err
}

// checkCopied compares a copied video track with the one that it was copied
// from.
func checkCopied(name string, m, from mp4.Track) error {
	switch {
	case m.Samples != from.Samples:
		return defect("%s has %d of %d frames", name, m.Samples, from.Samples)
	case m.Width != from.Width || m.Height != from.Height || m.Upright != from.Upright:
		return defect("%s has another size or rotation", name)
	case m.Metadata:
		return defect("%s carries metadata", name)
	case !hls.H264.MatchString(m.Codec):
		return defect("%s is %q", name, m.Codec)
	}
	return nil
}
