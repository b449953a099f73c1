package probe

import (
	"io"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode/matroska"
	"github.com/storyreel/storyreel/transcode/mp4"
	"github.com/storyreel/storyreel/transcode/plan"
)

// Elements of RFC 9559.
const (
	elementSegment       = 0x18538067
	elementTracks        = 0x1654AE6B
	elementTrack         = 0xAE
	elementTrackType     = 0x83
	elementCodec         = 0x86
	elementVideo         = 0xE0
	elementCropLeft      = 0x54CC
	elementCropRight     = 0x54DD
	elementCropTop       = 0x54BB
	elementCropBottom    = 0x54AA
	elementDisplayWidth  = 0x54B0
	elementDisplayHeight = 0x54BA
	elementDisplayUnit   = 0x54B2
	elementColor         = 0x55B0
	elementMatrix        = 0x55B1
	elementRange         = 0x55B9
	elementTransfer      = 0x55BA
	elementPrimaries     = 0x55BB
)

// Track types of RFC 9559.
const (
	trackVideo    = 0x01
	trackAudio    = 0x02
	trackSubtitle = 0x11
	trackMetadata = 0x21
)

// margins are Matroska's PixelCrop elements, the pixels at each side that are
// not shown, and the size at which the rest is displayed. Only the ratio of
// that size is used; it is zero when unknown.
type margins struct {
	left, right, top, bottom int
	displayed                struct{ width, height int }
}

// Within implements aperture.
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

// aspect returns the sample aspect ratio of the cropped part, 0 when unknown.
// ffmpeg computes it as if the whole frame were displayed.
func (m margins) aspect(c media.Crop) (num, den int) {
	return plan.Reduce(m.displayed.width*c.Height, m.displayed.height*c.Width)
}

// declaredInElements reads a Matroska or WebM file.
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
		kind, hasCodec := 0, false
		matroska.Walk(r, t.Body, t.End, func(e matroska.Element) bool {
			switch e.ID {
			case elementTrackType:
				kind = e.Uint(r)
			case elementCodec:
				hasCodec = true
			}
			return true
		})
		switch kind { // ffmpeg makes streams of these types only
		case trackVideo, trackAudio, trackSubtitle, trackMetadata:
		default:
			continue
		}
		if !hasCodec {
			continue
		}
		for _, v := range matroska.Children(r, t.Body, t.End, elementVideo) {
			if d := declaredInVideo(r, v); d != (declared{}) && kind == trackVideo {
				found[stream] = d
			}
		}
		stream++
	}
	return found
}

// declaredInVideo reads a Video element.
func declaredInVideo(r io.ReaderAt, v matroska.Element) (d declared) {
	var m margins
	unit := 0
	numbers := map[uint32]*int{
		elementCropLeft: &m.left, elementCropRight: &m.right,
		elementCropTop: &m.top, elementCropBottom: &m.bottom,
		elementDisplayWidth: &m.displayed.width, elementDisplayHeight: &m.displayed.height,
		elementDisplayUnit: &unit,
		elementMatrix:      &d.colors.matrix, elementTransfer: &d.colors.transfer,
		elementPrimaries: &d.colors.primaries,
	}
	read := func(e matroska.Element) bool {
		if p := numbers[e.ID]; p != nil {
			*p = e.Uint(r)
		}
		if e.ID == elementRange {
			d.colors.full = e.Uint(r) == 2
		}
		return true
	}
	matroska.Walk(r, v.Body, v.End, read)
	for _, c := range matroska.Children(r, v.Body, v.End, elementColor) {
		matroska.Walk(r, c.Body, c.End, read)
	}
	if m.left|m.right|m.top|m.bottom == 0 {
		return d
	}
	// Units 0 to 3 are pixels, centimeters, inches and an aspect ratio, which
	// all give the ratio; 4 means unknown.
	if unit > 3 || m.displayed.width < 1 || m.displayed.height < 1 || m.displayed.width > mp4.MaxAperture ||
		m.displayed.height > mp4.MaxAperture {
		m.displayed.width, m.displayed.height = 0, 0
	}
	d.aperture = m
	return d
}
