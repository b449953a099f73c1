package command

import (
	"fmt"
	"strconv"

	"github.com/storyreel/storyreel/internal/media"
)

// An AV1 rung has a third fewer bytes than its size in H.264 at nearly the same
// VMAF, and costs as much CPU as the whole ladder (docs/performance.md). Players choose it by its
// CODECS; those that cannot decode it never see it.
const (
	Av1Encoder = "libsvtav1"
	av1Preset  = "10" // 8 takes twice the time for 1.5 VMAF
	av1CRF     = "38" // about the top rung's VMAF
)

// av1Options are those of the i-th frame, in AV1.
func av1Options(o opts, i int, rate media.Rate, threads int) {
	set := func(name, value string) { o[fmt.Sprintf("%s:v:%d", name, i)] = value }
	set("c", Av1Encoder)
	set("preset", av1Preset)
	set("crf", av1CRF)
	// force_key_frames is not heard by 5.1's libsvtav1
	set("g", strconv.Itoa(keyInterval(rate)))
	// few threads; no key frames of its own; any segment can be the first
	set("svtav1-params", fmt.Sprintf("lp=%d:scd=0:irefresh-type=2", threads))
}
