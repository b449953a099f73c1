package transcode

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

// device returns what the encoder needs; the zero device for Software.
func (e Encoder) device() device { return devices[e] }
