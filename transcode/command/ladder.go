package command

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode/plan"
)

// x264Standard lists additions to x264's presets for Standard quality.
// Trellis on the final encoding: 1.5 VMAF at equal bytes for 3 % CPU. aq-mode
// 2, whose strength follows the frame's own variance: 0.7 VMAF and 10 % fewer
// bytes on noise, at no cost. 20 frames of look-ahead instead of 10: 4 % fewer
// bytes at equal SSIM for 4 % CPU. A diamond search, as in superfast, instead
// of a hexagon: 3 % less CPU without a visible difference.
const x264Standard = "trellis=1:aq-mode=2:rc-lookahead=20:me=dia:"

// x264Fast lists settings of veryfast, or better, that are restored on rungs
// with the superfast preset. Its macroblock tree, which superfast drops, saves
// a quarter of the bytes; temporal direct prediction gains 0.2 VMAF with so
// short a search, at no cost.
const x264Fast = "mbtree=1:weightp=1:direct=temporal:"

// x264High and highCRF belong to High quality. The medium preset has its own
// trellis, look-ahead and search. With highCRF it gives a sixth more bytes
// than Standard and three VMAF (docs/performance.md).
const (
	x264High = "aq-mode=2:"
	highCRF  = "22.5"
)

// ladderOutput writes every rung and the audio as fragmented MP4 with byte
// ranges, one file each. With an AV1 rung, its video is the last of videos.
func (p builder) ladderOutput(in graph, videos []graph, threads int) graph {
	o := withoutMetadata(commonVideo(hlsOptions(), p.Rate))
	switch {
	case p.Encoder != plan.Software:
		o = hardwareOptions(o, p.Encoder, p.Rate)
	case p.Quality == plan.High:
		o = x264(o, p, threads, x264High)
		o["preset"] = "medium"
	default:
		o = x264(o, p, threads, x264Standard)
		o["preset"] = "veryfast" // with trellis: 2 VMAF below medium at half its cost
	}
	variants := &variants{audio: p.Audio.Present}
	for i, r := range p.Rungs {
		p.rungOptions(o, i, r)
		variants.addVideo(i, r.Name)
	}
	if p.AV1 != nil {
		i := len(p.Rungs)
		av1Options(o, i, p.Rate, threads)
		variants.addVideo(i, p.AV1.Name)
	}
	streams := append([]graph(nil), videos...)
	if p.Audio.Present {
		streams = append(streams, p.audio(in))
		o["filter:a"] = p.audioFilter()
		aac(o, "128k")
		variants.addAudio()
	}
	o["var_stream_map"] = variants.String()
	return outputs(streams, filePlaylists, o)
}

// filePlaylists is ffmpeg's pattern of the names of media playlists.
const filePlaylists = "%v.m3u8"

// hlsOptions returns the options of the muxer: fragmented MP4, one file for
// each stream.
func hlsOptions() opts {
	return opts{
		"f":        "hls",
		"hls_time": strconv.Itoa(plan.SegmentSeconds),
		// complete: players may seek anywhere
		"hls_playlist_type": "vod",
		// CMAF: the same data for HLS and MP4
		"hls_segment_type": "fmp4",
		// byte ranges instead of fifty objects; each segment starts with a key frame
		"hls_flags":            "single_file+independent_segments",
		"hls_segment_filename": "%v.mp4",
		// not kept: 5.1 leaves out attributes that Apple requires
		"master_pl_name": FileFFmpegMaster,
	}
}

// variants collects the entries of ffmpeg's var_stream_map.
type variants struct {
	list  []string
	audio bool
}

func (v *variants) addVideo(i int, name string) {
	group := ""
	if v.audio {
		group = "agroup:a,"
	}
	v.list = append(v.list, fmt.Sprintf("v:%d,%sname:%s", i, group, name))
}

// addAudio adds the audio, once and not once for each rung.
func (v *variants) addAudio() { v.list = append(v.list, "a:0,agroup:a,default:yes,name:audio") }

// String returns the option's value.
func (v *variants) String() string { return strings.Join(v.list, " ") }

// rungOptions sets the options of the i-th video stream.
func (p builder) rungOptions(o opts, i int, r plan.Rung) {
	set := func(name, value string) { o[fmt.Sprintf("%s:v:%d", name, i)] = value }
	switch {
	case p.Encoder != plan.Software:
		hardwareRung(set, p.Encoder, r)
	case p.Quality == plan.High:
		set("crf", highCRF)
	default:
		set("crf", r.CRF()) // constant quality; the caps below only apply to noise
		if r.UsesFastPreset() {
			// no search of small partitions and less of sub-pixels: a third less CPU in the encoder
			set("preset", "superfast")
			set("x264-params", x264Params(x264Standard+x264Fast, p.Rate))
		}
	}
	if i > 0 && p.Encoder == plan.Software {
		// ffmpeg feeds the encoders one after the other; more threads in the
		// small ones only add synchronization.
		set("threads", "1")
	}
	set("maxrate", kbit(r.MaxRate))
	set("bufsize", kbit(2*r.MaxRate))
	set("profile", "high") // 8×8 transform: 5 % fewer bytes; every device since 2010 decodes it
}

// commonVideo sets the options of encoded video that all profiles and encoders
// share.
func commonVideo(o opts, rate media.Rate) opts {
	// the fps filter has made the rate constant already
	o["fps_mode"] = "passthrough"
	// by frame number, which every encoder can follow at 29.97 as well
	o["force_key_frames"] = fmt.Sprintf("expr:eq(mod(n,%d),0)", keyInterval(rate))
	// without tags, players guess the colors
	o["color_primaries"] = "bt709"
	o["color_trc"] = "bt709"
	o["colorspace"] = "bt709"
	o["color_range"] = "tv"
	// the same input gives the same bytes
	o["flags"] = "+bitexact"
	return o
}

// x264 sets the options of video encoded in software.
func x264(o opts, p builder, threads int, params string) opts {
	o["c:v"] = "libx264"
	o["pix_fmt"] = "yuv420p"
	o["threads:v"] = strconv.Itoa(max(1, min(threads, 4))) // encoders run side by side; more threads lower the quality
	o["x264-params"] = x264Params(params, p.Rate)
	return o
}

// x264Params returns the options that only x264 has, after more. keyint is
// above the forced distance, so that it adds no key frames of its own: rungs
// stay aligned although each detects scene cuts elsewhere. GOPs are closed, so
// that every segment can be the first.
func x264Params(more string, rate media.Rate) string {
	return fmt.Sprintf("%skeyint=%d:open-gop=0", more, int(math.Round(rate.Float()*plan.SegmentSeconds)))
}

// keyInterval returns the distance of key frames in frames: KeySeconds rounded
// up, so that every second key frame begins a segment.
func keyInterval(rate media.Rate) int {
	return max(int(math.Ceil(plan.KeySeconds*rate.Float()-0.01)), 1)
}
