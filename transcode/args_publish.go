package transcode

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/storyreel/storyreel/internal/media"
)

// publishArgs makes all rungs, the sound, the storyboard and the measuring
// pictures from one decode.
func (p Plan) publishArgs(src string, threads int) ([]string, error) {
	return compile(threads, func() []graph {
		in := p.source(src, threads, false)
		top := p.Rungs[0]
		rest := p.head(p.video(in), top.Width, top.Height, true)
		var rungs []graph
		for i, r := range p.Rungs {
			if i > 0 {
				// Each from the next larger one: 15 % cheaper than from the
				// source and the same to the eye.
				rest = filter(rest, "scale", opts{"w": r.Width, "h": r.Height, "flags": "bicubic"})
				rest = filter(rest, "setsar", opts{"sar": "1"})
			}
			b := split(rest, 2)
			rungs, rest = append(rungs, b[0]), b[1]
		}
		low := p.Rungs[len(p.Rungs)-1]
		return append([]graph{p.ladderOutput(in, rungs, threads)}, p.extras(rest, low.Width, low.Height)...)
	})
}

// BoundArgs are ffmpeg's arguments for decoding and encoding the top rung
// alone, or for nothing but the remux of a review run: what Run cannot get
// below with these settings. For measuring.
func (p Plan) BoundArgs(src string, threads int) ([]string, error) {
	if p.Remux {
		return compile(threads, func() []graph { return p.remuxOutputs(p.source(src, threads, true))[:1] })
	}
	p.Rungs, p.Sound.Present = p.Rungs[:1], false
	return compile(threads, func() []graph {
		in := p.source(src, threads, false)
		top := p.Rungs[0]
		return []graph{p.ladderOutput(in, []graph{p.head(p.video(in), top.Width, top.Height, true)}, threads)}
	})
}

// searched are the additions to x264's presets that pay here. trellis on
// the final coding: 1.5 VMAF at equal bytes for 3 % CPU. aq-mode 2, which
// strengthens by the picture's own variance: 0.7 VMAF and 10 % fewer bytes on
// noise, free of charge. Twenty frames of looking ahead instead of ten: 4 %
// fewer bytes at equal SSIM for 4 % CPU. A diamond search, as in superfast,
// instead of a hexagon: 3 % less CPU, nothing to be seen.
const searched = "trellis=1:aq-mode=2:rc-lookahead=20:me=dia:"

// ladderOutput writes every rung and the sound as fragmented MP4 with byte
// ranges, one file each.
func (p Plan) ladderOutput(in graph, rungs []graph, threads int) graph {
	o := stripped(x264(opts{
		"preset":               "veryfast", // with trellis: 2 VMAF under medium at half its cost
		"f":                    "hls",
		"hls_time":             strconv.Itoa(segmentSeconds),
		"hls_playlist_type":    "vod",                              // complete: players may seek anywhere
		"hls_segment_type":     "fmp4",                             // CMAF: one set of bits for HLS and MP4
		"hls_flags":            "single_file+independent_segments", // byte ranges instead of fifty objects; each segment starts with a key frame
		"hls_segment_filename": "%v.mp4",
		"master_pl_name":       fileFFMaster, // thrown away: 5.1 leaves out what Apple's rules want
	}, p, threads, searched))
	var variants []string
	maps := append([]graph(nil), rungs...)
	for i, r := range p.Rungs {
		if r.quick() {
			o[fmt.Sprintf("preset:v:%d", i)] = "superfast"                                                             // no search of split blocks and one of sub-pixels less: a third off the encoder
			o[fmt.Sprintf("x264-params:v:%d", i)] = x264Params(searched+"mbtree=1:weightp=1:direct=temporal:", p.Rate) // but with veryfast's look ahead, which superfast drops: a quarter of the bytes; and direct vectors from the pictures around, which are worth 0.2 VMAF to so short a search, for nothing
		}
		if i > 0 {
			// ffmpeg feeds the encoders one after the other; more threads in
			// the small ones only cost more to keep in step.
			o[fmt.Sprintf("threads:v:%d", i)] = "1"
		}
		o[fmt.Sprintf("crf:v:%d", i)] = r.crf() // constant quality; the caps below only bind on noise
		o[fmt.Sprintf("maxrate:v:%d", i)] = kilo(r.MaxRate)
		o[fmt.Sprintf("bufsize:v:%d", i)] = kilo(2 * r.MaxRate)
		v := fmt.Sprintf("v:%d,name:%s", i, r.Name)
		if p.Sound.Present {
			v = fmt.Sprintf("v:%d,agroup:a,name:%s", i, r.Name)
		}
		variants = append(variants, v)
	}
	if p.Sound.Present {
		maps = append(maps, p.audio(in))
		o["filter:a"] = p.soundFilter()
		aac(o, "128k")
		variants = append(variants, "a:0,agroup:a,default:yes,name:audio") // once, not once per rung
	}
	o["var_stream_map"] = strings.Join(variants, " ")
	return outputs(maps, "%v.m3u8", o)
}

// x264 are the options of encoded pictures that all profiles share.
func x264(o opts, p Plan, threads int, params string) opts {
	o["c:v"] = "libx264"
	o["profile:v"] = "high" // 8×8 transform: 5 % fewer bits, and every device since 2010 reads it
	o["pix_fmt"] = "yuv420p"
	o["threads:v"] = strconv.Itoa(max(1, min(threads, 4))) // encoders run side by side; more each only lowers quality
	o["fps_mode"] = "passthrough"                          // the fps filter has made the rate constant already
	o["x264-params"] = x264Params(params, p.Rate)
	o["force_key_frames"] = fmt.Sprintf("expr:eq(mod(n,%d),0)", keyEvery(p.Rate)) // by number, which all encoders can keep to at 29.97 as well
	o["color_primaries"] = "bt709"                                                // tags say what the pictures are, or players guess
	o["color_trc"] = "bt709"
	o["colorspace"] = "bt709"
	o["color_range"] = "tv"
	o["flags"] = "+bitexact" // the same input gives the same bytes
	return o
}

// keyEvery is the distance of key frames in pictures: two seconds, or the
// next whole picture after, so that every second one ends a segment.
func keyEvery(rate media.Rate) int {
	return max(int(math.Ceil(keySeconds*rate.Float()-0.01)), 1)
}

// x264Params are the options that only x264 knows. keyint is above the forced
// distance, so that only numbers force: rungs stay aligned although each would
// cut scenes elsewhere. Closed GOPs, so that any segment can be the first.
func x264Params(more string, rate media.Rate) string {
	return fmt.Sprintf("%skeyint=%d:open-gop=0", more, int(math.Round(rate.Float()*segmentSeconds)))
}

// finishArgs makes the fallback MP4 from the encoded bits, the posters from
// the top rung and the preview from the lowest, in one process.
func (p Plan) finishArgs(posterAt, previewAt float64, threads int) ([]string, error) {
	return compile(threads, func() []graph {
		top, low := p.Rungs[0], p.Rungs[len(p.Rungs)-1]
		bits := made(top.Name+".mp4", opts{})
		story := []graph{bits.Get("v:0")}
		if p.Sound.Present {
			story = append(story, made(fileAudio, opts{"itsoffset": fixed(-primingSeconds)}).Get("a:0")) // before the picture, as in HLS
		}
		outs := []graph{outputs(story, fileStory, stripped(opts{
			"c":        "copy",       // the same bits as the top rung; never encoded twice
			"movflags": "+faststart", // index first
			"f":        "mp4",
		}))}
		// Each of the small inputs says how much of it is wanted: without t
		// ffmpeg goes on decoding the whole rung while the copy is written,
		// which cost five times all the rest of this run.
		b := split(made(top.Name+".mp4", opts{"ss": fixed(posterAt), "t": fixed(3 / p.Rate.Float()), "threads": "1"}).Get("v:0"), 2)
		w, h := top.Width, top.Height
		outs = append(outs, poster(b[0], w, h, "tv", "bt709"), posterModern(b[1], w, h))
		return append(outs, p.previewOutput(made(low.Name+".mp4", opts{"ss": fixed(previewAt), "t": fixed(previewSeconds), "threads": "1"}).Get("v:0"), low))
	})
}

func posterModern(v graph, width, height int) graph {
	v = filter(v, "scale", opts{"w": width, "h": height, "flags": "bicubic", "in_color_matrix": "bt709", "out_color_matrix": "bt601", "out_range": "tv"}) // WebP is BT.601 limited
	v = filter(v, "format", opts{"pix_fmts": "yuv420p"})
	return output(v, fileWebP, stripped(opts{"frames:v": "1", "c:v": "libwebp", "quality": "80", "compression_level": "2", "update": "1", "f": "image2"})) // level 2 of 6: a third of the CPU, the same size within 2 %
}

// previewSeconds is the length of the muted loop on the feed.
const previewSeconds = 4.0

func (p Plan) previewOutput(v graph, from Rung) graph {
	w, h := fit(from.Width, from.Height, 240)
	v = filter(v, "fps", opts{"fps": "15"}) // motion enough for a thumbnail, half the bits
	v = filter(v, "scale", opts{"w": w, "h": h, "flags": "bicubic"})
	return output(v, filePreview, stripped(opts{
		"an": "", "c:v": "libx264", "preset": "veryfast", "crf": "30", "pix_fmt": "yuv420p", "profile:v": "high",
		"threads:v": "1", // sixty small pictures
		"flags":     "+bitexact", "movflags": "+faststart", "f": "mp4",
	}))
}

// loudnessArgs measures the sound alone, for a publish run without a review
// run's findings.
func (p Plan) loudnessArgs(src string, threads int) ([]string, error) {
	return compile(threads, func() []graph {
		in := p.source(src, threads, false)
		return []graph{p.loudnessOutput(p.audio(in)), p.samplesOutput(p.audio(in))}
	})
}

// decodeArgs reads a made picture and the sound to the end and stops at the
// first error.
func (p Plan) decodeArgs(picture, sound string, threads int) ([]string, error) {
	args, err := compile(threads, func() []graph {
		streams := []graph{made(picture, opts{
			"threads":          "1",   // frame threads would cost more than they save on small pictures
			"skip_loop_filter": "all", // what it smooths cannot be wrong: a quarter less work
		}).Get("v:0")}
		if sound != "" {
			streams = append(streams, made(sound, opts{}).Get("a:0"))
		}
		return []graph{outputs(streams, "-", opts{"f": "null"})}
	})
	return append([]string{"-xerror"}, args...), err // stop at the first error instead of concealing it
}

func kilo(n int) string { return strconv.Itoa(n) + "k" }
