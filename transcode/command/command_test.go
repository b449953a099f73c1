package command

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/testkit/clips"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

var update = flag.Bool("update", false, "rewrite testdata")

// TestArguments_AreAsRecorded compares every argument with testdata, one per
// line. go test -run Arguments -update rewrites them; review the difference.
func TestArguments_AreAsRecorded(t *testing.T) {
	cases := argumentCases()
	maps.Copy(cases, firstCases())
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			p, err := plan.New(c.m, c.o, refusal.DefaultLimits())
			require.NoError(t, err)
			for range 5 { // repeated builds give the same arguments
				all := runsOf(t, p)
				requireGolden(t, filepath.Join("testdata", name+".args"), strings.Join(all, "\n")+"\n")
			}
		})
	}
}

// runsOf returns the arguments of every run of a plan, each after its name.
func runsOf(t *testing.T, p plan.Plan) (all []string) {
	t.Helper()
	add := func(step string, args []string, err error) {
		require.NoError(t, err)
		all = append(append(all, "# "+step), args...)
	}
	switch p.Profile {
	case plan.First:
		args, err := First(p, "/in/source", 2)
		add("main", args, err)
	case plan.Review:
		args, err := Review(p, "/in/source", 2)
		add("main", args, err)
		if p.Remux {
			args, err = Inspect(p, 2)
			add("inspect", args, err)
		}
	case plan.Publish:
		args, err := Publish(p, "/in/source", 2)
		add("main", args, err)
		args, err = Finish(p, 1.5, 2, 2)
		add("finish", args, err)
		args, err = Decode(p)
		add("decode", args, err)
	}
	return all
}

// argumentCase is a video and the options of its run.
type argumentCase struct {
	m media.Media
	o plan.Options
}

// argumentCases returns the recorded cases by the name of their file.
func argumentCases() map[string]argumentCase {
	lufs, peak := -24.0, -4.0
	findings := &media.Findings{LoudnessLUFS: &lufs, TruePeakDBTP: &peak}
	return map[string]argumentCase{
		"review-remux": {clips.Media(nil), plan.Options{Profile: plan.Review}},
		"review-remux-far-keys": {
			clips.Media(func(m *media.Media) { m.Video.MaxKeyInterval = 5; m.Audio.Codec = "opus" }),
			plan.Options{Profile: plan.Review},
		},
		"review-hevc": {
			clips.Media(func(m *media.Media) { m.Video.Codec = "hevc" }), plan.Options{Profile: plan.Review},
		},
		"review-cut": {
			clips.Media(nil),
			plan.Options{Profile: plan.Review, Cut: media.Cut{From: 2500 * time.Millisecond, To: 8 * time.Second}},
		},
		"publish-1080": {clips.Media(nil), plan.Options{Profile: plan.Publish, Findings: findings}},
		"publish-silent-360": {
			clips.Media(func(m *media.Media) { clips.Size(640, 360)(m); m.Audio = nil }),
			plan.Options{Profile: plan.Publish},
		},
		"publish-high": {
			clips.Media(nil), plan.Options{Profile: plan.Publish, Quality: plan.High, Findings: findings},
		},
		"publish-nvenc": {
			clips.Media(nil), plan.Options{Profile: plan.Publish, Encoder: plan.NVENC, Findings: findings},
		},
		"publish-vaapi": {
			clips.Media(clips.Size(640, 360)),
			plan.Options{Profile: plan.Publish, Encoder: plan.VAAPI, Findings: findings},
		},
		"publish-videotoolbox": {
			clips.Media(clips.Size(640, 360)),
			plan.Options{Profile: plan.Publish, Encoder: plan.VideoToolbox, Findings: findings},
		},
		"publish-av1": {
			clips.Media(
				func(m *media.Media) { clips.Size(640, 360)(m); m.Video.Rate = media.Rate{Num: 30000, Den: 1001} }),
			plan.Options{Profile: plan.Publish, AV1: true, Findings: findings},
		},
		"publish-cut-ts": {
			clips.Media(func(m *media.Media) { clips.Size(640, 360)(m); m.Container, m.Offset = "mpegts", 1.25 }),
			plan.Options{Profile: plan.Publish, Findings: findings, Cut: media.Cut{From: 12 * time.Second}},
		},
		"publish-hlg-portrait": {clips.Media(func(m *media.Media) {
			clips.Size(2160, 3840)(m)
			m.Video.Codec, m.Video.PixelFormat, m.Video.BitDepth, m.Video.Transfer, m.Video.Matrix = "hevc",
				"yuv420p10le", 10, "arib-std-b67", "bt2020nc"
		}), plan.Options{Profile: plan.Publish, Findings: findings}},
		"publish-interlaced-sd": {clips.Media(func(m *media.Media) {
			m.Container, m.Offset = "mpegts", 1.25
			m.Video = media.Video{
				Codec: "mpeg2video", CodedWidth: 720, CodedHeight: 576, Width: 1024, Height: 576, SARNum: 64,
				SARDen: 45, PixelFormat: "yuv420p", BitDepth: 8,
				Interlaced: true, Rate: media.Rate{Num: 25, Den: 1}, AvgRate: 25, Frames: 500, MaxKeyInterval: 0.5}
		}), plan.Options{Profile: plan.Publish, Findings: findings}},
	}
}

// firstCases are those of first sets.
func firstCases() map[string]argumentCase {
	lufs, peak := -24.0, -4.0
	findings := &media.Findings{LoudnessLUFS: &lufs, TruePeakDBTP: &peak}
	return map[string]argumentCase{
		"first": {firstMedia(nil), plan.Options{Profile: plan.First, Findings: findings}},
		"first-rotated": {
			firstMedia(func(m *media.Media) { m.Video.Rotation = 90 }), plan.Options{Profile: plan.First},
		},
	}
}

// firstMedia describes the remuxed review copy of a video.
func firstMedia(change func(*media.Media)) media.Media {
	return plan.OfCopy(clips.Media(change), media.Assets{
		Bytes: 4 << 20, Duration: 10 * time.Second, Width: 1920, Height: 1080, Remuxed: true,
	})
}

func requireGolden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}
