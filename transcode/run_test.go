package transcode

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/sandbox"
	"github.com/storyreel/storyreel/internal/testkit/clips"
	"github.com/storyreel/storyreel/transcode/command"
	"github.com/storyreel/storyreel/transcode/ffmpeg"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

func TestRun_CancelEndsSoonAndLeavesNothing(t *testing.T) {
	tr := transcoder(t)
	src := clips.Get(t, "portrait-hevc")
	plan := planned(t, tr, src, plan.Options{Profile: plan.Publish, Findings: &media.Findings{Silent: true}})
	dir := filepath.Join(t.TempDir(), "out")
	ctx, cancel := context.WithCancel(t.Context())
	var at time.Time
	_, err := tr.Run(ctx, plan, src, dir, func(p Progress) {
		if at.IsZero() { // the main step has begun
			at = time.Now()
			cancel()
		}
	})
	require.Less(t, time.Since(at), 2*time.Second)
	require.Equal(t, refusal.CodeCanceled, fault.CodeOf(err))
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
	require.ErrorIs(t, err, context.Canceled)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries)
}

// TestRun_ReviewsFindingsSpareMeasuring: what review heard gives publish its
// gain, and is kept in its findings.
func TestRun_ReviewsFindingsSpareMeasuring(t *testing.T) {
	tr := transcoder(t)
	src := clips.Get(t, "two-sounds")
	m, err := tr.Probe(t.Context(), src, refusal.DefaultLimits())
	require.NoError(t, err)
	require.Equal(t, 2, m.Audio.Index, "the default track, not the first")
	p, err := plan.New(m, plan.Options{Profile: plan.Review}, refusal.DefaultLimits())
	require.NoError(t, err)
	review, err := tr.Run(t.Context(), p, src, t.TempDir(), nil)
	require.NoError(t, err)
	p, err = plan.New(m, plan.Options{Profile: plan.Publish, Findings: &review.Findings}, refusal.DefaultLimits())
	require.NoError(t, err)
	require.False(t, p.Audio.Measure)
	dir := t.TempDir()
	publish, err := tr.Run(t.Context(), p, src, dir, nil)
	require.NoError(t, err)
	require.Equal(t, review.Findings.LoudnessLUFS, publish.Findings.LoudnessLUFS)
	require.InDelta(t, -16, loudnessOf(t, filepath.Join(dir, command.FileStory)), 1)
}

func TestRun_AMissingSourceIsNotTheVideosFault(t *testing.T) {
	tr := transcoder(t)
	_, err := tr.Probe(t.Context(), filepath.Join(t.TempDir(), "absent"), refusal.DefaultLimits())
	require.Error(t, err)
	require.False(t, fault.Permanent(err))
}

func TestNew_SaysWhatIsMissing(t *testing.T) {
	_, err := New(Options{FFmpeg: "/nowhere/ffmpeg"})
	require.Equal(t, refusal.CodeBadOptions, fault.CodeOf(err))
}

// TestRun_ProgressMovesThroughTheMainStep: a run that shows no progress would
// be ended by the watchdog on a slow machine, and tells nobody anything.
func TestRun_ProgressMovesThroughTheMainStep(t *testing.T) {
	tr := transcoder(t)
	src := clips.Get(t, "portrait-hevc")
	plan := planned(t, tr, src, plan.Options{Profile: plan.Publish, Findings: &media.Findings{Silent: true}})
	var seen []float64
	_, err := tr.Run(t.Context(), plan, src, t.TempDir(), func(p Progress) { seen = append(seen, p.Fraction) })
	require.NoError(t, err)
	require.IsIncreasing(t, seen)
	within := 0
	for _, f := range seen {
		if f > 0.05 && f < 0.85 {
			within++
		}
	}
	require.GreaterOrEqual(t, within, 2, "reports: %v", seen)
}

// TestRun_TheWatchdogEndsWhatStandsStill: programs that hang are ended and
// leave nothing; a retry helps unless they said why it cannot.
func TestRun_TheWatchdogEndsWhatStandsStill(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	program, err := os.ReadFile(self)
	require.NoError(t, err)
	src := clips.Get(t, "no-sound")
	plan := planned(t, transcoder(t), src, plan.Options{Profile: plan.Publish, Findings: &media.Findings{Silent: true}})
	for name, want := range map[string]struct {
		kind fault.Kind
		code string
	}{
		hangs:     {fault.Unavailable, refusal.CodeTimeout},
		complains: {fault.Invalid, refusal.CodeCodec},
	} {
		t.Run(name, func(t *testing.T) {
			standIn := filepath.Join(t.TempDir(), name)
			require.NoError(t, os.WriteFile(standIn, program, 0o755))
			tr, err := New(Options{FFmpeg: standIn, Sandbox: sandbox.Require})
			require.NoError(t, err)
			tr.runner.Stall = 500 * time.Millisecond
			began := time.Now()
			dir := t.TempDir()
			_, err = tr.Run(t.Context(), plan, src, dir, nil)
			require.Equal(t, want.code, fault.CodeOf(err), "%v", err)
			require.Equal(t, want.kind, fault.KindOf(err))
			require.ErrorIs(t, err, ffmpeg.ErrStalled)
			require.Less(t, time.Since(began), 10*time.Second)
			entries, err := os.ReadDir(dir)
			require.NoError(t, err)
			require.Empty(t, entries)
		})
	}
}

// TestPoster_FallsBackToTheFirstFrame: zzuf found videos that hold nothing
// decodable after the moment chosen for the poster.
func TestPoster_FallsBackToTheFirstFrame(t *testing.T) {
	tr := transcoder(t)
	src := clips.Get(t, "no-sound")
	plan := planned(t, tr, src, plan.Options{Profile: plan.Review})
	j := &job{Transcoder: tr, plan: plan, src: src, dir: t.TempDir(), meter: newMeter(nil)}
	film, err := os.ReadFile(src)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(j.dir, command.FileReview), film, 0o600))
	require.NoError(t, j.poster(t.Context(), 99, 320, 240))
	require.NoError(t, j.checkFiles(command.FilePoster))
}

// TestRun_DamageOfARemuxIsTheSourcesFault breaks stretches of a video that is
// handed on as it is, units' lengths among them: what decodes is shown, or the
// video is refused, but never is it called our fault.
func TestRun_DamageOfARemuxIsTheSourcesFault(t *testing.T) {
	tr := transcoder(t)
	whole, err := os.ReadFile(clips.Get(t, "landscape"))
	require.NoError(t, err)
	film := bytes.Index(whole, []byte("mdat")) + 4
	require.Greater(t, film, 3)
	for tenth := range 10 {
		bad := bytes.Clone(whole)
		from := film + tenth*(len(whole)-film)/10
		for i := from; i < min(from+(len(whole)-film)/3, len(whole)); i += 7 {
			bad[i] ^= 0x5a
		}
		src := filepath.Join(t.TempDir(), "film.mp4")
		require.NoError(t, os.WriteFile(src, bad, 0o600))
		_, err := pipeline(t, tr, src, t.TempDir(), plan.Review)
		require.True(t, err == nil || fault.Permanent(err), "%d: %v", tenth, err)
	}
}
