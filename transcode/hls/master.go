package hls

import (
	"fmt"
	"math"
	"regexp"
	"strings"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode/mp4"
	"github.com/storyreel/storyreel/transcode/plan"
)

// Rung is a Rung as it came out.
type Rung struct {
	plan.Rung
	Track    mp4.Track
	Playlist Playlist
}

// IFrames writes a playlist of the key frames that begin segments, for
// scrubbing.
func (r Rung) IFrames() string {
	var s strings.Builder
	target := 1.0
	for _, f := range r.Track.Fragments {
		target = max(target, f.Seconds)
	}
	fmt.Fprintf(&s,
		"#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:%d\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-I-FRAMES-ONLY\n",
		int(math.Ceil(target)))
	if len(r.Track.Fragments) > 0 {
		fmt.Fprintf(&s, "#EXT-X-MAP:URI=%q,BYTERANGE=\"%d@0\"\n", r.Name+".mp4", r.Track.Fragments[0].Start)
	}
	for _, f := range r.Track.Fragments {
		if f.Key {
			fmt.Fprintf(&s, "#EXTINF:%.6f,\n#EXT-X-BYTERANGE:%d@%d\n%s.mp4\n", f.Seconds, f.KeyEnd-f.Start, f.Start,
				r.Name)
		}
	}
	s.WriteString("#EXT-X-ENDLIST\n")
	return s.String()
}

func (r Rung) iframeBitrate() int64 {
	worst := 0.0
	for _, f := range r.Track.Fragments {
		if f.Key {
			worst = max(worst, float64(f.KeyEnd-f.Start)*8/max(f.Seconds, 0.5))
		}
	}
	return int64(math.Ceil(worst))
}

// Master writes the master playlist. ffmpeg's own lacks AVERAGE-BANDWIDTH and
// FRAME-RATE and takes BANDWIDTH from settings instead of the bytes. The
// first rung is what iOS starts with: the one nearest to 720.
func Master(rungs []Rung, sound *Playlist, soundURI string, rate media.Rate) (string, []media.Rendition) {
	var audioPeak, audioAverage int64
	codecs := ""
	var s strings.Builder
	s.WriteString("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n")
	if sound != nil {
		audioPeak, audioAverage = sound.Bitrates()
		codecs = ",mp4a.40.2"
		fmt.Fprintf(&s,
			"#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"Original\",DEFAULT=YES,AUTOSELECT=YES,CHANNELS=\"2\","+
				"URI=%q\n", soundURI)
	}
	renditions := make([]media.Rendition, len(rungs))
	for i, r := range rungs {
		peak, average := r.Playlist.Bitrates()
		renditions[i] = media.Rendition{
			Name: r.Name, Width: r.Width, Height: r.Height, Rate: math.Round(rate.Float()*1000) / 1000,
			Bandwidth: peak + audioPeak, Average: average + audioAverage, Codecs: r.Track.Codec + codecs,
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
		if !H264.MatchString(r.Track.Codec) { // scrubbing goes by what everybody reads
			continue
		}
		fmt.Fprintf(&s, "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=%d,CODECS=%q,RESOLUTION=%dx%d,VIDEO-RANGE=SDR,URI=%q\n",
			r.iframeBitrate(), rungs[i].Track.Codec, r.Width, r.Height, IFramesName(r.Name))
	}
	return s.String(), renditions
}

func IFramesName(rung string) string { return rung + "-iframes.m3u8" }

// startOrder puts the rung to start with first and keeps the others.
func startOrder(rungs []Rung) []int {
	first := 0
	for i, r := range rungs {
		if min(r.Width, r.Height) >= 720 && H264.MatchString(r.Track.Codec) {
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
	H264 = regexp.MustCompile(`^avc1\.(64|4D|42)[0-9A-F]{4}$`)
	AV1  = regexp.MustCompile(`^av01\.0\.[0-9]{2}[MH]\.08$`)
)
