package transcode

import (
	"context"
	"slices"
	"strings"
)

// needs are the parts of ffmpeg that plans call for, by the option that lists
// them. A build may lack any.
var needs = map[string][]string{
	"encoders": {"libx264", "aac", "libwebp", "mjpeg", "rawvideo", "pcm_s16le"},
	"muxers":   {"hls", "mp4", "image2", "rawvideo", "s16le", "chromaprint", "null"},
	"filters": {
		"alimiter", "ametadata", "anullsrc", "aformat", "apad", "aresample", "asetpts", "atrim", "bwdif", "concat",
		"crop", "ebur128", "format", "fps", "pad",
		"scale", "select", "setparams", "setpts", "setsar", "split", "tonemap", "tpad", "trim", "volume", "zscale"},
}

// Lacks names what the order calls for and this ffmpeg was built without, in
// words for the operator, such as "encoder libx264". The encoders of hardware
// are not among it: see Try.
func (t *Transcoder) Lacks(ctx context.Context, o Order) ([]string, error) {
	var lacks []string
	for _, kind := range []string{"encoders", "filters", "muxers"} {
		has, err := t.run.list(ctx, kind)
		if err != nil {
			return nil, err
		}
		want := needs[kind]
		if kind == "encoders" && o.AV1 {
			want = append(slices.Clone(want), av1Encoder)
		}
		for _, name := range want {
			if !has[name] {
				lacks = append(lacks, strings.TrimSuffix(kind, "s")+" "+name)
			}
		}
	}
	return lacks, nil
}
