package command

import (
	"strconv"

	"github.com/storyreel/storyreel/transcode/ffmpeg"
	"github.com/storyreel/storyreel/transcode/plan"
)

// Review returns ffmpeg's arguments for the review copy and the data of the
// findings about the audio, from one reading of the source src, an absolute
// path. When the copy is encoded, the storyboard and the data of the other
// findings come from the same run; else from Inspect.
func Review(of plan.Plan, src string, threads int) ([]string, error) {
	p := builder{of}
	return compile(threads, func() []graph {
		in := p.source(src, threads)
		if p.Remux {
			return append([]graph{p.remuxOutput(in, FileReview)}, p.audioAnalysis(in)...)
		}
		return p.encodeReview(in, threads)
	})
}

// Inspect returns ffmpeg's arguments for decoding a remuxed review copy
// completely: the storyboard and the data of the findings come from it, its
// messages and the number of its frames show whether the copy plays to its
// end, and its audio is compared with that of the source.
func Inspect(of plan.Plan, threads int) ([]string, error) {
	p := builder{of}
	return compile(threads, func() []graph {
		copied := ownFile(FileReview, opts{
			"threads":         strconv.Itoa(threads),
			"codec_whitelist": ffmpeg.Decoders,
			"max_pixels":      strconv.Itoa(p.Limits.MaxPixels),
			// deblocking of frames that no other depends on: a tenth less work, invisible in small stills
			"skip_loop_filter:v": "noref",
		})
		b := split(copied.Get("v:0"), 3)
		w, h := plan.Fit(p.Media.Video.Width, p.Media.Video.Height, SharpEdge)
		// every frame, before any is dropped or repeated
		outs := []graph{output(b[0], "-", opts{"f": "null", "fps_mode": "passthrough"})}
		outs = append(outs, p.sideOutputs(p.normalize(b[1], w, h), w, h)...)
		width, height := p.Media.Video.Width, p.Media.Video.Height
		outs = append(outs, p.candidatesOutput(b[2], width, height, rangeOf(p.Conversion), p.Conversion.Matrix))
		if p.CopyAAC {
			outs = append(outs, p.samplesOutput(copied.Get("a:0"), FileCopySamples))
		}
		return outs
	})
}

// remuxOutput copies the video stream of the input to an MP4. The rotation
// stays a matrix, which players apply; SEI messages are blanked afterwards.
func (p builder) remuxOutput(in graph, name string) graph {
	return outputs(p.remuxStreams(in), name, p.remuxOptions())
}

// remuxStreams are the streams of a remux.
func (p builder) remuxStreams(in graph) []graph {
	if !p.Audio.Present {
		return []graph{p.video(in)}
	}
	return []graph{p.video(in), p.audio(in)}
}

// remuxOptions are the options of a remux. Only audio that cannot be copied is
// encoded.
func (p builder) remuxOptions() opts {
	o := withoutMetadata(opts{
		"c:v": "copy",
		// index first: browsers start at once
		"movflags": "+faststart",
		"f":        "mp4",
		// no audio beyond the video
		"t": formatSeconds(p.Duration.Seconds() + 0.1),
	})
	switch {
	case !p.Audio.Present:
	case p.CopyAAC:
		o["c:a"] = "copy"
	default:
		o["filter:a"] = p.audioFilter()
		aac(o, "128k")
	}
	return o
}

// encodeReview returns the outputs of a review run that encodes a small copy.
func (p builder) encodeReview(in graph, threads int) []graph {
	r := p.Rungs[0]
	b := split(p.normalize(p.video(in), r.Width, r.Height), 3)
	outs := append([]graph{p.reviewOutput(in, b[0], threads)}, p.sideOutputs(b[1], r.Width, r.Height)...)
	outs = append(outs, p.candidatesOutput(b[2], r.Width, r.Height, "tv", "bt709"))
	return append(outs, p.audioAnalysis(in)...)
}

// reviewOutput encodes a small copy with fast settings.
func (p builder) reviewOutput(in, video graph, threads int) graph {
	r := p.Rungs[0]
	o := withoutMetadata(x264(commonVideo(opts{
		// takes twice the bytes of veryfast, which the small size makes up for; ultrafast takes three times as many
		"preset": "superfast",
		"crf":    "26",
		// as in the ladder
		"profile:v": "high",
		// moderators may have slow connections; the buffer is two seconds of it
		"maxrate":  kbit(r.MaxRate),
		"bufsize":  kbit(2 * r.MaxRate),
		"movflags": "+faststart",
		"f":        "mp4",
	}, p.Rate), p, threads, ""))
	streams := []graph{video}
	if p.Audio.Present {
		streams = append(streams, p.audio(in))
		o["filter:a"] = p.audioFilter()
		aac(o, "96k")
	}
	return outputs(streams, FileReview, o)
}

// candidatesOutput writes candidates for the poster, the first frame after each
// step of plan.PosterStep that others depend on: of the rest, deblocking may be
// skipped. width and height are the copy's.
func (p builder) candidatesOutput(v graph, width, height int, fromRange, fromMatrix string) graph {
	step := formatSeconds(p.PosterStep())
	v = filter(v, "select", opts{"expr": "gte(t+0.001,selected_n*" + step + ")*not(eq(pict_type,B))"})
	w, h := plan.Fit(width, height, plan.PosterEdge)
	return output(posterFrame(v, w, h, fromRange, fromMatrix), FileCandidate,
		withoutMetadata(opts{"q:v": "3", "f": "image2", "fps_mode": "passthrough"}))
}

// poster writes the JPEG poster.
func poster(v graph, width, height int, fromRange, fromMatrix string) graph {
	return output(posterFrame(v, width, height, fromRange, fromMatrix), FilePoster,
		withoutMetadata(opts{"frames:v": "1", "update": "1", "q:v": "3", "f": "image2"}))
}

// posterFrame makes frames that can be written as JPEG.
func posterFrame(v graph, width, height int, fromRange, fromMatrix string) graph {
	v = filter(v, "scale", opts{
		"w": width, "h": height, "flags": "bicubic",
		// JPEG is always BT.601 full range
		"in_range": fromRange, "out_range": "pc",
		"in_color_matrix": fromMatrix, "out_color_matrix": "bt601",
	})
	v = filter(v, "format", opts{"pix_fmts": "yuvj420p"})
	return filter(v, "setsar", opts{"sar": "1"})
}
