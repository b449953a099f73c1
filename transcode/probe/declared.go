package probe

import (
	"cmp"
	"fmt"
	"io"
	"os"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode/mp4"
)

// declared holds what a container declares about a stream and ffprobe
// 5.1 does not report: ffprobe ignores apertures, and drops the container's
// colors when a bitstream of HEVC or ProRes has none.
type declared struct {
	aperture  aperture
	colors    colors
	irregular bool // see media.Video and media.Audio
}

// aperture is the part of the coded frame to be displayed. Within returns it
// as a crop of a frame of width by height; nil when it is the whole frame or
// reaches beyond it.
type aperture interface {
	Within(width, height int) *media.Crop
}

// colors holds codes of H.273, which MP4 and Matroska share; 0 and 2 mean
// unspecified.
type colors struct {
	primaries, transfer, matrix int
	full                        bool // full range
}

// ffmpeg's names of the codes that affect the processing of frames.
var (
	primariesNames = map[int]string{
		1: "bt709", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 9: "bt2020", 11: "smpte431", 12: "smpte432",
	}
	transferNames = map[int]string{
		1: "bt709", 6: "smpte170m", 13: "iec61966-2-1", 14: "bt2020-10", 15: "bt2020-12", 16: "smpte2084",
		18: "arib-std-b67",
	}
	matrixNames = map[int]string{
		1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "ycgco", 9: "bt2020nc", 10: "bt2020c",
		14: "ictcp",
	}
)

// apply fills the fields of v that the bitstream left unspecified. The colors
// of the bitstream take precedence: phones tag HDR videos as SDR in the
// container.
func (d declared) apply(v *media.Video) {
	v.Irregular = v.Irregular || d.irregular
	if v.Primaries == "" && v.Transfer == "" && v.Matrix == "" {
		v.FullRange = v.FullRange || d.colors.full
	}
	v.Primaries = cmp.Or(v.Primaries, primariesNames[d.colors.primaries])
	v.Transfer = cmp.Or(v.Transfer, transferNames[d.colors.transfer])
	v.Matrix = cmp.Or(v.Matrix, matrixNames[d.colors.matrix])
	if d.aperture == nil {
		return
	}
	v.Crop = d.aperture.Within(v.CodedWidth, v.CodedHeight)
	if m, ok := d.aperture.(margins); ok && v.Crop != nil && m.displayed.width > 0 {
		v.SARNum, v.SARDen = m.aspect(*v.Crop)
	}
}

// readDeclared returns what a container declares about its streams, by
// ffmpeg's stream index.
func readDeclared(in source) (map[int]declared, error) {
	read := map[string]func(io.ReaderAt, int64) map[int]declared{
		"mov": declaredInBoxes, "matroska": declaredInElements,
	}[in.container]
	if read == nil {
		return nil, nil
	}
	f, err := os.Open(in.path)
	if err != nil {
		return nil, fmt.Errorf("open source: %w", err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("stat source: %w", err)
	}
	if in.part != nil {
		return read(io.NewSectionReader(f, in.part.Offset, in.part.Bytes), in.part.Bytes), nil
	}
	return read(f, st.Size()), nil
}

// declaredInBoxes reads an MP4 or QuickTime file. A track's position is
// ffmpeg's stream index.
func declaredInBoxes(r io.ReaderAt, size int64) map[int]declared {
	moov := mp4.Children(r, 0, size, "moov")
	if len(moov) == 0 {
		return nil
	}
	found := map[int]declared{}
	for i, trak := range mp4.Children(r, moov[0].Body, moov[0].End, "trak") {
		kind := mp4.Handler(r, trak)
		if kind != "vide" && kind != "soun" {
			continue
		}
		d := declared{}
		if e, ok := mp4.SampleEntry(r, trak); ok && kind == "vide" {
			d = declaredInEntry(r, e)
		}
		d.irregular = mp4.Descriptions(r, trak) != 1 || !mp4.HasPlainEdits(r, trak)
		if d != (declared{}) {
			found[i] = d
		}
	}
	return found
}

// declaredInEntry reads the clap and colr boxes of a sample entry.
func declaredInEntry(r io.ReaderAt, e mp4.Box) (d declared) {
	_ = mp4.Walk(r, e.Body+mp4.EntryFields, e.End, func(b mp4.Box) bool {
		switch b.Kind {
		case "clap":
			if c, ok := mp4.ParseCleanAperture(b.Read(r, 32)); ok {
				d.aperture = c
			}
		case "colr":
			p := b.Read(r, 11)
			if len(p) >= 10 && (string(p[:4]) == "nclx" || string(p[:4]) == "nclc") { // others are ICC profiles
				d.colors = colors{
					primaries: mp4.Uint16(p, 4), transfer: mp4.Uint16(p, 6), matrix: mp4.Uint16(p, 8),
					full: p[3] == 'x' && len(p) > 10 && p[10]&0x80 != 0,
				}
			}
		}
		return true
	})
	return d
}
