package command

import (
	"fmt"
	"strconv"

	"github.com/storyreel/storyreel/transcode/analysis"
	"github.com/storyreel/storyreel/transcode/plan"
)

// sideOutputs returns the outputs of the storyboard and of the small gray
// frames that findings are computed from. from is the smallest encoded size,
// width by height, which keeps them cheap.
func (p builder) sideOutputs(from graph, width, height int) []graph {
	b := split(from, 3)
	return []graph{p.storyboardOutput(b[0]), p.measureOutput(b[1]), p.sharpOutput(b[2], width, height)}
}

// storyboardOutput writes the storyboard's tiles one after the other; the sheet
// is assembled afterwards. A tile filter would produce its only frame at the
// end of the video, and ffmpeg reports no progress before every output has
// begun.
func (p builder) storyboardOutput(v graph) graph {
	v = sample(v, p.Storyboard.Step)
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

// measureOutput writes small gray frames at plan.MeasureRate.
func (p builder) measureOutput(v graph) graph {
	// eof_action=pass gives at least one frame of the shortest video
	v = filter(v, "fps", opts{"fps": strconv.Itoa(plan.MeasureRate), "start_time": "0", "eof_action": "pass"})
	v = filter(v, "scale", opts{"w": analysis.Edge, "h": analysis.Edge, "flags": "area", "out_range": "pc"})
	v = filter(v, "format", opts{"pix_fmts": "gray"})
	// passthrough: a frame's number gives its time, so none may be added or dropped
	return output(v, FileMeasure, opts{"f": "rawvideo", "fps_mode": "passthrough"})
}

// sharpOutput writes larger gray frames for measuring sharpness.
func (p builder) sharpOutput(v graph, width, height int) graph {
	w, h := plan.Fit(width, height, SharpEdge)
	v = sample(v, max(p.Duration.Seconds()/plan.SharpFrames, 1))
	// one size for all videos, so that scores are comparable
	v = filter(v, "scale", opts{"w": w, "h": h, "flags": "bicubic", "out_range": "pc"})
	v = filter(v, "format", opts{"pix_fmts": "gray"})
	return output(v, FileSharp, opts{"f": "rawvideo", "fps_mode": "passthrough"})
}

// sample keeps one frame every step seconds, the first at or after each time,
// so that it is written at once.
func sample(v graph, step float64) graph {
	return filter(v, "select", opts{"expr": fmt.Sprintf("gte(t+0.001,selected_n*%s)", formatSeconds(step))})
}
