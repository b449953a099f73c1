package command

import (
	"cmp"
	"fmt"
	"math"
	"strconv"

	"github.com/storyreel/storyreel/transcode/analysis"
	"github.com/storyreel/storyreel/transcode/plan"
)

// normalize makes decoded frames into what every output starts from: upright
// (ffmpeg turns them before the graph), progressive, of constant rate, square
// pixels, SDR BT.709 limited range 8-bit 4:2:0, width by height. constant is
// false when only key frames come, whose times must stay.
func (p builder) normalize(v graph, width, height int, constant bool) graph {
	if s := p.Shift() + p.Media.Video.Delay; s > 0 {
		v = filter(v, "setpts", opts{"expr": fmt.Sprintf("PTS-%s/TB", formatSeconds(s))})
	}
	if p.Conversion.Deinterlace {
		v = filter(v, "bwdif", opts{
			"mode":  "send_frame", // one frame per frame: 25i becomes 25p
			"deint": "interlaced", // leave progressive frames in a mixed video alone
		})
	}
	if constant {
		v = filter(v, "fps", opts{
			"fps":        p.rate(), // before scaling, so that surplus frames cost nothing more
			"start_time": "0",      // a video that starts late shows its first frame until then: audio stays in place
		})
		v = p.cutVideoEnd(v)
	}
	if c := p.Conversion.Crop; c != nil {
		v = filter(v, "crop", opts{
			// a later ffmpeg may have cropped already; then there is nothing left to do
			"w": fmt.Sprintf("min(iw,%d)", c.Width), "h": fmt.Sprintf("min(ih,%d)", c.Height),
			"x": c.Left, "y": c.Top, // crop moves them inwards where the frame is smaller than it was said to be
		})
	}
	switch {
	case p.Conversion.ToneMap != "":
		return p.toneMapped(v, width, height)
	case p.Conversion.ToBT709():
		return p.toBT709(v, width, height)
	}
	v = p.scaleAndPad(v, width, height, opts{
		"flags":            p.scaler(),
		"in_range":         rangeOf(p.Conversion), // phones record full range; clipped blacks if taken for limited
		"out_range":        "tv",
		"in_color_matrix":  p.Conversion.Matrix, // BT.601 read as BT.709 turns skin orange
		"out_color_matrix": "bt709",
	})
	v = filter(v, "format", opts{"pix_fmts": "yuv420p"}) // all that every player decodes
	return setSquarePixels(v)
}

// scaleAndPad scales frames to width by height. Browsers that record while the
// phone is turned write frames of another shape from there on: they are
// shown whole, between black bars, and not squeezed into the video's shape.
func (p builder) scaleAndPad(v graph, width, height int, o opts) graph {
	m := p.Media.Video
	if p.Conversion.Crop != nil || !m.Square() { // nobody records these in a browser
		o["w"], o["h"] = width, height
		return filter(v, "scale", o)
	}
	edge := func(edge, other int, shape string) string {
		return fmt.Sprintf("if(gt(abs(iw/ih*%d/%d-1),0.01),max(min(%d,round(%d*%s/2)*2),2),%d)", m.Height, m.Width,
			edge, other, shape, edge)
	}
	o["w"], o["h"], o["eval"] = edge(width, height, "iw/ih"), edge(height, width, "ih/iw"), "frame"
	return filter(filter(v, "scale", o), "pad", opts{"w": width, "h": height, "x": "-1", "y": "-1", "eval": "frame"})
}

// scaler is how frames are made smaller. To the top rung by little or
// nothing, and sharper for the same cost within 1 %; to a review copy by a half
// and more, where bilinear spares a tenth of the whole run.
func (p builder) scaler() string {
	if p.Profile == plan.Review {
		return "bilinear"
	}
	return "bicubic"
}

// toneMapped brings HLG and PQ to SDR. Linear light in float, BT.709
// primaries, a curve that leaves the middle alone and rolls off highlights.
// About as dear as a veryfast encode of the frame, so it is done once, and
// scaling comes first, before frames are in float.
func (p builder) toneMapped(v graph, width, height int) graph {
	v = p.tagColors(v, p.Conversion.ToneMap)
	v = filter(v, "zscale", opts{
		"w": width, "h": height,
		"t": "linear", "npl": "203", // BT.2408's reference white for HLG and PQ alike; 100 washes middle gray out
	})
	v = filter(v, "format", opts{"pix_fmts": "gbrpf32le"}) // tonemap works in float RGB only
	// out-of-gamut colors before the curve, not after
	v = filter(v, "zscale", opts{"p": "bt709"})
	v = filter(v, "tonemap", opts{"tonemap": "mobius", "desat": "0"}) // desaturation greys out faces in the light
	v = filter(v, "zscale", opts{"t": "bt709", "m": "bt709", "r": "limited"})
	v = filter(v, "format", opts{"pix_fmts": "yuv420p"})
	return setSquarePixels(v)
}

// toBT709 brings SDR of wider primaries, or of a matrix that scale does not
// know, to BT.709: colors shown as they are would be pale, or others.
func (p builder) toBT709(v graph, width, height int) graph {
	v = p.tagColors(v, "bt709") // the curves of SDR are alike to the eye, and are kept
	v = filter(v, "zscale", opts{"w": width, "h": height, "p": "bt709", "t": "bt709", "m": "bt709", "r": "limited"})
	v = filter(v, "format", opts{"pix_fmts": "yuv420p"})
	return setSquarePixels(v)
}

// tagColors makes frames into ten bits, of 4:2:0 if they can be, that say what their colors are,
// whatever the video says of itself, frame by frame or not at all: zscale
// refuses frames that do not name their colors, or name others in mid-video
// ("no path between colorspaces").
func (p builder) tagColors(v graph, transfer string) graph {
	full, matrix := rangeOf(p.Conversion), "bt2020" // both ways the same, so any will do
	space := p.Conversion.Matrix
	switch space {
	case "bt601":
		space, matrix = "smpte170m", "bt601"
	case "bt709":
		matrix = "bt709"
	case "bt2020":
		space = "bt2020nc"
	}
	// RGB and gray become what the next says; others pass untouched
	v = filter(v, "scale",
		opts{
			"w": "iw", "h": "ih", "in_color_matrix": matrix, "out_color_matrix": matrix, "in_range": full,
			"out_range": full,
		})
	pixels := "yuv420p10le"
	if p.Media.Video.Odd() {
		pixels = "yuv444p10le" // zscale refuses half a colored pixel
	}
	v = filter(v, "format", opts{"pix_fmts": pixels})
	return filter(v, "setparams",
		opts{
			"range": full, "color_primaries": cmp.Or(p.Conversion.Primaries, "bt709"), "color_trc": transfer,
			"colorspace": space,
		})
}

func setSquarePixels(v graph) graph {
	v = filter(v, "setsar", opts{"sar": "1"})
	// Say what the frames are now; scale leaves the source's tags on them.
	return filter(v, "setparams",
		opts{"range": "tv", "color_primaries": "bt709", "color_trc": "bt709", "colorspace": "bt709"})
}

func rangeOf(p plan.Conversion) string {
	if p.FullRange {
		return "pc"
	}
	return "tv"
}

// sideOutputs are the storyboard and the small gray frames that findings are
// computed from. from is the smallest encoded size, so that they cost little.
func (p builder) sideOutputs(from graph, width, height int) []graph {
	if p.KeyFramesOnly { // the last key frame stands for what follows it
		from = extend(from, p.Media.Video.KeyGap)
	}
	b := split(from, 3)
	return []graph{p.storyboardOutput(b[0]), p.measureOutput(b[1]), p.sharpOutput(b[2], width, height)}
}

// extend shows the last frame for some seconds more.
func extend(v graph, more float64) graph {
	return filter(v, "tpad", opts{"stop_mode": "clone", "stop_duration": formatSeconds(more)})
}

// storyboardOutput writes the storyboard's tiles one after the other, as they
// come. The sheet is put together afterwards: a tile filter would hold back
// its only frame to the end of the video, and ffmpeg reports no progress
// before every output has begun.
func (p builder) storyboardOutput(v graph) graph {
	if p.KeyFramesOnly {
		// fps would round the last tile away, and the whole sheet of a video under half a second
		v = extend(v, p.Storyboard.Step)
	}
	v = p.sample(v, p.Storyboard.Step)
	v = filter(v, "scale", opts{
		"w": p.Storyboard.Width, "h": p.Storyboard.Height,
		"flags":            "area",  // shrinking ten times with bicubic shimmers
		"out_color_matrix": "bt601", // JPEG is always BT.601 full range; else reds shift
		"out_range":        "pc",
	})
	v = filter(v, "format", opts{"pix_fmts": "yuvj420p"})
	return output(v, FileTiles, opts{"f": "rawvideo", "fps_mode": "passthrough"})
}

// sample keeps one frame each step seconds. Where every frame is
// decoded, the first at or after the moment, so that it comes at once; of key
// frames, which stand for what follows them, the nearest, repeated as needed.
func (p builder) sample(v graph, step float64) graph {
	if p.KeyFramesOnly {
		return filter(v, "fps",
			opts{
				"fps": fmt.Sprintf("1000/%d", int(math.Round(step*1000))), "start_time": "0", "round": "near",
				"eof_action": "pass",
			})
	}
	return filter(v, "select", opts{"expr": fmt.Sprintf("gte(t+0.001,selected_n*%s)", formatSeconds(step))})
}

func (p builder) measureOutput(v graph) graph {
	// pass: at least one frame of the shortest video
	rate := opts{"fps": strconv.Itoa(p.MeasureRate()), "start_time": "0", "eof_action": "pass"}
	small := opts{"w": analysis.Edge, "h": analysis.Edge, "flags": "area", "out_range": "pc"}
	if p.KeyFramesOnly { // few frames come and are then repeated: scale first
		v = filter(filter(v, "scale", small), "fps", rate)
	} else {
		v = filter(filter(v, "fps", rate), "scale", small)
	}
	v = filter(v, "format", opts{"pix_fmts": "gray"})
	// no frame added or dropped: times are counted
	return output(v, FileMeasure, opts{"f": "rawvideo", "fps_mode": "passthrough"})
}

func (p builder) sharpOutput(v graph, width, height int) graph {
	w, h := plan.Fit(width, height, SharpEdge)
	v = p.sample(v, max(p.Duration.Seconds()/plan.SharpFrames, 1))
	// one size for all, so that scores compare
	v = filter(v, "scale", opts{"w": w, "h": h, "flags": "bicubic", "out_range": "pc"})
	v = filter(v, "format", opts{"pix_fmts": "gray"})
	return output(v, FileSharp, opts{"f": "rawvideo", "fps_mode": "passthrough"})
}

// cutVideoEnd leaves out the frames from the cut's end on.
func (p builder) cutVideoEnd(v graph) graph {
	if p.Cut.To >= p.Media.Duration {
		return v
	}
	return filter(v, "trim", opts{"end": formatSeconds(p.Duration.Seconds())})
}
