package probe

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// recordedProbes lists the files of testdata with the expected plans.
var recordedProbes = map[string]struct {
	container string
	video     media.Video // only these fields are compared
	audio     string      // codec
	seconds   float64
	rungs     string
	remux     bool
}{
	"phone-dolby-vision": {
		"mov",
		media.Video{
			Index: 0, Codec: "hevc", Width: 720, Height: 1280, Rotation: 90, BitDepth: 10, DolbyVision: 8,
			Transfer: "arib-std-b67",
		},
		"aac", 0.1, "720 480 360", false,
	},
	"phone-4k60": {
		"mov",
		media.Video{
			Index: 0, Codec: "h264", Width: 2160, Height: 3840, Rotation: 90, BitDepth: 8, Transfer: "smpte170m",
		},
		"aac", 0.3, "1080 720 480 360", false,
	},
	"phone-hlg": {
		"mov",
		media.Video{Index: 0, Codec: "hevc", Width: 1920, Height: 1080, BitDepth: 10, Transfer: "arib-std-b67"}, "",
		2.7, "1080 720 480 360", false,
	},
	"odd-vp9": {
		"matroska", media.Video{Index: 0, Codec: "vp9", Width: 161, Height: 121, BitDepth: 8}, "", 1.0, "121",
		false,
	},
}

// TestParse_RecordedProbes plans videos from ffprobe 5.1's output on real
// files, recorded in testdata with the entries that readPackets requests.
func TestParse_RecordedProbes(t *testing.T) {
	for name, c := range recordedProbes {
		t.Run(name, func(t *testing.T) {
			f, err := os.Open(filepath.Join("testdata", "probes", name+".json"))
			require.NoError(t, err)
			defer f.Close()
			got, err := parse(f, nil, func(float64) bool { return false })
			require.NoError(t, err)
			m, _, err := describe(c.container, 1<<20, got)
			require.NoError(t, err)
			v := m.Video
			require.Equal(t, c.video,
				media.Video{
					Index: v.Index, Codec: v.Codec, Width: v.Width, Height: v.Height, Rotation: v.Rotation,
					BitDepth: v.BitDepth, DolbyVision: v.DolbyVision, Transfer: v.Transfer,
				})
			require.Equal(t, c.audio == "", m.Audio == nil)
			if m.Audio != nil {
				require.Equal(t, c.audio, m.Audio.Codec)
			}
			require.InDelta(t, c.seconds, m.Duration.Seconds(), 0.1)
			l := refusal.DefaultLimits()
			l.MinDuration = 50 * time.Millisecond
			review, err := plan.New(m, plan.Options{Profile: plan.Review}, l)
			require.NoError(t, err)
			require.Equal(t, c.remux, review.Remux)
			publish, err := plan.New(m, plan.Options{Profile: plan.Publish}, l)
			require.NoError(t, err)
			var names []string
			for _, r := range publish.Rungs {
				names = append(names, r.Name)
			}
			require.Equal(t, c.rungs, strings.Join(names, " "))
			require.Equal(t, v.HDR(), publish.Conversion.ToneMap != "")
			require.LessOrEqual(t, publish.Rate.Float(), 60.0)
		})
	}
}
