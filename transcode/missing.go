package transcode

import (
	"context"
	"slices"
	"strings"

	"github.com/storyreel/storyreel/transcode/command"
	"github.com/storyreel/storyreel/transcode/plan"
)

// Missing returns the parts that the options need and this ffmpeg was built
// without, such as "encoder libx264", for the operator. It does not check
// hardware encoders, see Try.
func (t *Transcoder) Missing(ctx context.Context, o plan.Options) ([]string, error) {
	var missing []string
	for _, kind := range []string{"encoders", "filters", "muxers"} {
		has, err := t.runner.Parts(ctx, kind)
		if err != nil {
			return nil, err
		}
		want := command.Needs[kind]
		if kind == "encoders" && o.AV1 {
			want = append(slices.Clone(want), command.AV1Encoder)
		}
		for _, name := range want {
			if !has[name] {
				missing = append(missing, strings.TrimSuffix(kind, "s")+" "+name)
			}
		}
	}
	return missing, nil
}
