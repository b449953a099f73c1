package transcode

import (
	"bytes"
	"context"
	"fmt"
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

// TestRun_CancelStopsTheRun: a run that is canceled while it encodes stops
// before its end and leaves no file.
func TestRun_CancelStopsTheRun(t *testing.T) {
	tr := transcoder(t)
	src := clips.Get(t, "portrait-hevc")
	p := newPlan(t, tr, src, plan.Options{Profile: plan.Publish, Findings: &media.Findings{Silent: true}})
	full, err := tr.Run(t.Context(), p, src, t.TempDir(), nil)
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "out")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stopped, err := tr.Run(ctx, p, src, dir, func(p Progress) {
		if p.Fraction > 0 { // ffmpeg has begun to encode
			cancel()
		}
	})
	require.Positive(t, stopped.Usage.CPU)
	require.Less(t, stopped.Usage.CPU, full.Usage.CPU, "a part of the work was not done")
	require.Equal(t, refusal.CodeCanceled, fault.CodeOf(err))
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
	require.ErrorIs(t, err, context.Canceled)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries)
}

// TestRun_PublishUsesTheReviewsLoudness: the review run's findings give the
// publish run its gain, and stay in its findings.
func TestRun_PublishUsesTheReviewsLoudness(t *testing.T) {
	tr := transcoder(t)
	src := clips.Get(t, "two-audio-tracks")
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

func TestProbe_MissingFileIsNotPermanent(t *testing.T) {
	tr := transcoder(t)
	_, err := tr.Probe(t.Context(), filepath.Join(t.TempDir(), "absent"), refusal.DefaultLimits())
	require.Error(t, err)
	require.False(t, fault.Permanent(err))
}

func TestNew_FailsWithoutFFmpeg(t *testing.T) {
	_, err := New(Options{FFmpeg: "/nowhere/ffmpeg"})
	require.Equal(t, refusal.CodeBadOptions, fault.CodeOf(err))
}

// TestRun_ReportsProgressDuringTheMainStep: without reports, the watchdog would
// end the run on a slow machine.
func TestRun_ReportsProgressDuringTheMainStep(t *testing.T) {
	tr := transcoder(t)
	src := clips.Get(t, "portrait-hevc")
	p := newPlan(t, tr, src, plan.Options{Profile: plan.Publish, Findings: &media.Findings{Silent: true}})
	var fractions []float64
	_, err := tr.Run(t.Context(), p, src, t.TempDir(), func(p Progress) { fractions = append(fractions, p.Fraction) })
	require.NoError(t, err)
	require.IsIncreasing(t, fractions)
	within := 0
	for _, f := range fractions {
		if f > 0.05 && f < 0.85 {
			within++
		}
	}
	require.GreaterOrEqual(t, within, 2, "reports: %v", fractions)
}

// TestRun_WatchdogEndsStalledRuns: programs that hang are ended and leave no
// file; the run is retried unless their message shows that it cannot succeed.
func TestRun_WatchdogEndsStalledRuns(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	program, err := os.ReadFile(self)
	require.NoError(t, err)
	src := clips.Get(t, "no-audio")
	p := newPlan(t, transcoder(t), src, plan.Options{Profile: plan.Publish, Findings: &media.Findings{Silent: true}})
	for name, want := range map[string]struct {
		kind fault.Kind
		code string
	}{
		hangs:     {fault.Unavailable, refusal.CodeTimeout},
		complains: {fault.Invalid, refusal.CodeCodec},
	} {
		t.Run(name, func(t *testing.T) {
			fake := filepath.Join(t.TempDir(), name)
			require.NoError(t, os.WriteFile(fake, program, 0o755))
			tr, err := New(Options{FFmpeg: fake, Sandbox: sandbox.Require})
			require.NoError(t, err)
			tr.runner.Stall = 500 * time.Millisecond
			dir := t.TempDir()
			ctx, stop := context.WithTimeout(t.Context(), hangLimit)
			defer stop()
			_, err = tr.Run(ctx, p, src, dir, nil)
			require.Equal(t, want.code, fault.CodeOf(err), "%v", err)
			require.Equal(t, want.kind, fault.KindOf(err))
			require.ErrorIs(t, err, ffmpeg.ErrStalled)
			entries, err := os.ReadDir(dir)
			require.NoError(t, err)
			require.Empty(t, entries)
		})
	}
}

// TestRun_DamagedRemuxIsNoDefect damages a third of a remuxed video, including
// the lengths of its units. The review either succeeds or refuses the source;
// it never reports a defect of ours.
func TestRun_DamagedRemuxIsNoDefect(t *testing.T) {
	tr := transcoder(t)
	intact, err := os.ReadFile(clips.Get(t, "landscape"))
	require.NoError(t, err)
	start := bytes.Index(intact, []byte("mdat")) + 4
	require.Greater(t, start, 3)
	for tenth := range 10 {
		t.Run(fmt.Sprintf("from %d %%", 10*tenth), func(t *testing.T) {
			damaged := bytes.Clone(intact)
			from := start + tenth*(len(intact)-start)/10
			for i := from; i < min(from+(len(intact)-start)/3, len(intact)); i += 7 {
				damaged[i] ^= 0x5a
			}
			src := filepath.Join(t.TempDir(), "video.mp4")
			require.NoError(t, os.WriteFile(src, damaged, 0o600))
			_, err := pipeline(t.Context(), tr, src, t.TempDir(), plan.Review)
			require.True(t, err == nil || fault.Permanent(err), "%v", err)
		})
	}
}
