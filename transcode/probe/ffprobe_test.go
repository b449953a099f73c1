package probe

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/transcode/command"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

func FuzzParse(f *testing.F) {
	f.Add(
		`{"packets":[{"codec_type":"video","stream_index":0,"pts_time":"0.0","duration_time":"0.04",` +
			`"size":"10","flags":"K_"}],"programs":[],"streams":[{"index":0,"codec_type":"video",` +
			`"codec_name":"h264","width":640,"height":360,"sample_aspect_ratio":"1:1",` +
			`"side_data_list":[{"side_data_type":"Display Matrix","displaymatrix":"00000000: 0 65536 0",` +
			`"rotation":-90}]}],"format":{"start_time":"0.0","duration":"N/A"}}`)
	f.Add(`{"packets":[{"pts_time":"1e308","dts_time":"-1e308","codec_type":"video"}]}`)
	f.Fuzz(func(t *testing.T, s string) {
		got, err := parse(strings.NewReader(s), &timeline{}, refusal.DefaultLimits().WithDefaults().SourceTooLong)
		if err != nil {
			return
		}
		m, _, err := describe("mov", 1000, got)
		if err != nil {
			return
		}
		for _, profile := range []plan.Profile{plan.Review, plan.Publish} {
			if p, err := plan.New(m, plan.Options{Profile: profile}, refusal.DefaultLimits()); err == nil {
				for _, r := range p.Rungs {
					require.True(t, r.Width > 0 && r.Height > 0 && r.Width%2 == 0 && r.Height%2 == 0)
				}
				_, err := command.Review(p, "/x", 1)
				require.True(t, err == nil || profile == plan.Publish)
			}
		}
	})
}
