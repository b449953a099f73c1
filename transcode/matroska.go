package transcode

import (
	"io"

	"github.com/storyreel/storyreel/internal/media"
)

// Elements of RFC 9559 that are looked at.
const (
	elementSegment   = 0x18538067
	elementTracks    = 0x1654AE6B
	elementTrack     = 0xAE
	elementTrackType = 0x83
	elementCodec     = 0x86
	elementVideo     = 0xE0
	elementColour    = 0x55B0
)

// margins are Matroska's PixelCrop elements, the pixels at each side that are
// not shown, and the size at which the rest is displayed, of which only the
// shape matters; zero when that is not said.
type margins struct {
	left, right, top, bottom int
	displayed                struct{ width, height int }
}

func (m margins) within(width, height int) *media.Crop {
	if m.left > width || m.right > width || m.top > height || m.bottom > height {
		return nil
	}
	c := media.Crop{Left: m.left, Top: m.top, Width: width - m.left - m.right, Height: height - m.top - m.bottom}
	if c.Width < 1 || c.Height < 1 || c.Width == width && c.Height == height {
		return nil
	}
	return &c
}

// aspect returns the shape of the cropped part's pixels, 0 when it is not
// said. ffmpeg works it out as if the whole picture were displayed.
func (m margins) aspect(c media.Crop) (num, den int) {
	return reduced(m.displayed.width*c.Height, m.displayed.height*c.Width)
}

func declaredInElements(r io.ReaderAt, size int64) map[int]declared {
	var tracks []element
	if segments := below(r, 0, size, elementSegment); len(segments) > 0 {
		elements(r, segments[0].body, segments[0].end, func(e element) bool {
			if e.id == elementTracks {
				tracks = below(r, e.body, e.end, elementTrack)
			}
			return tracks == nil
		})
	}
	found := map[int]declared{}
	stream := 0
	for _, t := range tracks {
		kind, coded := 0, false
		elements(r, t.body, t.end, func(e element) bool {
			switch e.id {
			case elementTrackType:
				kind = e.number(r)
			case elementCodec:
				coded = true
			}
			return true
		})
		switch kind { // what ffmpeg makes a stream of
		case 0x01, 0x02, 0x11, 0x21: // video, audio, subtitle, metadata
		default:
			continue
		}
		if !coded {
			continue
		}
		for _, v := range below(r, t.body, t.end, elementVideo) {
			if d := declaredInVideo(r, v); d != (declared{}) && kind == 0x01 {
				found[stream] = d
			}
		}
		stream++
	}
	return found
}

func declaredInVideo(r io.ReaderAt, v element) (d declared) {
	var m margins
	unit := 0
	into := map[uint32]*int{
		0x54CC: &m.left, 0x54DD: &m.right, 0x54BB: &m.top, 0x54AA: &m.bottom,
		0x54B0: &m.displayed.width, 0x54BA: &m.displayed.height, 0x54B2: &unit,
		0x55B1: &d.colours.matrix, 0x55BA: &d.colours.transfer, 0x55BB: &d.colours.primaries,
	}
	take := func(e element) bool {
		if p := into[e.id]; p != nil {
			*p = e.number(r)
		}
		if e.id == 0x55B9 { // the range: 2 is full
			d.colours.full = e.number(r) == 2
		}
		return true
	}
	elements(r, v.body, v.end, take)
	for _, c := range below(r, v.body, v.end, elementColour) {
		elements(r, c.body, c.end, take)
	}
	if m.left|m.right|m.top|m.bottom == 0 {
		return d
	}
	// Pixels, centimetres, inches and bare ratios all give the shape; 4 says
	// that the size means nothing.
	if unit > 3 || m.displayed.width < 1 || m.displayed.height < 1 || m.displayed.width > maxClap ||
		m.displayed.height > maxClap {
		m.displayed.width, m.displayed.height = 0, 0
	}
	d.aperture = m
	return d
}
