package transcode

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/sandbox"
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
		has, err := t.list(ctx, kind)
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

// list asks ffmpeg what it has of a kind. Each line of its answer holds
// letters for what the part can do, its name, and a description.
func (t *Transcoder) list(ctx context.Context, kind string) (map[string]bool, error) {
	var out bytes.Buffer
	_, err := t.box.Run(ctx,
		sandbox.Spec{
			Path: t.ffmpeg, Args: []string{"-hide_banner", "-" + kind}, Stdout: &out, CPU: 10 * time.Second,
			Wall: 10 * time.Second, Memory: memoryLimit,
		})
	if err != nil {
		return nil, fmt.Errorf("asking ffmpeg for its %s: %w", kind, err)
	}
	has := map[string]bool{}
	for line := range strings.Lines(out.String()) {
		if f := strings.Fields(line); len(f) > 1 {
			has[f[1]] = true
		}
	}
	return has, nil
}
