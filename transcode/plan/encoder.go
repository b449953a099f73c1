package plan

// Encoder encodes the H.264 rungs of a publish run.
type Encoder string

// The encoders. With a hardware encoder, decoding, scaling and filters still
// run on the CPU, and the same quality takes more bytes. Hardware encoders are
// offered only where a trial in the sandbox succeeds.
const (
	Software     Encoder = "software"     // x264
	NVENC        Encoder = "nvenc"        // NVIDIA
	VAAPI        Encoder = "vaapi"        // Intel and AMD on Linux
	VideoToolbox Encoder = "videotoolbox" // Apple
)

// AutoEncoder is a configuration value that selects the first of Hardware that
// works, or else Software.
const AutoEncoder = "auto"

// Hardware lists the hardware encoders in the order in which they are tried.
var Hardware = []Encoder{NVENC, VAAPI, VideoToolbox}

// Device lists the needs of an encoder beyond those of every ffmpeg run.
type Device struct {
	Codec string // ffmpeg's name of the encoder
	// Files are device files. Access to them widens what a decoder of hostile
	// videos can reach.
	Files   []string
	Memory  int64    // bytes of address space; 0 for the usual limit
	Globals []string // arguments before the inputs
	Upload  bool     // a filter must upload frames to the device
}

// Device returns the encoder's needs; the zero Device for Software and for
// unknown encoders.
func (e Encoder) Device() Device { return devices[e] }

// renderNode is the first graphics device that encodes without a display.
const renderNode = "/dev/dri/renderD128"

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
