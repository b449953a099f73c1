package transcode

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/storyreel/storyreel/internal/media"
)

// writeHLS reads what ffmpeg wrote and adds the playlists that it did not.
func (j *job) writeHLS(rungs []rungOut) ([]media.Rendition, error) {
	var sound *playlist
	if j.plan.Sound.Present {
		p, err := readPlaylist(filepath.Join(j.dir, fileAudioM))
		if err != nil {
			return nil, err
		}
		sound = &p
	}
	text, renditions := master(rungs, sound, fileAudioM, j.plan.Rate)
	files := map[string]string{fileMaster: text}
	for _, r := range rungs {
		if !mainstream.MatchString(r.movie.codec) {
			continue
		}
		files[iframeName(r.Name)] = r.iframes()
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(j.dir, name), []byte(text), 0o644); err != nil {
			return nil, fmt.Errorf("write playlist: %w", err)
		}
	}
	return renditions, nil
}
