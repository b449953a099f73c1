package transcode

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/testkit/clips"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

func TestRun_FindsBlackAndFlashing(t *testing.T) {
	tr := transcoder(t)
	src := clips.Get(t, "black-then-flashing")
	m, err := tr.Probe(t.Context(), src, refusal.DefaultLimits())
	require.NoError(t, err)
	f := runProfile(t, tr, src, m, plan.Review, clips.Clip{Seconds: 5}).res.Findings
	require.NotEmpty(t, f.Black)
	require.InDelta(t, 0, f.Black[0].From, 0.1)
	require.InDelta(t, 2, f.Black[0].To, 0.15)
	for _, w := range []string{WarnBlack, WarnFlashing, WarnSilent, WarnLowRes} {
		require.Contains(t, f.Warnings, w)
	}
	require.True(t, f.Silent)
}

func TestRun_FindsFlashingBetweenKeyFrames(t *testing.T) {
	tr := transcoder(t)
	src := clips.Get(t, "flashing-remux")
	m, err := tr.Probe(t.Context(), src, refusal.DefaultLimits())
	require.NoError(t, err)
	o := runProfile(t, tr, src, m, plan.Review, clips.Clip{Seconds: 6})
	require.True(t, o.res.Assets.Remuxed)
	require.Contains(t, o.res.Findings.Warnings, WarnFlashing)
}

func TestRun_FindsNothingInAGoodVideo(t *testing.T) {
	tr := transcoder(t)
	src := clips.Get(t, "landscape")
	m, err := tr.Probe(t.Context(), src, refusal.DefaultLimits())
	require.NoError(t, err)
	f := runProfile(t, tr, src, m, plan.Review, clips.Clip{Seconds: 3, Corners: true}).res.Findings
	require.NotContains(t, f.Warnings, WarnFlashing)
	require.Empty(t, f.Black)
	require.False(t, f.Silent)
	require.Len(t, f.FrameHashes, 8)
}

func TestRun_PosterIsNotBlack(t *testing.T) {
	dir := t.TempDir()
	src := clips.Get(t, "black-then-flashing")
	res, err := pipeline(t.Context(), transcoder(t), src, dir, plan.Publish)
	require.NoError(t, err)
	got := average(readImage(t, filepath.Join(dir, res.Assets.Poster)), 160, 120)
	require.Greater(t, got[0]+got[1]+got[2], 200)
}

func TestRun_FindingsWarnOfFlaws(t *testing.T) {
	tr := transcoder(t)
	find := func(name string) media.Findings {
		res, err := pipeline(t.Context(), tr, clips.Get(t, name), t.TempDir(), plan.Review)
		require.NoError(t, err)
		return res.Findings
	}
	f := find("poor")
	require.ElementsMatch(t, []string{WarnDark, WarnBlurry, WarnFrozen, WarnQuiet}, f.Warnings)
	require.InDelta(t, 0.10, *f.Brightness, 0.02)
	require.Less(t, *f.Sharpness, 0.02)
	require.Len(t, f.Frozen, 1)
	require.InDelta(t, 0.04, f.Frozen[0].From, 0.01, "the second frame is the first one without change")
	require.InDelta(t, 6, f.Frozen[0].To, 0.01)
	require.Len(t, f.SilentSpans, 1)
	require.InDelta(t, 3, f.SilentSpans[0].From, 0.4)
	require.InDelta(t, 6, f.SilentSpans[0].To, 0.2)
	require.Equal(t, [2]any{"landscape", 480}, [2]any{f.Orientation, f.ShortEdge})
	require.Positive(t, f.EffectiveBitrate)

	f = find("glaring")
	require.ElementsMatch(t, []string{WarnBright, WarnClipping}, f.Warnings)
	require.Greater(t, *f.Sharpness, 0.1)
	require.Greater(t, *f.TruePeakDBTP, 0.3)

	require.Equal(t, []string{WarnDamaged}, find("restarted").Warnings, "what follows the restart is not shown")

	f = find("bang")
	require.Greater(t, *f.TruePeakDBTP, -6.0, "the last tenth of a second is measured")
}

// TestRun_FingerprintsAudio: the same audio has the same fingerprint in another
// file; silence and short audio have none.
func TestRun_FingerprintsAudio(t *testing.T) {
	tr := transcoder(t)
	fingerprint := func(src string) (audioPrint, review string) {
		p := newPlan(t, tr, src, plan.Options{Profile: plan.Review})
		dir := t.TempDir()
		res, err := tr.Run(t.Context(), p, src, dir, nil)
		require.NoError(t, err)
		return res.Findings.AudioFingerprint, filepath.Join(dir, res.Assets.MP4)
	}
	melody, review := fingerprint(clips.Get(t, "melody"))
	require.Greater(t, len(melody), minFingerprint)
	again, _ := fingerprint(review)
	require.Equal(t, melody, again)
	for _, name := range []string{"silent-track", "short"} {
		none, _ := fingerprint(clips.Get(t, name))
		require.Empty(t, none, name)
	}
}

func TestRun_DistinguishesSpeechMusicAndNoise(t *testing.T) {
	tr := transcoder(t)
	for name, want := range map[string][2]float64{
		"talk": {1, 0}, "talk-low": {1, 0}, "chords": {0, 1}, "wind": {0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			res, err := pipeline(t.Context(), tr, clips.Get(t, name), t.TempDir(), plan.Review)
			require.NoError(t, err)
			require.NotNil(t, res.Findings.SpeechShare)
			require.NotNil(t, res.Findings.MusicShare)
			require.InDelta(t, want[0], *res.Findings.SpeechShare, 0.15, "speech")
			require.InDelta(t, want[1], *res.Findings.MusicShare, 0.15, "music")
		})
	}
	for _, name := range []string{"silent-track", "no-audio"} {
		t.Run(name, func(t *testing.T) {
			res, err := pipeline(t.Context(), tr, clips.Get(t, name), t.TempDir(), plan.Review)
			require.NoError(t, err)
			require.Nil(t, res.Findings.SpeechShare)
			require.Nil(t, res.Findings.MusicShare)
		})
	}
}
