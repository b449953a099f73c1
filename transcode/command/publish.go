package command

import (
	"strconv"

	"github.com/storyreel/storyreel/transcode/analysis"
	"github.com/storyreel/storyreel/transcode/plan"
)

// Publish makes all rungs, the audio, the storyboard and the measuring
// frames from one decode.
func Publish(of plan.Plan, src string, threads int) ([]string, error) {
	p := builder{of}
	return p.withGlobals(compile(threads, func() []graph {
		in := p.source(src, threads, false)
		top := p.Rungs[0]
		rest := p.normalize(p.video(in), top.Width, top.Height, true)
		var rungs []graph
		var modern graph
		for i, r := range p.Rungs {
			if i > 0 {
				// Each from the next larger one: 15 % cheaper than from the
				// source and the same to the eye.
				rest = filter(rest, "scale", opts{"w": r.Width, "h": r.Height, "flags": "bicubic"})
				rest = filter(rest, "setsar", opts{"sar": "1"})
			}
			if i == 0 && p.AV1 != nil {
				b := split(rest, 3)
				rungs, rest, modern = append(rungs, b[0]), b[1], b[2]
				continue
			}
			b := split(rest, 2)
			rungs, rest = append(rungs, upload(b[0], p.Encoder)), b[1]
		}
		if modern != nil {
			rungs = append(rungs, modern)
		}
		low := p.Rungs[len(p.Rungs)-1]
		return append([]graph{p.ladderOutput(in, rungs, threads)}, p.sideOutputs(rest, low.Width, low.Height)...)
	}))
}

// Bound are ffmpeg's arguments for decoding and encoding the top rung
// alone, or for nothing but a review copy: what Run cannot get below with these
// settings. For measuring.
func Bound(of plan.Plan, src string, threads int) ([]string, error) {
	p := builder{of}
	switch {
	case p.Remux:
		return compile(threads, func() []graph { return []graph{p.remuxOutput(p.source(src, threads, true))} })
	case p.Profile == plan.Review:
		return compile(threads, func() []graph {
			in := p.source(src, threads, false)
			return []graph{
				p.reviewOutput(in, p.normalize(p.video(in), p.Rungs[0].Width, p.Rungs[0].Height, true), threads),
			}
		})
	}
	p.Rungs, p.AV1, p.Audio.Present = p.Rungs[:1], nil, false
	return compile(threads, func() []graph {
		in := p.source(src, threads, false)
		top := p.Rungs[0]
		return []graph{p.ladderOutput(in, []graph{p.normalize(p.video(in), top.Width, top.Height, true)}, threads)}
	})
}

// Finish makes the fallback MP4 from the encoded bits, the posters from
// the top rung and the preview from the lowest, in one process.
func Finish(of plan.Plan, posterAt, previewAt float64, threads int) ([]string, error) {
	p := builder{of}
	return compile(threads, func() []graph {
		top, low := p.Rungs[0], p.Rungs[len(p.Rungs)-1]
		bits := ownFile(top.Name+".mp4", opts{})
		story := []graph{bits.Get("v:0")}
		if p.Audio.Present {
			// before the frame, as in HLS
			story = append(story, ownFile(FileAudio, opts{"itsoffset": formatSeconds(-primingSeconds)}).Get("a:0"))
		}
		outs := []graph{outputs(story, FileStory, withoutMetadata(opts{
			"c":        "copy",       // the same bits as the top rung; never encoded twice
			"movflags": "+faststart", // index first
			"f":        "mp4",
		}))}
		// Each of the small inputs says how much of it is wanted: without t
		// ffmpeg goes on decoding the whole rung while the copy is written,
		// which cost five times all the rest of this run.
		b := split(
			ownFile(top.Name+".mp4",
				opts{"ss": formatSeconds(posterAt), "t": formatSeconds(3 / p.Rate.Float()), "threads": "1"}).
				Get("v:0"), 2)
		w, h := top.Width, top.Height
		outs = append(outs, poster(b[0], w, h, "tv", "bt709"), posterWebP(b[1], w, h))
		return append(outs,
			p.previewOutput(
				ownFile(low.Name+".mp4",
					opts{"ss": formatSeconds(previewAt), "t": formatSeconds(analysis.PreviewSeconds), "threads": "1"}).
					Get("v:0"), low))
	})
}

func posterWebP(v graph, width, height int) graph {
	// WebP is BT.601 limited
	v = filter(v, "scale",
		opts{
			"w": width, "h": height, "flags": "bicubic", "in_color_matrix": "bt709", "out_color_matrix": "bt601",
			"out_range": "tv",
		})
	v = filter(v, "format", opts{"pix_fmts": "yuv420p"})
	// level 2 of 6: a third of the CPU, the same size within 2 %
	return output(v, FilePosterWebP,
		withoutMetadata(
			opts{
				"frames:v": "1", "c:v": "libwebp", "quality": "80", "compression_level": "2", "update": "1",
				"f": "image2",
			}))
}

func (p builder) previewOutput(v graph, from plan.Rung) graph {
	w, h := plan.Fit(from.Width, from.Height, 240)
	v = filter(v, "fps", opts{"fps": "15"}) // motion enough for a thumbnail, half the bits
	v = filter(v, "scale", opts{"w": w, "h": h, "flags": "bicubic"})
	return output(v, FilePreview, withoutMetadata(opts{
		"an": "", "c:v": "libx264", "preset": "veryfast", "crf": "30", "pix_fmt": "yuv420p", "profile:v": "high",
		"threads:v": "1", // sixty small frames
		"flags":     "+bitexact", "movflags": "+faststart", "f": "mp4",
	}))
}

// Loudness measures the audio alone, for a publish run without a review
// run's findings.
func Loudness(of plan.Plan, src string, threads int) ([]string, error) {
	p := builder{of}
	return compile(threads, func() []graph {
		in := p.source(src, threads, false)
		return []graph{p.loudnessOutput(p.audio(in)), p.samplesOutput(p.audio(in))}
	})
}

// Decode reads what was made and stops at the first error: the lowest
// rung, the audio and the AV1 rung to the end, and of the others each
// segment's key frames, which cost next to nothing. x264 has coded them from
// the same frames in the same run; an encoder of hardware is read whole.
func Decode(of plan.Plan) ([]string, error) {
	p := builder{of}
	args, err := compile(1, func() []graph { // frame threads would cost more than they save on small frames
		var streams []graph
		read := func(name, skip string) {
			streams = append(streams, ownFile(name+".mp4", opts{
				"threads":          "1",
				"skip_loop_filter": "all", // what it smooths cannot be wrong: a quarter less work
				"skip_frame":       skip,
			}).Get("v:0"))
		}
		low := len(p.Rungs) - 1
		for i, r := range p.Rungs {
			if i < low && p.Encoder == plan.Software {
				read(r.Name, "nokey")
			} else {
				read(r.Name, "default")
			}
		}
		if p.AV1 != nil {
			read(p.AV1.Name, "default")
		}
		if p.Audio.Present {
			streams = append(streams, ownFile(FileAudio, opts{}).Get("a:0"))
		}
		// no frame made up where only key frames come
		return []graph{outputs(streams, "-", opts{"f": "null", "fps_mode": "passthrough"})}
	})
	return append([]string{"-xerror"}, args...), err // stop at the first error instead of concealing it
}

func kbit(n int) string { return strconv.Itoa(n) + "k" }
