package transcode

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// VTT returns the storyboard's WebVTT: each cue names the tile of the sheet
// that is shown while it lasts. sheet is the sheet's URL, relative to the
// VTT.
func (b Board) VTT(sheet string, length time.Duration) string {
	var s strings.Builder
	s.WriteString("WEBVTT\n")
	end := length.Seconds()
	for k := range b.Tiles {
		from, to := float64(k)*b.Step, float64(k+1)*b.Step
		if k == b.Tiles-1 || to > end {
			to = max(end, from+0.001)
		}
		fmt.Fprintf(&s, "\n%s --> %s\n%s#xywh=%d,%d,%d,%d\n", clock(from), clock(to), sheet,
			k%b.Columns*b.Width, k/b.Columns*b.Height, b.Width, b.Height)
	}
	return s.String()
}

// clock writes seconds as WebVTT does, 00:01:02.003.
func clock(seconds float64) string {
	ms := int64(seconds*1000 + 0.5)
	return fmt.Sprintf("%02d:%02d:%02d.%03d", ms/3_600_000, ms/60_000%60, ms/1000%60, ms%1000)
}

func (j *job) writeVTT() error {
	if err := os.WriteFile(filepath.Join(j.dir, fileVTT), []byte(j.plan.Board.VTT(fileBoard, j.plan.Duration)), 0o644); err != nil {
		return fmt.Errorf("write storyboard: %w", err)
	}
	return nil
}
