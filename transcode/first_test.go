package transcode

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/testkit/clips"
	"github.com/storyreel/storyreel/transcode/ffmpeg"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// runFirst makes the first set of a review and checks what holds for each.
func runFirst(t *testing.T, tr *Transcoder, review outcome) outcome {
	t.Helper()
	m := plan.OfCopy(review.plan.Media, review.res.Assets)
	p, err := plan.New(m, plan.Options{Profile: plan.First, Findings: &review.res.Findings}, refusal.DefaultLimits())
	require.NoError(t, err)
	o := outcome{dir: t.TempDir(), plan: p}
	o.res, err = tr.Run(t.Context(), p, filepath.Join(review.dir, review.res.Assets.MP4), o.dir, nil)
	require.NoError(t, err, ffmpeg.Stderr(err))
	requireNoSecrets(t, o.dir)
	s := o.res.Assets
	require.True(t, s.First)
	require.Equal(t, review.res.Assets.Duration, s.Duration)
	for _, name := range copiedFiles {
		require.FileExists(t, filepath.Join(o.dir, name))
	}
	return o
}

// requireFirst makes the first set of a review and checks that every frame and
// all audio of it were in the review copy, in its MP4 and in its stream.
func requireFirst(t *testing.T, tr *Transcoder, review outcome) outcome {
	t.Helper()
	first := runFirst(t, tr, review)
	requireSameStory(t, review, first)
	reviewed := filepath.Join(review.dir, review.res.Assets.MP4)
	frames := frameHashes(t, reviewed, ownVideo)
	require.Equal(t, frames, frameHashes(t, filepath.Join(first.dir, first.res.Assets.MP4), ownVideo))
	v := review.plan.Media.Video
	require.Equal(t, !review.res.Assets.Remuxed || v.Rotation == 0 && v.MaxKeyInterval <= 6,
		first.res.Assets.HLS != "")
	if first.res.Assets.HLS != "" {
		stream := filepath.Join(first.dir, first.res.Assets.HLS)
		require.NoError(t, clips.Compare(reviewed, stream))
		require.Equal(t, frames, frameHashes(t, stream, ownVideo))
	}
	return first
}

// TestRun_FirstSetOfACut begins where the review copy begins.
func TestRun_FirstSetOfACut(t *testing.T) {
	tr := transcoder(t)
	src := clips.Get(t, "numbered-mp4")
	m, err := tr.Probe(t.Context(), src, refusal.DefaultLimits())
	require.NoError(t, err)
	cut := media.Cut{From: m.Duration / 4, To: m.Duration * 3 / 4}
	p, err := plan.New(m, plan.Options{Profile: plan.Review, Cut: cut}, refusal.DefaultLimits())
	require.NoError(t, err)
	review := outcome{dir: t.TempDir(), plan: p}
	review.res, err = tr.Run(t.Context(), p, src, review.dir, nil)
	require.NoError(t, err)
	requireSameStory(t, review, runFirst(t, tr, review))
}

// TestRun_FirstSetOfADamagedCopy is a fault of ours, and leaves no file.
func TestRun_FirstSetOfADamagedCopy(t *testing.T) {
	tr := transcoder(t)
	src := clips.Get(t, "numbered-mp4")
	m, err := tr.Probe(t.Context(), src, refusal.DefaultLimits())
	require.NoError(t, err)
	review := t.TempDir()
	res, err := pipeline(t.Context(), tr, src, review, plan.Review)
	require.NoError(t, err)
	path := filepath.Join(review, res.Assets.MP4)
	require.NoError(t, os.Truncate(path, 2000))
	p, err := plan.New(plan.OfCopy(m, res.Assets), plan.Options{Profile: plan.First}, refusal.DefaultLimits())
	require.NoError(t, err)
	dir := t.TempDir()
	_, err = tr.Run(t.Context(), p, path, dir, nil)
	require.True(t, fault.Is(err, refusal.CodeDefect), "%v", err)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}
