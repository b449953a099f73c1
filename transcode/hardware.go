package transcode

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"

	ffmpeg "github.com/u2takey/ffmpeg-go"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/sandbox"
)

// Encoder is what codes the H.264 rungs of a publish run.
type Encoder string

// The encoders. Those of hardware leave decoding, scaling and everything else
// where they are, and take the coding off the processor for more bytes at the
// same quality. They are offered only where a trial behind the sandbox works.
const (
	Software     Encoder = "software"     // x264
	NVENC        Encoder = "nvenc"        // NVIDIA
	VAAPI        Encoder = "vaapi"        // Intel and AMD on Linux
	VideoToolbox Encoder = "videotoolbox" // Apple
)

// AutoEncoder, where an encoder is asked for by name, is the first of
// Hardware that works, or Software.
const AutoEncoder = "auto"

// Hardware are the encoders of hardware, in the order in which they are tried.
var Hardware = []Encoder{NVENC, VAAPI, VideoToolbox}

// renderNode is the first graphics device that codes without a screen.
const renderNode = "/dev/dri/renderD128"

// device is what an encoder needs beyond what every run of ffmpeg gets.
type device struct {
	codec   string   // ffmpeg's name of the encoder
	files   []string // device files; opening them to a decoder of hostile films widens what it can reach
	memory  int64    // bytes of address space; 0 for no more than usual
	globals []string // arguments before the inputs
	upload  bool     // pictures must be handed to the device by a filter
}

var devices = map[Encoder]device{
	NVENC: {
		codec: "h264_nvenc",
		files: []string{"/dev/nvidiactl", "/dev/nvidia0", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools"},
		// CUDA maps the memory of the card and of the machine into one
		// address space, and fails below 16 GB of it.
		memory: 1 << 40,
	},
	VAAPI: {
		codec: "h264_vaapi", files: []string{renderNode}, globals: []string{"-vaapi_device", renderNode}, upload: true,
	},
	VideoToolbox: {codec: "h264_videotoolbox"},
}

// hardwareOptions are those of all rungs, hardwareRung those of the i-th.
// Rate caps are the ladder's; below them NVENC has a constant quality, and the
// others an average of three fifths of the cap, because what else their
// drivers offer differs from one to the next.
func hardwareOptions(o opts, e Encoder, rate media.Rate) opts {
	o["c:v"] = devices[e].codec
	o["g:v"] = strconv.Itoa(keyEvery(rate)) // where key frames are forced as well, so that none falls between
	switch e {
	case NVENC:
		o["pix_fmt"] = "yuv420p"
		o["preset"], o["tune"], o["rc"], o["cq"] = "p5", "hq", "vbr", "27"
		o["forced-idr"] = "1"                           // forced key frames begin segments
		o["rc-lookahead"], o["no-scenecut"] = "20", "1" // looking ahead would put key frames at cuts
		o["spatial-aq"] = "1"
	case VAAPI:
		o["rc_mode"] = "VBR"
		o["bf"] = "0" // AMD's older chips have none
	case VideoToolbox:
		o["pix_fmt"] = "yuv420p"
		o["allow_sw"] = "0" // x264 is the better encoder in software
	}
	return o
}

func hardwareRung(set func(name, value string), e Encoder, r Rung) {
	if e == NVENC {
		set("b", "0") // the quality decides
	} else {
		set("b", kilo(r.MaxRate*3/5))
	}
}

// uploaded hands pictures to the encoder's device, where it wants that.
func uploaded(v graph, e Encoder) graph {
	if !devices[e].upload {
		return v
	}
	return filter(filter(v, "format", opts{"pix_fmts": "nv12"}), "hwupload", nil)
}

// Encoder returns the encoder of that name: software, auto, or one of
// Hardware, which is tried first. The error says why it does not work here.
func (t *Transcoder) Encoder(ctx context.Context, name string) (Encoder, error) {
	switch e := Encoder(name); e {
	case Software, "":
		return Software, nil
	case AutoEncoder:
		for _, e := range Hardware {
			if t.Try(ctx, e) == nil {
				return e, nil
			}
		}
		return Software, ctx.Err()
	default:
		if _, ok := devices[e]; !ok {
			return "", fault.New(fault.Invalid, CodeBadOptions, "There is no encoder %q.", name)
		}
		if err := t.Try(ctx, e); err != nil {
			return "",
				fault.New(fault.Unavailable, CodeBadOptions, "The encoder %s does not work here; software and auto do.",
					name).Because(err)
		}
		return e, nil
	}
}

// Try codes two seconds of a test picture with the options and behind the
// walls of a publish run. Nil means that the encoder works here.
func (t *Transcoder) Try(ctx context.Context, e Encoder) error {
	dir, err := os.MkdirTemp("", "storyreel-encoder-")
	if err != nil {
		return fmt.Errorf("folder for trying an encoder: %w", err)
	}
	defer os.RemoveAll(dir)
	rate := media.Rate{Num: 25, Den: 1}
	p := Plan{Profile: Publish, Encoder: e, Rate: rate, Duration: 2 * time.Second, Rungs: ladder(640, 360, rate)}
	args, err := p.onDevice(compile(t.threads, func() []graph {
		in := ffmpeg.Input("testsrc2=size=640x360:rate=25:duration=2", opts{"f": "lavfi"})
		v := filter(in.Get("0"), "format", opts{"pix_fmts": "yuv420p"})
		return []graph{p.ladderOutput(in, []graph{uploaded(v, e)}, t.threads)}
	}))
	if err != nil {
		return err
	}
	s := sandbox.Spec{
		Path: t.ffmpeg, Args: args, Dir: dir, CPU: 30 * time.Second, Wall: 30 * time.Second, Memory: memoryLimit,
	}
	_, err = t.box.Run(ctx, e.equip(s))
	return err
}

// onDevice puts the device's arguments before all others.
func (p Plan) onDevice(args []string, err error) ([]string, error) {
	return slices.Concat(devices[p.Encoder].globals, args), err
}

// equip gives a run the encoder's device.
func (e Encoder) equip(s sandbox.Spec) sandbox.Spec {
	d := devices[e]
	s.Devices = d.files
	s.Memory = max(s.Memory, d.memory)
	return s
}
