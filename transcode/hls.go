package transcode

import (
	"bufio"
	"errors"
	"fmt"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/storyreel/storyreel/internal/media"
)

// segment is one entry of a media playlist.
type segment struct {
	seconds float64
	length  int64
	offset  int64
	uri     string
}

// playlist is a media playlist as ffmpeg writes it with single_file.
type playlist struct {
	segments []segment
	initURI  string
	ended    bool
}

var errPlaylist = errors.New("malformed playlist")

// parsePlaylist reads the tags we rely on and refuses what it does not
// understand of them.
func parsePlaylist(text string) (playlist, error) {
	var p playlist
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
			s, ok := seconds(strings.SplitN(value, ",", 2)[0])
			if !ok || s < 0 {
				return p, errPlaylist
			}
			next.seconds = s
		case tag == "#EXT-X-BYTERANGE":
			n, at, ok := strings.Cut(value, "@")
			a, err1 := strconv.ParseInt(n, 10, 64)
			b, err2 := strconv.ParseInt(at, 10, 64)
			if !ok || err1 != nil || err2 != nil || a < 0 || b < 0 {
				return p, errPlaylist
			}
			next.length, next.offset = a, b
		case tag == "#EXT-X-MAP":
			_, rest, ok := strings.Cut(value, `URI="`)
			p.initURI, _, _ = strings.Cut(rest, `"`)
			if !ok {
				return p, errPlaylist
			}
		case tag == "#EXT-X-ENDLIST":
			p.ended = true
		case line != "" && !strings.HasPrefix(line, "#"):
			next.uri = line
			p.segments = append(p.segments, next)
			next = segment{}
		}
	}
	return p, sc.Err()
}

func readPlaylist(path string) (playlist, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return playlist{}, fmt.Errorf("read playlist: %w", err)
	}
	return parsePlaylist(string(b))
}

// rates returns the peak and the average in bits per second. The peak is that
// of the worst segment, as RFC 8216 has it for BANDWIDTH.
func (p playlist) rates() (peak, average int64) {
	var bytes int64
	var length, worst float64
	for _, s := range p.segments {
		bytes += s.length
		length += s.seconds
		if s.seconds >= 0.5*segmentSeconds || len(p.segments) == 1 {
			worst = max(worst, float64(s.length)*8/max(s.seconds, 0.1))
		}
	}
	if length > 0 {
		average = int64(math.Ceil(float64(bytes) * 8 / length))
	}
	return max(int64(math.Ceil(worst)), average), average
}

// rung is a Rung as it came out.
type rungOut struct {
	Rung
	movie movie
	list  playlist
}

// iframes writes a playlist of the key frames that begin segments, for
// scrubbing.
func (r rungOut) iframes() string {
	var s strings.Builder
	target := 1.0
	for _, f := range r.movie.fragments {
		target = max(target, f.seconds)
	}
	fmt.Fprintf(&s,
		"#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:%d\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-I-FRAMES-ONLY\n",
		int(math.Ceil(target)))
	if len(r.movie.fragments) > 0 {
		fmt.Fprintf(&s, "#EXT-X-MAP:URI=%q,BYTERANGE=\"%d@0\"\n", r.Name+".mp4", r.movie.fragments[0].from)
	}
	for _, f := range r.movie.fragments {
		if f.key {
			fmt.Fprintf(&s, "#EXTINF:%.6f,\n#EXT-X-BYTERANGE:%d@%d\n%s.mp4\n", f.seconds, f.keyTo-f.from, f.from,
				r.Name)
		}
	}
	s.WriteString("#EXT-X-ENDLIST\n")
	return s.String()
}

func (r rungOut) iframeRate() int64 {
	worst := 0.0
	for _, f := range r.movie.fragments {
		if f.key {
			worst = max(worst, float64(f.keyTo-f.from)*8/max(f.seconds, 0.5))
		}
	}
	return int64(math.Ceil(worst))
}

// master writes the master playlist. ffmpeg's own lacks AVERAGE-BANDWIDTH and
// FRAME-RATE and takes BANDWIDTH from settings instead of the bytes. The
// first rung is what iOS starts with: the one nearest to 720.
func master(rungs []rungOut, sound *playlist, soundURI string, rate media.Rate) (string, []media.Rendition) {
	var audioPeak, audioAverage int64
	codecs := ""
	var s strings.Builder
	s.WriteString("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n")
	if sound != nil {
		audioPeak, audioAverage = sound.rates()
		codecs = ",mp4a.40.2"
		fmt.Fprintf(&s,
			"#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"Original\",DEFAULT=YES,AUTOSELECT=YES,CHANNELS=\"2\","+
				"URI=%q\n", soundURI)
	}
	renditions := make([]media.Rendition, len(rungs))
	for i, r := range rungs {
		peak, average := r.list.rates()
		renditions[i] = media.Rendition{
			Name: r.Name, Width: r.Width, Height: r.Height, Rate: math.Round(rate.Float()*1000) / 1000,
			Bandwidth: peak + audioPeak, Average: average + audioAverage, Codecs: r.movie.codec + codecs,
		}
	}
	for _, i := range startOrder(rungs) {
		r := renditions[i]
		fmt.Fprintf(&s,
			"#EXT-X-STREAM-INF:BANDWIDTH=%d,AVERAGE-BANDWIDTH=%d,CODECS=%q,RESOLUTION=%dx%d,FRAME-RATE=%.3f,"+
				"VIDEO-RANGE=SDR",
			r.Bandwidth, r.Average, r.Codecs, r.Width, r.Height, rate.Float())
		if sound != nil {
			s.WriteString(`,AUDIO="audio"`)
		}
		fmt.Fprintf(&s, "\n%s.m3u8\n", r.Name)
	}
	for i, r := range rungs {
		if !mainstream.MatchString(r.movie.codec) { // scrubbing goes by what everybody reads
			continue
		}
		fmt.Fprintf(&s, "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=%d,CODECS=%q,RESOLUTION=%dx%d,VIDEO-RANGE=SDR,URI=%q\n",
			r.iframeRate(), rungs[i].movie.codec, r.Width, r.Height, iframeName(r.Name))
	}
	return s.String(), renditions
}

func iframeName(rung string) string { return rung + "-iframes.m3u8" }

// startOrder puts the rung to start with first and keeps the others.
func startOrder(rungs []rungOut) []int {
	first := 0
	for i, r := range rungs {
		if min(r.Width, r.Height) >= 720 && mainstream.MatchString(r.movie.codec) {
			first = i
		}
	}
	order := []int{first}
	for i := range rungs {
		if i != first {
			order = append(order, i)
		}
	}
	return order
}

// What rungs are coded with, by the names of RFC 6381. High, Main and Baseline
// of H.264 are 8-bit 4:2:0 by definition, as is AV1's Main at 8 bits.
var (
	mainstream = regexp.MustCompile(`^avc1\.(64|4D|42)[0-9A-F]{4}$`)
	modern     = regexp.MustCompile(`^av01\.0\.[0-9]{2}[MH]\.08$`)
)
