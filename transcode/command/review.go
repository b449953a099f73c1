package command

import (
	"github.com/storyreel/storyreel/transcode/plan"
)

// Review makes the review copy, the storyboard, and what findings are
// computed from in one reading of the source.
func Review(of plan.Plan, src string, threads int) ([]string, error) {
	p := builder{of}
	return compile(threads, func() []graph {
		in := p.source(src, threads, p.KeyFramesOnly)
		if p.Remux {
			return p.remux(in)
		}
		return p.encodeReview(in, threads)
	})
}

// remux are the source's own frame and all that comes with it.
func (p builder) remux(in graph) []graph {
	w, h := plan.Fit(p.Media.Video.Width, p.Media.Video.Height, SharpEdge)
	outs := append([]graph{p.remuxOutput(in)}, p.sideOutputs(p.normalize(p.video(in), w, h, !p.KeyFramesOnly), w, h)...)
	return append(outs, p.audioAnalysis(in)...)
}

// audioAnalysis is what findings of the audio are computed from.
func (p builder) audioAnalysis(in graph) []graph {
	if !p.Audio.Measure {
		return nil
	}
	return []graph{p.loudnessOutput(p.audio(in)), p.fingerprintOutput(p.audio(in)), p.samplesOutput(p.audio(in))}
}

// remuxOutput keeps the source's own frame. Rotation stays as a matrix,
// which players honour; messages between the frames are blanked afterwards.
func (p builder) remuxOutput(in graph) graph {
	o := withoutMetadata(opts{
		"c:v":      "copy",
		"movflags": "+faststart", // index first: the browser starts at once
		"f":        "mp4",
		"t":        formatSeconds(p.Duration.Seconds() + 0.1), // no audio beyond the video
	})
	streams := []graph{p.video(in)}
	if p.Audio.Present {
		streams = append(streams, p.audio(in))
		if p.CopyAAC {
			o["c:a"] = "copy"
		} else {
			o["filter:a"] = p.audioFilter()
			aac(o, "128k")
		}
	}
	return outputs(streams, FileReview, o)
}

// encodeReview are a small copy and all that comes with it.
func (p builder) encodeReview(in graph, threads int) []graph {
	r := p.Rungs[0]
	b := split(p.normalize(p.video(in), r.Width, r.Height, true), 2)
	outs := append([]graph{p.reviewOutput(in, b[0], threads)}, p.sideOutputs(b[1], r.Width, r.Height)...)
	return append(outs, p.audioAnalysis(in)...)
}

// reviewOutput encodes a small copy fast.
func (p builder) reviewOutput(in, picture graph, threads int) graph {
	r := p.Rungs[0]
	o := withoutMetadata(x264(commonVideo(opts{
		"preset":    "superfast", // twice the bits of veryfast per frame are spared by size; ultrafast triples them
		"crf":       "26",
		"profile:v": "high",              // as in the ladder
		"maxrate":   kbit(r.MaxRate),     // moderators may sit behind a thin line
		"bufsize":   kbit(2 * r.MaxRate), // two seconds of it
		"movflags":  "+faststart",
		"f":         "mp4",
	}, p.Rate), p, threads, ""))
	streams := []graph{picture}
	if p.Audio.Present {
		streams = append(streams, p.audio(in))
		o["filter:a"] = p.audioFilter()
		aac(o, "96k")
	}
	return outputs(streams, FileReview, o)
}

// Poster takes the poster from the review copy, at seconds.
func Poster(of plan.Plan, at float64, width, height, threads int) ([]string, error) {
	p := builder{of}
	return compile(threads, func() []graph {
		// before the input: jumps to the key frame before, decodes from there
		v := ownFile(FileReview, opts{"ss": formatSeconds(at)}).Get("v:0")
		w, h := plan.Fit(width, height, plan.PosterEdge)
		full, matrix := "tv", "bt709"
		if p.Remux {
			full, matrix = rangeOf(p.Conversion), p.Conversion.Matrix
			v = p.scaleAndPad(v, w, h, opts{"flags": "bicubic"})
		}
		return []graph{poster(v, w, h, full, matrix)}
	})
}

// poster writes the JPEG still.
func poster(v graph, width, height int, fromRange, fromMatrix string) graph {
	v = filter(v, "scale", opts{
		"w": width, "h": height, "flags": "bicubic",
		"in_range": fromRange, "out_range": "pc",
		"in_color_matrix": fromMatrix, "out_color_matrix": "bt601", // JPEG is always BT.601 full range
	})
	v = filter(v, "format", opts{"pix_fmts": "yuvj420p"})
	v = filter(v, "setsar", opts{"sar": "1"})
	return output(v, FilePoster, withoutMetadata(opts{"frames:v": "1", "update": "1", "q:v": "3", "f": "image2"}))
}
