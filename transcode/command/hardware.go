package command

import (
	"slices"
	"strconv"
	"time"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode/plan"
)

// Trial returns ffmpeg's arguments for encoding two seconds of a test pattern
// with the options of a publish run.
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

// withGlobals puts the device's arguments before all others.
func (p builder) withGlobals(args []string, err error) ([]string, error) {
	return slices.Concat(p.Encoder.Device().Globals, args), err
}

// upload passes frames to the encoder's device, if it needs that.
func upload(v graph, e plan.Encoder) graph {
	if !e.Device().Upload {
		return v
	}
	return filter(filter(v, "format", opts{"pix_fmts": "nv12"}), "hwupload", nil)
}

// hardwareOptions sets the options of all rungs of a hardware encoder,
// hardwareRung those of one rung. Rate caps are the ladder's. Below them NVENC
// has a constant quality, the others an average of three fifths of the cap,
// because the other rate controls differ between their drivers.
func hardwareOptions(o opts, e plan.Encoder, rate media.Rate) opts {
	o["c:v"] = e.Device().Codec
	o["g:v"] = strconv.Itoa(keyInterval(rate)) // equal to the forced distance, so that no key frame falls between
	switch e {
	case plan.NVENC:
		o["pix_fmt"] = "yuv420p"
		o["preset"], o["tune"], o["rc"], o["cq"] = "p5", "hq", "vbr", "27"
		o["forced-idr"] = "1"                           // segments begin with forced key frames
		o["rc-lookahead"], o["no-scenecut"] = "20", "1" // look-ahead adds key frames at scene cuts otherwise
		o["spatial-aq"] = "1"
	case plan.VAAPI:
		o["rc_mode"] = "VBR"
		o["bf"] = "0" // AMD's older chips have no B-frames
	case plan.VideoToolbox:
		o["pix_fmt"] = "yuv420p"
		o["allow_sw"] = "0" // x264 is the better software encoder
	case plan.Software: // has x264's options instead
	}
	return o
}

func hardwareRung(set func(name, value string), e plan.Encoder, r plan.Rung) {
	if e == plan.NVENC {
		set("b", "0") // cq sets the quality
	} else {
		set("b", kbit(r.MaxRate*3/5))
	}
}
