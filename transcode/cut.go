package transcode

import (
	"fmt"
	"time"

	"github.com/storyreel/storyreel/internal/media"
)

// Cut is the part of the film that a run is about; see media.Cut.
type Cut = media.Cut

// seekMargin is how long before the cut reading starts, seconds. Sound
// decoders need a few packets to come in, and ffmpeg looks for the key frame
// by decoding times, which are up to a quarter second early.
const seekMargin = 1.0

// resolve returns the cut with both ends set, within the film. A cut that
// takes away less than a picture at either end is none: whole is then true,
// and the film is treated as if nobody had asked.
func resolve(c Cut, m media.Media) (cut Cut, whole bool, err error) {
	if !c.Valid() {
		return c, false, refuse(CodeCut, "The end of the cut must be after its beginning.")
	}
	if c.From >= m.Duration && c.From > 0 {
		return c, false,
			refuse(CodeCutOutside, "The cut begins after the video has ended.").With("seconds", m.Duration.Seconds())
	}
	if c.To == 0 || c.To > m.Duration {
		c.To = m.Duration
	}
	picture := time.Second / 30
	if r := m.Video.Rate.Float(); r > 0 {
		picture = time.Duration(float64(time.Second) / r)
	}
	if c.From < picture && m.Duration-c.To < picture {
		return Cut{To: m.Duration}, true, nil
	}
	return c, false, nil
}

// seek returns where reading of the source starts, in seconds of the
// container's clock, 0 for its beginning. Only these containers have an index,
// or are read on until the moment is found; a jump in the others may land
// behind the key frame that is needed, so they are decoded from the start.
func (p Plan) seek() float64 {
	if c := p.Media.Container; c != "mov" && c != "matroska" {
		return 0
	}
	if at := p.Media.Offset + p.Cut.From.Seconds() - seekMargin; at >= seekMargin {
		return at
	}
	return 0
}

// shift returns by how many seconds what ffmpeg reads is late for the output:
// an unused track began earlier, or what comes before the cut.
func (p Plan) shift() float64 { return p.Media.Offset + p.Cut.From.Seconds() - p.seek() }

// skipped is how much film may be decoded before the first picture of the
// output, while ffmpeg shows no progress.
func (p Plan) skipped() time.Duration {
	if p.seek() > 0 {
		return 0 // from one key frame to the next
	}
	return p.Cut.From
}

// ended leaves out the pictures from the cut's end on.
func (p builder) ended(v graph) graph {
	if p.Cut.To >= p.Media.Duration {
		return v
	}
	return filter(v, "trim", opts{"end": fixed(p.Duration.Seconds())})
}

// begun leaves out the sound before the cut. Pictures need no such filter: of
// those before the moment, fps keeps the last, which shows until the next one
// comes.
func (p builder) begun() []string {
	if s := p.shift(); s > 0 {
		f := []string{fmt.Sprintf("asetpts=PTS-%s/TB", fixed(s))}
		if p.Cut.From > 0 {
			f = append(f, "atrim=start=0")
		}
		return f
	}
	return nil
}
