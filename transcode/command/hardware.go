package command

import (
	"slices"
	"strconv"
	"time"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode/plan"
)

// hardwareOptions are those of all rungs, hardwareRung those of the i-th.
// Rate caps are the ladder's; below them NVENC has a constant quality, and the
// others an average of three fifths of the cap, because what else their
// drivers offer differs from one to the next.
func hardwareOptions(o opts, e plan.Encoder, rate media.Rate) opts {
	o["c:v"] = e.Device().Codec
	o["g:v"] = strconv.Itoa(keyInterval(rate)) // where key frames are forced as well, so that none falls between
	switch e {
	case plan.NVENC:
		o["pix_fmt"] = "yuv420p"
		o["preset"], o["tune"], o["rc"], o["cq"] = "p5", "hq", "vbr", "27"
		o["forced-idr"] = "1"                           // forced key frames begin segments
		o["rc-lookahead"], o["no-scenecut"] = "20", "1" // looking ahead would put key frames at cuts
		o["spatial-aq"] = "1"
	case plan.VAAPI:
		o["rc_mode"] = "VBR"
		o["bf"] = "0" // AMD's older chips have none
	case plan.VideoToolbox:
		o["pix_fmt"] = "yuv420p"
		o["allow_sw"] = "0" // x264 is the better encoder in software
	}
	return o
}

func hardwareRung(set func(name, value string), e plan.Encoder, r plan.Rung) {
	if e == plan.NVENC {
		set("b", "0") // the quality decides
	} else {
		set("b", kbit(r.MaxRate*3/5))
	}
}

// upload hands frames to the encoder's device, where it wants that.
func upload(v graph, e plan.Encoder) graph {
	if !e.Device().Upload {
		return v
	}
	return filter(filter(v, "format", opts{"pix_fmts": "nv12"}), "hwupload", nil)
}

// withGlobals puts the device's arguments before all others.
func (p builder) withGlobals(args []string, err error) ([]string, error) {
	return slices.Concat(p.Encoder.Device().Globals, args), err
}

// Trial code two seconds of a test pattern with the options of a publish
// run.
func Trial(e plan.Encoder, threads int) ([]string, error) {
	rate := media.Rate{Num: 25, Den: 1}
	p := builder{plan.Plan{
		Profile: plan.Publish, Encoder: e, Rate: rate, Duration: 2 * time.Second, Rungs: plan.Ladder(640, 360, rate),
	}}
	return p.withGlobals(compile(threads, func() []graph {
		in := input("testsrc2=size=640x360:rate=25:duration=2", opts{"f": "lavfi"})
		v := filter(in.Get("0"), "format", opts{"pix_fmts": "yuv420p"})
		return []graph{p.ladderOutput(in, []graph{upload(v, e)}, threads)}
	}))
}
