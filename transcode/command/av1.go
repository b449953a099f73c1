package command

import (
	"fmt"
	"strconv"

	"github.com/storyreel/storyreel/internal/media"
)

// AV1Encoder is ffmpeg's name of the encoder of AV1 rungs. At nearly the same
// VMAF, an AV1 rung takes a third fewer bytes than H.264 of its size, and as
// much CPU as the whole ladder (docs/performance.md). Players select it by its
// CODECS; those that cannot decode AV1 ignore it.
const AV1Encoder = "libsvtav1"

const (
	av1Preset = "10" // 8 takes twice the time for 1.5 VMAF
	av1CRF    = "38" // about the VMAF of the top rung
)

// av1Options sets the options of the i-th video stream, in AV1.
func av1Options(o opts, i int, rate media.Rate, threads int) {
	set := func(name, value string) { o[fmt.Sprintf("%s:v:%d", name, i)] = value }
	set("c", AV1Encoder)
	set("preset", av1Preset)
	set("crf", av1CRF)
	// libsvtav1 of 5.1 ignores force_key_frames
	set("g", strconv.Itoa(keyInterval(rate)))
	// few threads; no key frames at scene cuts; every segment can be the first
	set("svtav1-params", fmt.Sprintf("lp=%d:scd=0:irefresh-type=2", threads))
}
