package command

// Needs are the parts of ffmpeg that plans call for, by the option that lists
// them. A build may lack any.
var Needs = map[string][]string{
	"encoders": {"libx264", "aac", "libwebp", "mjpeg", "rawvideo", "pcm_s16le"},
	"muxers":   {"hls", "mp4", "image2", "rawvideo", "s16le", "chromaprint", "null"},
	"filters": {
		"alimiter", "ametadata", "anullsrc", "aformat", "apad", "aresample", "asetpts", "atrim", "bwdif", "concat",
		"crop", "ebur128", "format", "fps", "pad",
		"scale", "select", "setparams", "setpts", "setsar", "split", "tonemap", "tpad", "trim", "volume", "zscale"},
}
