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

// segment is one entry of a media playlist.
type segment struct {
	Seconds float64
	Length  int64
	Offset  int64
	Uri     string
}

// Playlist is a media playlist as ffmpeg writes it with single_file.
type Playlist struct {
	Segments []segment
	InitURI  string
	Ended    bool
}

var errPlaylist = errors.New("malformed playlist")

// Parse reads the tags we rely on and refuses what it does not
// understand of them.
func Parse(text string) (Playlist, error) {
	var p Playlist
	var next segment
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
			next.Uri = line
			p.Segments = append(p.Segments, next)
			next = segment{}
		}
	}
	return p, sc.Err()
}

func Read(path string) (Playlist, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return Playlist{}, fmt.Errorf("read playlist: %w", err)
	}
	return Parse(string(b))
}

// Bitrates returns the peak and the average in bits per second. The peak is that
// of the worst segment, as RFC 8216 has it for BANDWIDTH.
func (p Playlist) Bitrates() (peak, average int64) {
	var bytes int64
	var length, worst float64
	for _, s := range p.Segments {
		bytes += s.Length
		length += s.Seconds
		if s.Seconds >= 0.5*plan.SegmentSeconds || len(p.Segments) == 1 {
			worst = max(worst, float64(s.Length)*8/max(s.Seconds, 0.1))
		}
	}
	if length > 0 {
		average = int64(math.Ceil(float64(bytes) * 8 / length))
	}
	return max(int64(math.Ceil(worst)), average), average
}
