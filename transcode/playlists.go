package transcode

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode/command"
	"github.com/storyreel/storyreel/transcode/hls"
)

// writeHLS writes the master playlist and the I-frame playlists, and returns
// the renditions in the order of rungs.
func (j *job) writeHLS(rungs []hls.Rung) ([]media.Rendition, error) {
	var audio *hls.Playlist
	if j.plan.Audio.Present {
		p, err := hls.Read(filepath.Join(j.dir, command.FileAudioPlaylist))
		if err != nil {
			return nil, err
		}
		audio = &p
	}
	text, renditions := hls.Master(rungs, audio, command.FileAudioPlaylist, j.plan.Rate)
	files := map[string]string{command.FileMaster: text}
	for _, r := range rungs {
		if !hls.H264.MatchString(r.Track.Codec) {
			continue
		}
		files[hls.IFramesName(r.Name)] = r.IFrames()
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(j.dir, name), []byte(text), 0o644); err != nil {
			return nil, fmt.Errorf("write playlist: %w", err)
		}
	}
	return renditions, nil
}
