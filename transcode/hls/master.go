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

// H264 and AV1 match the RFC 6381 names of the codecs that rungs may have. The
// High, Main and Baseline profiles of H.264 are 8-bit 4:2:0 by definition, as
// is AV1's Main profile at 8 bits.
var (
	H264 = regexp.MustCompile(`^avc1\.(64|4D|42)[0-9A-F]{4}$`)
	AV1  = regexp.MustCompile(`^av01\.0\.[0-9]{2}[MH]\.08$`)
)

// Rung is an encoded rung: the planned one with its file and its playlist.
type Rung struct {
	plan.Rung
	Track    mp4.Track
	Playlist Playlist
}

// IFramesName returns the file name of a rung's I-frame playlist.
func IFramesName(rung string) string { return rung + "-iframes.m3u8" }

// IFrames returns the text of a playlist of the key frames that begin
// segments, which players use for scrubbing.
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

// iframeBitrate returns the peak bit rate of the I-frame playlist, bits per
// second.
func (r Rung) iframeBitrate() int64 {
	largest := 0.0
	for _, f := range r.Track.Fragments {
		if f.Key {
			largest = max(largest, float64(f.KeyEnd-f.Start)*8/max(f.Seconds, 0.5))
		}
	}
	return int64(math.Ceil(largest))
}

// Master returns the text of the master playlist and the renditions in the
// order of rungs. ffmpeg's own master playlist lacks AVERAGE-BANDWIDTH and
// FRAME-RATE and takes BANDWIDTH from the settings instead of the bytes. The
// first rung in it is the one that iOS starts with: the smallest of at least
// 720. audio is nil for a video without audio.
func Master(rungs []Rung, audio *Playlist, audioURI string, rate media.Rate) (string, []media.Rendition) {
	var audioPeak, audioAverage int64
	codecs := ""
	var s strings.Builder
	s.WriteString("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n")
	if audio != nil {
		audioPeak, audioAverage = audio.Bitrates()
		codecs = ",mp4a.40.2"
		fmt.Fprintf(&s,
			"#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"Original\",DEFAULT=YES,AUTOSELECT=YES,CHANNELS=\"2\","+
				"URI=%q\n", audioURI)
	}
	renditions := make([]media.Rendition, len(rungs))
	for i, r := range rungs {
		peak, average := r.Playlist.Bitrates()
		renditions[i] = media.Rendition{
			Name: r.Name, Width: r.Width, Height: r.Height, Rate: math.Round(rate.Float()*1000) / 1000,
			Bandwidth: peak + audioPeak, AverageBandwidth: average + audioAverage, Codecs: r.Track.Codec + codecs,
		}
	}
	for _, i := range startOrder(rungs) {
		r := renditions[i]
		fmt.Fprintf(&s,
			"#EXT-X-STREAM-INF:BANDWIDTH=%d,AVERAGE-BANDWIDTH=%d,CODECS=%q,RESOLUTION=%dx%d,FRAME-RATE=%.3f,"+
				"VIDEO-RANGE=SDR",
			r.Bandwidth, r.AverageBandwidth, r.Codecs, r.Width, r.Height, rate.Float())
		if audio != nil {
			s.WriteString(`,AUDIO="audio"`)
		}
		fmt.Fprintf(&s, "\n%s.m3u8\n", r.Name)
	}
	for i, r := range rungs {
		if !H264.MatchString(r.Track.Codec) { // every player decodes H.264
			continue
		}
		fmt.Fprintf(&s, "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=%d,CODECS=%q,RESOLUTION=%dx%d,VIDEO-RANGE=SDR,URI=%q\n",
			r.iframeBitrate(), rungs[i].Track.Codec, r.Width, r.Height, IFramesName(r.Name))
	}
	return s.String(), renditions
}

// startOrder returns the indexes of rungs with the one to start with first and
// the others in their order.
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
