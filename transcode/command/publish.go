package command

import (
	"github.com/storyreel/storyreel/transcode/analysis"
	"github.com/storyreel/storyreel/transcode/plan"
)

// Loudness returns ffmpeg's arguments for measuring the audio alone, for a
// publish run without the findings of a review run.
func Loudness(of plan.Plan, src string, threads int) ([]string, error) {
	p := builder{of}
	return compile(threads, func() []graph {
		in := p.source(src, threads)
		return []graph{p.loudnessOutput(p.audio(in)), p.samplesOutput(p.audio(in), FileSamples)}
	})
}

// Publish returns ffmpeg's arguments for all rungs, the audio, the storyboard
// and the small frames for findings, from one decoding of the source src, an
// absolute path.
func Publish(of plan.Plan, src string, threads int) ([]string, error) {
	p := builder{of}
	return p.withGlobals(compile(threads, func() []graph {
		in := p.source(src, threads)
		top := p.Rungs[0]
		rest := p.normalize(p.video(in), top.Width, top.Height)
		var rungs []graph
		var av1 graph
		for i, r := range p.Rungs {
			if i > 0 {
				// Each from the next larger one: 15 % cheaper than from the
				// source, without a visible difference.
				rest = filter(rest, "scale", opts{"w": r.Width, "h": r.Height, "flags": "bicubic"})
				rest = filter(rest, "setsar", opts{"sar": "1"})
			}
			if i == 0 && p.AV1 != nil {
				b := split(rest, 3)
				rungs, rest, av1 = append(rungs, b[0]), b[1], b[2]
				continue
			}
			b := split(rest, 2)
			rungs, rest = append(rungs, upload(b[0], p.Encoder)), b[1]
		}
		if av1 != nil {
			rungs = append(rungs, av1)
		}
		low := p.Rungs[len(p.Rungs)-1]
		return append([]graph{p.ladderOutput(in, rungs, threads)}, p.sideOutputs(rest, low.Width, low.Height)...)
	}))
}

// Finish returns ffmpeg's arguments for the fallback MP4, copied from the
// encoded files, the posters from the top rung, and the preview from the
// lowest, in one process. Both times are in seconds.
func Finish(of plan.Plan, posterAt, previewAt float64, threads int) ([]string, error) {
	p := builder{of}
	return compile(threads, func() []graph {
		top, low := p.Rungs[0], p.Rungs[len(p.Rungs)-1]
		// Each of the small inputs is limited by t: without it, ffmpeg decodes
		// the whole rung while the copy is written, which cost five times all
		// the rest of this run.
		still := split(ownFile(top.Name+".mp4", opts{
			"ss": formatSeconds(posterAt), "t": formatSeconds(3 / p.Rate.Float()), "threads": "1",
		}).Get("v:0"), 2)
		preview := ownFile(low.Name+".mp4", opts{
			"ss": formatSeconds(previewAt), "t": formatSeconds(analysis.PreviewSeconds), "threads": "1",
		}).Get("v:0")
		return []graph{
			p.storyOutput(),
			poster(still[0], top.Width, top.Height, "tv", "bt709"),
			posterWebP(still[1], top.Width, top.Height),
			previewOutput(preview, low),
		}
	})
}

// storyOutput copies the top rung and the audio to the fallback MP4.
func (p builder) storyOutput() graph {
	streams := []graph{ownFile(p.Rungs[0].Name+".mp4", opts{}).Get("v:0")}
	if p.Audio.Present {
		// before the video, as in HLS
		streams = append(streams, ownFile(FileAudio, opts{"itsoffset": formatSeconds(-primingSeconds)}).Get("a:0"))
	}
	return outputs(streams, FileStory, withoutMetadata(opts{
		// the same data as the top rung, not encoded again
		"c": "copy",
		// index first
		"movflags": "+faststart",
		"f":        "mp4",
	}))
}

// posterWebP writes the WebP poster.
func posterWebP(v graph, width, height int) graph {
	// WebP is BT.601 limited range
	v = filter(v, "scale", opts{
		"w": width, "h": height, "flags": "bicubic",
		"in_color_matrix": "bt709", "out_color_matrix": "bt601", "out_range": "tv",
	})
	v = filter(v, "format", opts{"pix_fmts": "yuv420p"})
	return output(v, FilePosterWebP, withoutMetadata(opts{
		"frames:v": "1", "update": "1", "f": "image2", "c:v": "libwebp", "quality": "80",
		// of 0 to 6: a third less CPU than the default 4, the same size within 2 %
		"compression_level": "2",
	}))
}

// previewOutput encodes the muted preview.
func previewOutput(v graph, from plan.Rung) graph {
	w, h := plan.Fit(from.Width, from.Height, 240)
	v = filter(v, "fps", opts{"fps": "15"}) // enough motion for a thumbnail, half the bytes
	v = filter(v, "scale", opts{"w": w, "h": h, "flags": "bicubic"})
	return output(v, FilePreview, withoutMetadata(opts{
		"an": "", "c:v": "libx264", "preset": "veryfast", "crf": "30", "pix_fmt": "yuv420p", "profile:v": "high",
		// sixty small frames need no more
		"threads:v": "1",
		"flags":     "+bitexact", "movflags": "+faststart", "f": "mp4",
	}))
}

// Decode returns ffmpeg's arguments for reading the output back; they stop at
// the first error. The lowest rung, the audio and the AV1 rung are decoded
// completely, of the other rungs each segment's key frames, which cost almost
// nothing. x264 encoded those rungs from the same frames in the same run; rungs
// of a hardware encoder are decoded completely.
func Decode(of plan.Plan) ([]string, error) {
	p := builder{of}
	args, err := compile(1, func() []graph { // frame threads cost more than they save on small frames
		var streams []graph
		read := func(name, skip string) {
			streams = append(streams, ownFile(name+".mp4", opts{
				"threads": "1",
				// deblocking cannot fail; a quarter less work
				"skip_loop_filter": "all",
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
		// passthrough: no frames are repeated between key frames
		return []graph{outputs(streams, "-", opts{"f": "null", "fps_mode": "passthrough"})}
	})
	return append([]string{"-xerror"}, args...), err // stops at the first error instead of concealing it
}

// Bound returns ffmpeg's arguments for decoding the source and encoding only
// the top rung, or only the review copy: the least cost that Run can have with
// these settings. The benchmark compares Run with it.
func Bound(of plan.Plan, src string, threads int) ([]string, error) {
	p := builder{of}
	if p.Profile == plan.Publish {
		p.Rungs, p.AV1, p.Audio.Present = p.Rungs[:1], nil, false
	}
	return compile(threads, func() []graph {
		in := p.source(src, threads)
		if p.Remux {
			return []graph{p.remuxOutput(in, FileReview)}
		}
		r := p.Rungs[0]
		v := p.normalize(p.video(in), r.Width, r.Height)
		if p.Profile == plan.Review {
			return []graph{p.reviewOutput(in, v, threads)}
		}
		return []graph{p.ladderOutput(in, []graph{v}, threads)}
	})
}
