package probe

import (
	"io"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode/matroska"
	"github.com/storyreel/storyreel/transcode/mp4"
	"github.com/storyreel/storyreel/transcode/plan"
)

// Elements of RFC 9559 that are looked at.
const (
	elementSegment   = 0x18538067
	elementTracks    = 0x1654AE6B
	elementTrack     = 0xAE
	elementTrackType = 0x83
	elementCodec     = 0x86
	elementVideo     = 0xE0
	elementColor     = 0x55B0
)

// margins are Matroska's PixelCrop elements, the pixels at each side that are
// not shown, and the size at which the rest is displayed, of which only the
// shape matters; zero when that is not said.
type margins struct {
	left, right, top, bottom int
	displayed                struct{ width, height int }
}

func (m margins) Within(width, height int) *media.Crop {
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
// said. ffmpeg works it out as if the whole frame were displayed.
func (m margins) aspect(c media.Crop) (num, den int) {
	return plan.Reduce(m.displayed.width*c.Height, m.displayed.height*c.Width)
}

func declaredInElements(r io.ReaderAt, size int64) map[int]declared {
	var tracks []matroska.Element
	if segments := matroska.Children(r, 0, size, elementSegment); len(segments) > 0 {
		matroska.Walk(r, segments[0].Body, segments[0].End, func(e matroska.Element) bool {
			if e.ID == elementTracks {
				tracks = matroska.Children(r, e.Body, e.End, elementTrack)
			}
			return tracks == nil
		})
	}
	found := map[int]declared{}
	stream := 0
	for _, t := range tracks {
		kind, coded := 0, false
		matroska.Walk(r, t.Body, t.End, func(e matroska.Element) bool {
			switch e.ID {
			case elementTrackType:
				kind = e.Uint(r)
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
		for _, v := range matroska.Children(r, t.Body, t.End, elementVideo) {
			if d := declaredInVideo(r, v); d != (declared{}) && kind == 0x01 {
				found[stream] = d
			}
		}
		stream++
	}
	return found
}

func declaredInVideo(r io.ReaderAt, v matroska.Element) (d declared) {
	var m margins
	unit := 0
	into := map[uint32]*int{
		0x54CC: &m.left, 0x54DD: &m.right, 0x54BB: &m.top, 0x54AA: &m.bottom,
		0x54B0: &m.displayed.width, 0x54BA: &m.displayed.height, 0x54B2: &unit,
		0x55B1: &d.colors.matrix, 0x55BA: &d.colors.transfer, 0x55BB: &d.colors.primaries,
	}
	take := func(e matroska.Element) bool {
		if p := into[e.ID]; p != nil {
			*p = e.Uint(r)
		}
		if e.ID == 0x55B9 { // the range: 2 is full
			d.colors.full = e.Uint(r) == 2
		}
		return true
	}
	matroska.Walk(r, v.Body, v.End, take)
	for _, c := range matroska.Children(r, v.Body, v.End, elementColor) {
		matroska.Walk(r, c.Body, c.End, take)
	}
	if m.left|m.right|m.top|m.bottom == 0 {
		return d
	}
	// Pixels, centimetres, inches and bare ratios all give the shape; 4 says
	// that the size means nothing.
	if unit > 3 || m.displayed.width < 1 || m.displayed.height < 1 || m.displayed.width > mp4.MaxAperture ||
		m.displayed.height > mp4.MaxAperture {
		m.displayed.width, m.displayed.height = 0, 0
	}
	d.aperture = m
	return d
}
