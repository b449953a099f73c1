package plan

import (
	"time"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// seekMargin is the time between the start of reading and the cut, seconds.
// Audio decoders need a few packets before their output is right, and ffmpeg
// searches the key frame by decoding times, which are up to a quarter second
// early.
const seekMargin = 1.0

// resolveCut returns the cut with both ends set, within the video. A cut that
// removes less than a frame at each end is ignored: uncut is then true and
// the whole video is used.
func resolveCut(c media.Cut, m media.Media) (cut media.Cut, uncut bool, err error) {
	if !c.Valid() {
		return c, false, refusal.New(refusal.CodeCut, "The end of the cut must be after its beginning.")
	}
	if c.From >= m.Duration && c.From > 0 {
		return c, false,
			refusal.New(refusal.CodeCutOutside, "The cut begins after the video has ended.").
				With("seconds", m.Duration.Seconds())
	}
	if c.To == 0 || c.To > m.Duration {
		c.To = m.Duration
	}
	frame := time.Second / 30
	if r := m.Video.Rate.Float(); r > 0 {
		frame = time.Duration(float64(time.Second) / r)
	}
	if c.From < frame && m.Duration-c.To < frame {
		return media.Cut{To: m.Duration}, true, nil
	}
	return c, false, nil
}

// Seek returns where reading of the source starts, in seconds on the
// container's clock; 0 is its beginning. Only MP4 and Matroska have an index,
// or are read until the position is found. In other containers a seek may land
// after the key frame that is needed, so they are decoded from the start.
func (p Plan) Seek() float64 {
	if c := p.Media.Container; c != "mov" && c != "matroska" {
		return 0
	}
	if at := p.Media.Offset + p.Cut.From.Seconds() - seekMargin; at >= seekMargin {
		return at
	}
	return 0
}

// Shift returns the seconds that must be subtracted from the times that ffmpeg
// reads: an unused track begins earlier, or reading starts before the cut.
func (p Plan) Shift() float64 { return p.Media.Offset + p.Cut.From.Seconds() - p.Seek() }

// Skipped returns the length of video that may be decoded before the first
// frame of the output, during which ffmpeg reports no progress.
func (p Plan) Skipped() time.Duration {
	if p.Seek() > 0 {
		return 0 // less than the distance of two key frames
	}
	return p.Cut.From
}
