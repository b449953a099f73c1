package command

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode/plan"
)

// ladderOutput writes every rung and the audio as fragmented MP4 with byte
// ranges, one file each. The last of frames is the AV1 rung's, if planned.
func (p builder) ladderOutput(in graph, pictures []graph, threads int) graph {
	o := withoutMetadata(commonVideo(opts{
		"f":                 "hls",
		"hls_time":          strconv.Itoa(plan.SegmentSeconds),
		"hls_playlist_type": "vod",  // complete: players may seek anywhere
		"hls_segment_type":  "fmp4", // CMAF: one set of bits for HLS and MP4
		// byte ranges instead of fifty objects; each segment starts with a key frame
		"hls_flags":            "single_file+independent_segments",
		"hls_segment_filename": "%v.mp4",
		"master_pl_name":       FileFFmpegMaster, // thrown away: 5.1 leaves out what Apple's rules want
	}, p.Rate))
	switch {
	case p.Encoder != plan.Software:
		o = hardwareOptions(o, p.Encoder, p.Rate)
	case p.Quality == plan.High:
		o = x264(o, p, threads, x264High)
		o["preset"] = "medium"
	default:
		o = x264(o, p, threads, x264Standard)
		o["preset"] = "veryfast" // with trellis: 2 VMAF under medium at half its cost
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
	maps := append([]graph(nil), pictures...)
	if p.Audio.Present {
		maps = append(maps, p.audio(in))
		o["filter:a"] = p.audioFilter()
		aac(o, "128k")
		variants.list = append(variants.list, "a:0,agroup:a,default:yes,name:audio") // once, not once per rung
	}
	o["var_stream_map"] = strings.Join(variants.list, " ")
	return outputs(maps, "%v.m3u8", o)
}

// variants are the words of ffmpeg's var_stream_map.
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

// rungOptions are those of the i-th frame.
func (p builder) rungOptions(o opts, i int, r plan.Rung) {
	set := func(name, value string) { o[fmt.Sprintf("%s:v:%d", name, i)] = value }
	switch {
	case p.Encoder != plan.Software:
		hardwareRung(set, p.Encoder, r)
	case p.Quality == plan.High:
		set("crf", highCRF)
	default:
		set("crf", r.CRF()) // constant quality; the caps below only bind on noise
		if r.UsesFastPreset() {
			set("preset", "superfast") // no search of split blocks and one of sub-pixels less: a third off the encoder
			set("x264-params", x264Params(x264Standard+x264Fast, p.Rate))
		}
	}
	if i > 0 && p.Encoder == plan.Software {
		// ffmpeg feeds the encoders one after the other; more threads in
		// the small ones only cost more to keep in step.
		set("threads", "1")
	}
	set("maxrate", kbit(r.MaxRate))
	set("bufsize", kbit(2*r.MaxRate))
	set("profile", "high") // 8×8 transform: 5 % fewer bits, and every device since 2010 reads it
}

// x264Standard are the additions to x264's presets that pay here. trellis on
// the final coding: 1.5 VMAF at equal bytes for 3 % CPU. aq-mode 2, which
// strengthens by the frame's own variance: 0.7 VMAF and 10 % fewer bytes on
// noise, free of charge. Twenty frames of looking ahead instead of ten: 4 %
// fewer bytes at equal SSIM for 4 % CPU. A diamond search, as in superfast,
// instead of a hexagon: 3 % less CPU, nothing to be seen.
const x264Standard = "trellis=1:aq-mode=2:rc-lookahead=20:me=dia:"

// x264Fast is what rungs of the short search get back of veryfast, or more: its
// look ahead, which superfast drops, is worth a quarter of the bytes; direct
// vectors from the frames around are worth 0.2 VMAF to so short a search, for
// nothing.
const x264Fast = "mbtree=1:weightp=1:direct=temporal:"

// searchedHigh is for the second step of quality: medium has its own trellis,
// look ahead and search. highCRF with it gives a sixth more bytes than the
// first step and three VMAF (docs/performance.md).
const (
	x264High = "aq-mode=2:"
	highCRF  = "22.5"
)

// x264 are the options of frames coded in software.
func x264(o opts, p builder, threads int, params string) opts {
	o["c:v"] = "libx264"
	o["pix_fmt"] = "yuv420p"
	o["threads:v"] = strconv.Itoa(max(1, min(threads, 4))) // encoders run side by side; more each only lowers quality
	o["x264-params"] = x264Params(params, p.Rate)
	return o
}

// commonVideo are the options of coded frames that all profiles and encoders share.
func commonVideo(o opts, rate media.Rate) opts {
	// the fps filter has made the rate constant already
	o["fps_mode"] = "passthrough"
	// by number, which all encoders can keep to at 29.97 as well
	o["force_key_frames"] = fmt.Sprintf("expr:eq(mod(n,%d),0)", keyInterval(rate))
	// tags say what the frames are, or players guess
	o["color_primaries"] = "bt709"
	o["color_trc"] = "bt709"
	o["colorspace"] = "bt709"
	o["color_range"] = "tv"
	o["flags"] = "+bitexact" // the same input gives the same bytes
	return o
}

// keyInterval is the distance of key frames in frames: two seconds, or the
// next whole frame after, so that every second one ends a segment.
func keyInterval(rate media.Rate) int {
	return max(int(math.Ceil(plan.KeySeconds*rate.Float()-0.01)), 1)
}

// x264Params are the options that only x264 knows. keyint is above the forced
// distance, so that only numbers force: rungs stay aligned although each would
// cut scenes elsewhere. Closed GOPs, so that any segment can be the first.
func x264Params(more string, rate media.Rate) string {
	return fmt.Sprintf("%skeyint=%d:open-gop=0", more, int(math.Round(rate.Float()*plan.SegmentSeconds)))
}
