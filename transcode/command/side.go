package command

import (
	"fmt"
	"math"
	"strconv"

	"github.com/storyreel/storyreel/transcode/analysis"
	"github.com/storyreel/storyreel/transcode/plan"
)

// sideOutputs returns the outputs of the storyboard and of the small gray
// frames that findings are computed from. from is the smallest encoded size,
// width by height, which keeps them cheap.
func (p builder) sideOutputs(from graph, width, height int) []graph {
	if p.KeyFramesOnly { // the last key frame stands for all that follows it
		from = extend(from, p.Media.Video.MaxKeyInterval)
	}
	b := split(from, 3)
	return []graph{p.storyboardOutput(b[0]), p.measureOutput(b[1]), p.sharpOutput(b[2], width, height)}
}

// storyboardOutput writes the storyboard's tiles one after the other; the sheet
// is assembled afterwards. A tile filter would produce its only frame at the
// end of the video, and ffmpeg reports no progress before every output has
// begun.
func (p builder) storyboardOutput(v graph) graph {
	if p.KeyFramesOnly {
		// fps would round off the last tile, and the only one of a video under half a second
		v = extend(v, p.Storyboard.Step)
	}
	v = p.sample(v, p.Storyboard.Step)
	v = filter(v, "scale", opts{
		"w": p.Storyboard.Width,
		"h": p.Storyboard.Height,
		// bicubic shimmers when it shrinks to a tenth
		"flags": "area",
		// JPEG is always BT.601 full range; with others, reds shift
		"out_color_matrix": "bt601",
		"out_range":        "pc",
	})
	v = filter(v, "format", opts{"pix_fmts": "yuvj420p"})
	return output(v, FileTiles, opts{"f": "rawvideo", "fps_mode": "passthrough"})
}

// measureOutput writes small gray frames at the plan's MeasureRate.
func (p builder) measureOutput(v graph) graph {
	// eof_action=pass gives at least one frame of the shortest video
	rate := opts{"fps": strconv.Itoa(p.MeasureRate()), "start_time": "0", "eof_action": "pass"}
	small := opts{"w": analysis.Edge, "h": analysis.Edge, "flags": "area", "out_range": "pc"}
	if p.KeyFramesOnly { // fps repeats the few frames, so scale first
		v = filter(filter(v, "scale", small), "fps", rate)
	} else {
		v = filter(filter(v, "fps", rate), "scale", small)
	}
	v = filter(v, "format", opts{"pix_fmts": "gray"})
	// passthrough: a frame's number gives its time, so none may be added or dropped
	return output(v, FileMeasure, opts{"f": "rawvideo", "fps_mode": "passthrough"})
}

// sharpOutput writes larger gray frames for measuring sharpness.
func (p builder) sharpOutput(v graph, width, height int) graph {
	w, h := plan.Fit(width, height, SharpEdge)
	v = p.sample(v, max(p.Duration.Seconds()/plan.SharpFrames, 1))
	// one size for all videos, so that scores are comparable
	v = filter(v, "scale", opts{"w": w, "h": h, "flags": "bicubic", "out_range": "pc"})
	v = filter(v, "format", opts{"pix_fmts": "gray"})
	return output(v, FileSharp, opts{"f": "rawvideo", "fps_mode": "passthrough"})
}

// sample keeps one frame every step seconds. When every frame is decoded, it
// is the first at or after each time, so that it is written at once. Of key
// frames, which stand for what follows them, it is the nearest, repeated as
// needed.
func (p builder) sample(v graph, step float64) graph {
	if p.KeyFramesOnly {
		return filter(v, "fps", opts{
			"fps": fmt.Sprintf("1000/%d", int(math.Round(step*1000))), "start_time": "0", "round": "near",
			"eof_action": "pass",
		})
	}
	return filter(v, "select", opts{"expr": fmt.Sprintf("gte(t+0.001,selected_n*%s)", formatSeconds(step))})
}

// extend repeats the last frame for the given seconds.
func extend(v graph, seconds float64) graph {
	return filter(v, "tpad", opts{"stop_mode": "clone", "stop_duration": formatSeconds(seconds)})
}
