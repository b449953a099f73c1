package probe

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode/mp4"
)

// Bounds of the search for the video of a motion photo.
const (
	maxSegments = 64       // of a JPEG file before its image
	maxScan     = 64 << 20 // bytes that are searched for Samsung's marker
	scanBlock   = 1 << 20
)

// samsungMarker precedes the video in the trailer of Samsung's motion photos.
var samsungMarker = []byte("MotionPhoto_Data")

// xmpHeader begins the JPEG segment with XMP.
var xmpHeader = []byte("http://ns.adobe.com/xap/1.0/\x00")

// What motion photos state about their video: its distance from the end of the
// file, or the sequence of items that follow each other up to the end.
var (
	microVideoOffset = regexp.MustCompile(`MicroVideoOffset(?:="|>)\s*(\d{1,12})`)
	containerItem    = regexp.MustCompile(`Container:Item\b|Item:Mime`)
	itemLength       = regexp.MustCompile(`Item:(?:Length|Padding)(?:="|>)\s*(\d{1,12})`)
	motionItem       = regexp.MustCompile(`Item:Semantic(?:="|>)\s*MotionPhoto`)
)

// partBoxes are the boxes of which the video of a motion photo consists; what
// follows them is a trailer.
var partBoxes = map[string]bool{
	"ftyp": true, "moov": true, "mdat": true, "free": true, "skip": true, "wide": true, "uuid": true, "udta": true,
	"meta": true, "moof": true, "sidx": true, "styp": true, "mfra": true,
}

// isPhoto reports whether a file that begins with head is a JPEG or HEIF
// image, which may hold a video.
func isPhoto(head []byte) bool {
	if bytes.HasPrefix(head, []byte{0xFF, 0xD8, 0xFF}) {
		return true
	}
	if len(head) < 12 || string(head[4:8]) != "ftyp" {
		return false
	}
	switch string(head[8:12]) {
	case "heic", "heix", "mif1", "msf1", "hevc", "avif":
		return true
	}
	return false
}

// motionPart returns the MP4 file within a motion photo; nil when there is
// none: as an mpvd box in HEIF, at the offset that Google's XMP gives, or
// behind Samsung's marker.
func motionPart(r io.ReaderAt, size int64) *media.Section {
	for _, b := range mp4.Children(r, 0, size, "mpvd") {
		if p := partAt(r, b.Body, b.End); p != nil {
			return p
		}
	}
	for _, back := range distances(readXMP(r)) {
		if p := partAt(r, size-back, size); p != nil {
			return p
		}
	}
	if at := findMarker(r, size); at > 0 {
		return partAt(r, at, size)
	}
	return nil
}

// partAt returns the MP4 file that begins at from, nil when there is none with
// an index before the end.
func partAt(r io.ReaderAt, from, end int64) *media.Section {
	if from <= 0 || from >= end {
		return nil
	}
	var to int64
	first, index := true, false
	_ = mp4.Walk(r, from, end, func(b mp4.Box) bool {
		if !partBoxes[b.Kind] || first && b.Kind != "ftyp" {
			return false
		}
		first, to = false, b.End
		index = index || b.Kind == "moov"
		return true
	})
	if !index {
		return nil
	}
	return &media.Section{Offset: from, Bytes: to - from}
}

// readXMP returns the text of the XMP segment of a JPEG file, nil without one.
func readXMP(r io.ReaderAt) []byte {
	at := int64(2)
	for range maxSegments {
		var h [4]byte
		if _, err := r.ReadAt(h[:], at); err != nil || h[0] != 0xFF || h[1] == 0xDA { // start of the image
			return nil
		}
		n := int64(h[2])<<8 | int64(h[3])
		if h[1] == 0xE1 && n > 2 {
			p := make([]byte, n-2)
			if _, err := r.ReadAt(p, at+4); err != nil {
				return nil
			}
			if text, ok := bytes.CutPrefix(p, xmpHeader); ok {
				return text
			}
		}
		at += 2 + n
	}
	return nil
}

// distances returns the distances of the video from the end of the file that
// an XMP text states.
func distances(xmp []byte) []int64 {
	var all []int64
	if m := microVideoOffset.FindSubmatch(xmp); m != nil {
		n, _ := strconv.ParseInt(string(m[1]), 10, 64)
		all = append(all, n)
	}
	starts := containerItem.FindAllIndex(xmp, maxSegments)
	for i, s := range starts {
		end := len(xmp)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		if !motionItem.Match(xmp[s[0]:end]) {
			continue
		}
		sum := int64(0)
		for _, m := range itemLength.FindAllSubmatch(xmp[s[0]:], maxSegments) { // of this item and those after it
			n, _ := strconv.ParseInt(string(m[1]), 10, 64)
			sum += n
		}
		all = append(all, sum)
		break
	}
	return all
}

// findMarker returns the offset behind Samsung's marker, 0 without one.
func findMarker(r io.ReaderAt, size int64) int64 {
	block := make([]byte, scanBlock)
	overlap := int64(len(samsungMarker) - 1)
	for at := int64(0); at < min(size, maxScan); at += scanBlock - overlap {
		n, err := r.ReadAt(block, at)
		if err != nil && !errors.Is(err, io.EOF) {
			return 0
		}
		if i := bytes.Index(block[:n], samsungMarker); i >= 0 {
			return at + int64(i+len(samsungMarker))
		}
	}
	return 0
}
