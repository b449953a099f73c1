package probe

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode/mp4"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// firstBoxes lists the boxes that may begin an MP4 or QuickTime file.
var firstBoxes = map[string]bool{
	"ftyp": true, "moov": true, "mdat": true, "wide": true, "free": true, "skip": true, "pnot": true, "uuid": true,
	"styp": true,
}

// Sniff returns the container family of a file from its first bytes, a key of
// ffmpeg.Demuxers, and of a motion photo the part that is the video. File names
// and declared types are ignored. It refuses other containers, empty files, and
// MP4 files that lack their index, refer to other files or are encrypted,
// before any decoder opens the file.
func Sniff(path string) (string, *media.Section, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", nil, fmt.Errorf("open source: %w", err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return "", nil, fmt.Errorf("stat source: %w", err)
	}
	return sniff(f, st.Size())
}

func sniff(r io.ReaderAt, size int64) (string, *media.Section, error) {
	if size == 0 {
		return "", nil,
			refusal.New(refusal.CodeEmpty, "The file is empty. Please choose the video again.")
	}
	head := make([]byte, min(size, headBytes))
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return "", nil, fmt.Errorf("read source: %w", err)
	}
	if isPhoto(head) {
		if p := motionPart(r, size); p != nil {
			return "mov", p, inspect(io.NewSectionReader(r, p.Offset, p.Bytes), p.Bytes)
		}
		if len(mp4.Children(r, 0, size, "moov")) == 0 { // an image sequence has one
			return "", nil, unknownContainer()
		}
	}
	switch kind := familyOf(head); kind {
	case "":
		return "", nil, unknownContainer()
	case "mov":
		return kind, nil, inspect(r, size)
	case "mpegts":
		return kind, nil, inspectTransport(r, head)
	default:
		return kind, nil, nil
	}
}

func unknownContainer() *fault.Error {
	return refusal.New(refusal.CodeContainer, "The file is not in a video format that we can read. "+
		"Please upload MP4, MOV, WebM, MKV, AVI, MTS, MPG, WMV, FLV or OGV.")
}

// familyOf returns the container family of a file that begins with head, empty
// for an unknown one.
func familyOf(head []byte) string {
	switch {
	case len(head) >= 8 && firstBoxes[string(head[4:8])]:
		return "mov"
	case bytes.HasPrefix(head, []byte{0x1A, 0x45, 0xDF, 0xA3}):
		return "matroska"
	case len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "AVI ":
		return "avi"
	case bytes.HasPrefix(head, []byte("OggS\x00")):
		return "ogg"
	case bytes.HasPrefix(head, []byte("FLV\x01")):
		return "flv"
	case bytes.HasPrefix(head, asfHeader):
		return "asf"
	case bytes.HasPrefix(head, []byte{0, 0, 1, 0xBA}): // a pack header
		return "mpegps"
	}
	if _, _, ok := transportPackets(head); ok {
		return "mpegts"
	}
	return ""
}

// asfHeader is the identifier of the object that begins an ASF or WMV file.
var asfHeader = []byte{
	0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11, 0xA6, 0xD9, 0x00, 0xAA, 0x00, 0x62, 0xCE, 0x6C,
}

// inspect refuses MP4 files without an index, with external references or with
// encryption.
func inspect(r io.ReaderAt, size int64) error {
	var moov *mp4.Box
	if err := mp4.Walk(r, 0, size, func(b mp4.Box) bool {
		if b.Kind == "moov" && moov == nil {
			moov = &b
		}
		return moov == nil
	}); err != nil && moov == nil {
		return refusal.Corrupt().Because(err)
	}
	if moov == nil {
		return refusal.Corrupt()
	}
	if len(mp4.Children(r, moov.Body, moov.End, "rmra")) > 0 {
		return refusal.ExternalReference() // a QuickTime reference movie
	}
	for _, trak := range mp4.Children(r, moov.Body, moov.End, "trak") {
		if err := inspectTrack(r, trak); err != nil {
			return err
		}
	}
	return nil
}

func inspectTrack(r io.ReaderAt, trak mp4.Box) error {
	kind := mp4.Handler(r, trak)
	if kind != "vide" && kind != "soun" {
		return nil
	}
	for _, d := range mp4.Children(r, trak.Body, trak.End, "mdia", "minf", "dinf", "dref") {
		external := false
		_ = mp4.Walk(r, d.Body+8, d.End, func(b mp4.Box) bool { // 8: version, flags, count
			p := b.Read(r, 4)
			external = external || len(p) == 4 && p[3]&1 == 0 // the lowest flag means the same file
			return !external
		})
		if external {
			return refusal.ExternalReference()
		}
	}
	for _, d := range mp4.Children(r, trak.Body, trak.End, "mdia", "minf", "stbl", "stsd") {
		protected := false
		_ = mp4.Walk(r, d.Body+8, d.End, func(b mp4.Box) bool {
			protected = protected || b.Kind == "encv" || b.Kind == "enca" || b.Kind == "drmi" || b.Kind == "drms"
			return !protected
		})
		if protected {
			return refusal.Encrypted()
		}
	}
	return nil
}
