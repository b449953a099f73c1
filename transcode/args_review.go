package transcode

import ffmpeg "github.com/u2takey/ffmpeg-go"

// reviewArgs makes the review copy, the storyboard, and what findings are
// computed from in one reading of the source.
func reviewArgs(of Plan, src string, threads int) ([]string, error) {
	p := builder{of}
	return compile(threads, func() []graph {
		in := p.source(src, threads, p.KeysOnly)
		if p.Remux {
			return p.remuxOutputs(in)
		}
		return p.proxyOutputs(in, threads)
	})
}

// remuxOutputs are the source's own picture and all that comes with it.
func (p builder) remuxOutputs(in graph) []graph {
	w, h := fit(p.Media.Video.Width, p.Media.Video.Height, sharpEdge)
	outs := append([]graph{p.remuxOutput(in)}, p.extras(p.head(p.video(in), w, h, !p.KeysOnly), w, h)...)
	return append(outs, p.heard(in)...)
}

// heard is what findings of the sound are computed from.
func (p builder) heard(in graph) []graph {
	if !p.Sound.Measure {
		return nil
	}
	return []graph{p.loudnessOutput(p.audio(in)), p.printOutput(p.audio(in)), p.samplesOutput(p.audio(in))}
}

// remuxOutput keeps the source's own picture. Rotation stays as a matrix,
// which players honour; messages between the pictures are blanked afterwards.
func (p builder) remuxOutput(in graph) graph {
	o := stripped(opts{
		"c:v":      "copy",
		"movflags": "+faststart", // index first: the browser starts at once
		"f":        "mp4",
		"t":        fixed(p.Duration.Seconds() + 0.1), // no sound beyond the film
	})
	streams := []graph{p.video(in)}
	if p.Sound.Present {
		streams = append(streams, p.audio(in))
		if p.CopyAAC {
			o["c:a"] = "copy"
		} else {
			o["filter:a"] = p.soundFilter()
			aac(o, "128k")
		}
	}
	return outputs(streams, fileReview, o)
}

// proxyOutputs are a small copy and all that comes with it.
func (p builder) proxyOutputs(in graph, threads int) []graph {
	r := p.Rungs[0]
	b := split(p.head(p.video(in), r.Width, r.Height, true), 2)
	outs := append([]graph{p.proxyOutput(in, b[0], threads)}, p.extras(b[1], r.Width, r.Height)...)
	return append(outs, p.heard(in)...)
}

// proxyOutput encodes a small copy fast.
func (p builder) proxyOutput(in, picture graph, threads int) graph {
	r := p.Rungs[0]
	o := stripped(x264(coded(opts{
		"preset":    "superfast", // twice the bits of veryfast per picture are spared by size; ultrafast triples them
		"crf":       "26",
		"profile:v": "high",              // as in the ladder
		"maxrate":   kilo(r.MaxRate),     // moderators may sit behind a thin line
		"bufsize":   kilo(2 * r.MaxRate), // two seconds of it
		"movflags":  "+faststart",
		"f":         "mp4",
	}, p.Rate), p, threads, ""))
	streams := []graph{picture}
	if p.Sound.Present {
		streams = append(streams, p.audio(in))
		o["filter:a"] = p.soundFilter()
		aac(o, "96k")
	}
	return outputs(streams, fileReview, o)
}

// stillArgs takes the poster from the review copy, at seconds.
func stillArgs(of Plan, at float64, width, height, threads int) ([]string, error) {
	p := builder{of}
	return compile(threads, func() []graph {
		// before the input: jumps to the key frame before, decodes from there
		v := made(fileReview, opts{"ss": fixed(at)}).Get("v:0")
		w, h := fit(width, height, posterEdge)
		full, matrix := "tv", "bt709"
		if p.Remux {
			full, matrix = rangeOf(p.Picture), p.Picture.Matrix
			v = p.whole(v, w, h, opts{"flags": "bicubic"})
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
	return output(v, filePoster, stripped(opts{"frames:v": "1", "update": "1", "q:v": "3", "f": "image2"}))
}

func output(s graph, name string, o opts) graph { return outputs([]graph{s}, name, o) }

func outputs(s []graph, name string, o opts) graph { return ffmpeg.Output(s, name, o) }
