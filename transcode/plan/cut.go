package plan

import (
	"time"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// seekMargin is how long before the cut reading starts, seconds. Audio
// decoders need a few packets to come in, and ffmpeg looks for the key frame
// by decoding times, which are up to a quarter second early.
const seekMargin = 1.0

// resolveCut returns the cut with both ends set, within the video. A cut that
// takes away less than a frame at either end is none: whole is then true,
// and the video is treated as if nobody had asked.
func resolveCut(c media.Cut, m media.Media) (cut media.Cut, whole bool, err error) {
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
	picture := time.Second / 30
	if r := m.Video.Rate.Float(); r > 0 {
		picture = time.Duration(float64(time.Second) / r)
	}
	if c.From < picture && m.Duration-c.To < picture {
		return media.Cut{To: m.Duration}, true, nil
	}
	return c, false, nil
}

// Seek returns where reading of the source starts, in seconds of the
// container's clock, 0 for its beginning. Only these containers have an index,
// or are read on until the moment is found; a jump in the others may land
// behind the key frame that is needed, so they are decoded from the start.
func (p Plan) Seek() float64 {
	if c := p.Media.Container; c != "mov" && c != "matroska" {
		return 0
	}
	if at := p.Media.Offset + p.Cut.From.Seconds() - seekMargin; at >= seekMargin {
		return at
	}
	return 0
}

// Shift returns by how many seconds what ffmpeg reads is late for the output:
// an unused track began earlier, or what comes before the cut.
func (p Plan) Shift() float64 { return p.Media.Offset + p.Cut.From.Seconds() - p.Seek() }

// Skipped is how much video may be decoded before the first frame of the
// output, while ffmpeg shows no progress.
func (p Plan) Skipped() time.Duration {
	if p.Seek() > 0 {
		return 0 // from one key frame to the next
	}
	return p.Cut.From
}
