package command

import (
	"fmt"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode/analysis"
)

// FlashRate is the rate of the frames in which flashes are counted, frames per
// second; it resolves up to twelve flashes per second.
const FlashRate = 25

// Flashing returns ffmpeg's arguments for decoding intervals of the review
// copy to small gray frames, one file per interval.
func Flashing(intervals []media.Interval, threads int) ([]string, error) {
	return compile(threads, func() []graph {
		var outs []graph
		for i, s := range intervals {
			v := ownFile(FileReview, opts{
				"ss": formatSeconds(s.From),
				"t":  formatSeconds(s.To - s.From),
				// frame threads would only hold frames
				"threads": "1",
				// deblocking hardly changes brightness; a quarter less work
				"skip_loop_filter": "all",
			}).Get("v:0")
			v = filter(v, "fps", opts{"fps": fmt.Sprint(FlashRate), "eof_action": "pass"})
			v = filter(v, "scale", opts{"w": analysis.Edge, "h": analysis.Edge, "flags": "area", "out_range": "pc"})
			v = filter(v, "format", opts{"pix_fmts": "gray"})
			outs = append(outs, output(v, FileFlash(i), opts{"f": "rawvideo", "fps_mode": "passthrough"}))
		}
		return outs
	})
}
