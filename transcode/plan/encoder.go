package plan

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

// Device is what an encoder needs beyond what every run of ffmpeg gets.
type Device struct {
	Codec   string   // ffmpeg's name of the encoder
	Files   []string // device files; opening them to a decoder of hostile videos widens what it can reach
	Memory  int64    // bytes of address space; 0 for no more than usual
	Globals []string // arguments before the inputs
	Upload  bool     // frames must be handed to the device by a filter
}

var devices = map[Encoder]Device{
	NVENC: {
		Codec: "h264_nvenc",
		Files: []string{"/dev/nvidiactl", "/dev/nvidia0", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools"},
		// CUDA maps the memory of the card and of the machine into one
		// address space, and fails below 16 GB of it.
		Memory: 1 << 40,
	},
	VAAPI: {
		Codec: "h264_vaapi", Files: []string{renderNode}, Globals: []string{"-vaapi_device", renderNode}, Upload: true,
	},
	VideoToolbox: {Codec: "h264_videotoolbox"},
}

// Device returns what the encoder needs; the zero device for Software.
func (e Encoder) Device() Device { return devices[e] }
