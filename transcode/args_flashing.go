package transcode

import (
	"fmt"

	"github.com/storyreel/storyreel/internal/media"
)

// flashRate is how many pictures a second tell flashes: up to twelve of them.
const flashRate = 25

func fileFlash(i int) string { return fmt.Sprintf("flash-%d.gray", i) }

// lookArgs decodes stretches of the review copy to small grey pictures.
func lookArgs(spans []media.Stretch, threads int) ([]string, error) {
	return compile(threads, func() []graph {
		var outs []graph
		for i, s := range spans {
			v := made(fileReview, opts{
				"ss": fixed(s.From), "t": fixed(s.To - s.From),
				"threads":          "1",   // frame threads would only hold pictures
				"skip_loop_filter": "all", // brightness is not changed by smoothing; a quarter less work
			}).Get("v:0")
			// as many a second as the limit is counted by
			v = filter(v, "fps", opts{"fps": fmt.Sprint(flashRate), "eof_action": "pass"})
			v = filter(v, "scale", opts{"w": measureEdge, "h": measureEdge, "flags": "area", "out_range": "pc"})
			v = filter(v, "format", opts{"pix_fmts": "gray"})
			outs = append(outs, output(v, fileFlash(i), opts{"f": "rawvideo", "fps_mode": "passthrough"}))
		}
		return outs
	})
}
