package command

import (
	"fmt"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode/analysis"
)

// FlashRate is how many frames per second tell flashes: up to twelve of them.
const FlashRate = 25

func FileFlash(i int) string { return fmt.Sprintf("flash-%d.gray", i) }

// Flashing decodes stretches of the review copy to small gray frames.
func Flashing(spans []media.Stretch, threads int) ([]string, error) {
	return compile(threads, func() []graph {
		var outs []graph
		for i, s := range spans {
			v := ownFile(FileReview, opts{
				"ss": formatSeconds(s.From), "t": formatSeconds(s.To - s.From),
				"threads":          "1",   // frame threads would only hold frames
				"skip_loop_filter": "all", // brightness is not changed by smoothing; a quarter less work
			}).Get("v:0")
			// as many a second as the limit is counted by
			v = filter(v, "fps", opts{"fps": fmt.Sprint(FlashRate), "eof_action": "pass"})
			v = filter(v, "scale", opts{"w": analysis.Edge, "h": analysis.Edge, "flags": "area", "out_range": "pc"})
			v = filter(v, "format", opts{"pix_fmts": "gray"})
			outs = append(outs, output(v, FileFlash(i), opts{"f": "rawvideo", "fps_mode": "passthrough"}))
		}
		return outs
	})
}
