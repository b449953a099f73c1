// Package hls reads the media playlists that ffmpeg writes, and writes the
// master and I-frame playlists. It knows rungs and tracks; it writes no file
// and runs nothing.
package hls

import (
	"bufio"
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/storyreel/storyreel/transcode/ffmpeg"
	"github.com/storyreel/storyreel/transcode/plan"
)

// Playlist is a media playlist as ffmpeg writes it with single_file.
type Playlist struct {
	Segments []Segment
	InitURI  string // file of the initialization segment
	Ended    bool   // it has EXT-X-ENDLIST
}

// Segment is one entry of a media playlist.
type Segment struct {
	Seconds float64
	Length  int64 // bytes
	Offset  int64 // in the file that URI names
	URI     string
}

var errPlaylist = errors.New("malformed playlist")

// Read parses the playlist in a file.
func Read(path string) (Playlist, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return Playlist{}, fmt.Errorf("read playlist: %w", err)
	}
	return Parse(string(b))
}

// Parse reads the tags that the service uses and ignores others. It fails when
// the first line is not #EXTM3U or one of these tags has an invalid value.
func Parse(text string) (Playlist, error) {
	var p Playlist
	var next Segment
	sc := bufio.NewScanner(strings.NewReader(text))
	if !sc.Scan() || strings.TrimSpace(sc.Text()) != "#EXTM3U" {
		return p, errPlaylist
	}
	for sc.Scan() {
		line := strings.TrimSpace(sc.Text())
		tag, value, _ := strings.Cut(line, ":")
		switch {
		case tag == "#EXTINF":
			s, ok := ffmpeg.Seconds(strings.SplitN(value, ",", 2)[0])
			if !ok || s < 0 {
				return p, errPlaylist
			}
			next.Seconds = s
		case tag == "#EXT-X-BYTERANGE":
			n, at, ok := strings.Cut(value, "@")
			a, err1 := strconv.ParseInt(n, 10, 64)
			b, err2 := strconv.ParseInt(at, 10, 64)
			if !ok || err1 != nil || err2 != nil || a < 0 || b < 0 {
				return p, errPlaylist
			}
			next.Length, next.Offset = a, b
		case tag == "#EXT-X-MAP":
			_, rest, ok := strings.Cut(value, `URI="`)
			p.InitURI, _, _ = strings.Cut(rest, `"`)
			if !ok {
				return p, errPlaylist
			}
		case tag == "#EXT-X-ENDLIST":
			p.Ended = true
		case line != "" && !strings.HasPrefix(line, "#"):
			next.URI = line
			p.Segments = append(p.Segments, next)
			next = Segment{}
		}
	}
	return p, sc.Err()
}

// Bitrates returns the peak and the average in bits per second. The peak is
// that of the largest segment, as RFC 8216 defines BANDWIDTH; segments shorter
// than half the nominal length count only when there is no other.
func (p Playlist) Bitrates() (peak, average int64) {
	var bytes int64
	var length, largest float64
	for _, s := range p.Segments {
		bytes += s.Length
		length += s.Seconds
		if s.Seconds >= 0.5*plan.SegmentSeconds || len(p.Segments) == 1 {
			largest = max(largest, float64(s.Length)*8/max(s.Seconds, 0.1))
		}
	}
	if length > 0 {
		average = int64(math.Ceil(float64(bytes) * 8 / length))
	}
	return max(int64(math.Ceil(largest)), average), average
}
