package command

// Needs lists the parts of ffmpeg that plans use, by the option that lists
// them: encoders, muxers or filters. A build of ffmpeg may lack any of them.
var Needs = map[string][]string{
	"encoders": {"libx264", "aac", "libwebp", "mjpeg", "rawvideo", "pcm_s16le"},
	"muxers":   {"amr", "framecrc", "hls", "mp4", "image2", "rawvideo", "s16le", "chromaprint", "null", "tee"},
	"filters": {
		"aformat", "alimiter", "ametadata", "anullsrc", "apad", "aresample", "asetpts", "atrim", "bwdif", "concat",
		"crop", "ebur128", "format", "fps", "pad", "scale", "select", "setparams", "setpts", "setsar", "split",
		"tonemap", "trim", "volume", "zscale",
	},
}
