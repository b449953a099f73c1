package probe

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/media"
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

// TestDescribe_FramesWithoutPresentationTime: encoders of program streams put
// several small frames into one PES packet, which has the time of the first.
func TestDescribe_FramesWithoutPresentationTime(t *testing.T) {
	const rate, frames = 30, 60
	for name, c := range map[string]struct {
		reorder int
		stamped func(int) bool
	}{
		"every frame":   {1, func(int) bool { return true }},
		"one missing":   {1, func(i int) bool { return i != 41 }},
		"last missing":  {1, func(i int) bool { return i != frames-1 }},
		"every other":   {1, func(i int) bool { return i%2 == 0 }},
		"one in twelve": {1, func(i int) bool { return i%12 == 0 }},
		"none":          {0, func(int) bool { return false }},
		"delay of two":  {2, func(i int) bool { return i%5 == 0 }},
	} {
		t.Run(name, func(t *testing.T) {
			var packets []string
			for i := range frames {
				pts := ""
				if c.stamped(i) {
					pts = fmt.Sprintf(`"pts_time":"%f",`, float64(i+c.reorder)/rate)
				}
				packets = append(packets, fmt.Sprintf(`{"codec_type":"video","stream_index":0,%s"dts_time":"%f",`+
					`"duration_time":"0.033333","size":"10","flags":"__"}`, pts, float64(i)/rate))
			}
			got, err := parse(strings.NewReader(`{"packets":[`+strings.Join(packets, ",")+`],"streams":[{"index":0,`+
				`"codec_type":"video","codec_name":"mpeg2video","width":640,"height":480,`+
				`"r_frame_rate":"30/1","avg_frame_rate":"30/1"}]}`), nil, func(float64) bool { return false })
			require.NoError(t, err)
			m, _, err := describe("mpegps", 1000, got)
			require.NoError(t, err)
			require.Equal(t, media.Rate{Num: rate, Den: 1}, m.Video.Rate)
			require.InDelta(t, rate, m.Video.AvgRate, 0.01)
			require.Equal(t, frames, m.Video.Frames)
			require.False(t, m.Video.Variable)
			require.InDelta(t, float64(frames)/rate, m.Duration.Seconds(), 0.01)
		})
	}
}
