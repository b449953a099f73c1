package command

import (
	"cmp"

	"github.com/storyreel/storyreel/transcode/plan"
)

// toneMapped converts HLG and PQ to SDR: linear light in float, BT.709
// primaries, and a curve that keeps midtones and rolls off highlights. It costs
// about as much as a veryfast encode of the frame, so it runs once per frame
// and after scaling, before frames are in float.
func (p builder) toneMapped(v graph, width, height int) graph {
	v = p.tagColors(v, p.Conversion.ToneMap)
	v = filter(v, "zscale", opts{
		"w": width,
		"h": height,
		"t": "linear",
		// BT.2408's reference white, for HLG and PQ alike; 100 makes midtones too bright
		"npl": "203",
	})
	v = filter(v, "format", opts{"pix_fmts": "gbrpf32le"}) // tonemap needs float RGB
	// out-of-gamut colors must be converted before the curve
	v = filter(v, "zscale", opts{"p": "bt709"})
	v = filter(v, "tonemap", opts{"tonemap": "mobius", "desat": "0"}) // desaturation grays brightly lit faces
	v = filter(v, "zscale", opts{"t": "bt709", "m": "bt709", "r": "limited"})
	v = filter(v, "format", opts{"pix_fmts": "yuv420p"})
	return setSquarePixels(v)
}

// toBT709 converts SDR with wider primaries, or with a matrix that scale lacks,
// to BT.709. Without it, colors would be pale or wrong.
func (p builder) toBT709(v graph, width, height int) graph {
	v = p.tagColors(v, "bt709") // SDR transfer curves look alike and are kept
	v = filter(v, "zscale", opts{"w": width, "h": height, "p": "bt709", "t": "bt709", "m": "bt709", "r": "limited"})
	v = filter(v, "format", opts{"pix_fmts": "yuv420p"})
	return setSquarePixels(v)
}

// tagColors converts frames to 10 bits, 4:2:0 if their size allows it, and tags
// them with the plan's colors. Tags of the source may be missing or change
// within the video; zscale refuses such frames ("no path between
// colorspaces").
func (p builder) tagColors(v graph, transfer string) graph {
	sampleRange, matrix := rangeOf(p.Conversion), "bt2020" // in and out are equal, so any matrix will do
	space := p.Conversion.Matrix
	switch space {
	case "bt601":
		space, matrix = "smpte170m", "bt601"
	case "bt709":
		matrix = "bt709"
	case "bt2020":
		space = "bt2020nc"
	}
	// converts RGB and gray to YUV and passes others through
	v = filter(v, "scale", opts{
		"w": "iw", "h": "ih",
		"in_color_matrix": matrix, "out_color_matrix": matrix,
		"in_range": sampleRange, "out_range": sampleRange,
	})
	format := "yuv420p10le"
	if p.Media.Video.HasOddSize() {
		format = "yuv444p10le" // zscale refuses half a chroma sample
	}
	v = filter(v, "format", opts{"pix_fmts": format})
	return filter(v, "setparams", opts{
		"range": sampleRange, "color_primaries": cmp.Or(p.Conversion.Primaries, "bt709"),
		"color_trc": transfer, "colorspace": space,
	})
}

// rangeOf returns ffmpeg's name of the source's sample range.
func rangeOf(c plan.Conversion) string {
	if c.FullRange {
		return "pc"
	}
	return "tv"
}
