package transcode

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/testkit/clips"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// TestRun_ReviewShowsWhatIsPublished: moderators see every frame and hear all
// audio that is published, also where a stream copy would play differently.
func TestRun_ReviewShowsWhatIsPublished(t *testing.T) {
	tr := transcoder(t)
	for _, c := range clips.Irregular {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			src := c.Path(t)
			m, err := tr.Probe(t.Context(), src, refusal.DefaultLimits())
			require.NoError(t, err)
			review := runProfile(t, tr, src, m, plan.Review, c)
			require.Equal(t, c.Remux, review.res.Assets.Remuxed)
			publish := runProfile(t, tr, src, m, plan.Publish, c)
			requireSameStory(t, review, publish)
			require.False(t, review.plan.CopyAAC)
		})
	}
}

// requireSameStory compares a review copy with the published video.
func requireSameStory(t *testing.T, review, publish outcome) {
	t.Helper()
	require.NoError(t, clips.Compare(filepath.Join(review.dir, review.res.Assets.MP4),
		filepath.Join(publish.dir, publish.res.Assets.MP4)))
}

// requireSameFrames checks that a remuxed review copy decodes, without a
// message, to exactly the frames of the source.
func requireSameFrames(t *testing.T, src string, m media.Media, review outcome) {
	t.Helper()
	if !review.res.Assets.Remuxed {
		return
	}
	require.Equal(t, frameHashes(t, src, fmt.Sprint(m.Video.Index)),
		frameHashes(t, filepath.Join(review.dir, review.res.Assets.MP4), ownVideo))
}

// TestRun_DamagedReviewShowsWhatIsPublished damages single places of a video.
// What is accepted is shown alike in review and published, a remuxed copy
// decodes without a message, and damage never counts as a fault of ours.
func TestRun_DamagedReviewShowsWhatIsPublished(t *testing.T) {
	tr := transcoder(t)
	intact, err := os.ReadFile(clips.Get(t, "sync"))
	require.NoError(t, err)
	start := bytes.Index(intact, []byte("mdat")) + 4
	for n := range 8 {
		t.Run(fmt.Sprintf("place %d", n), func(t *testing.T) {
			t.Parallel()
			damaged := bytes.Clone(intact)
			at := start + (2*n+1)*(len(intact)-start)/16
			for i := range 12 << (n % 4) {
				damaged[at+i] ^= byte(0x35 + i)
			}
			src := filepath.Join(t.TempDir(), "video.mp4")
			require.NoError(t, os.WriteFile(src, damaged, 0o600))
			review, publish := t.TempDir(), t.TempDir()
			r, err := pipeline(t.Context(), tr, src, review, plan.Review)
			p, err2 := pipeline(t.Context(), tr, src, publish, plan.Publish)
			require.Equal(t, fault.CodeOf(err), fault.CodeOf(err2))
			if err != nil {
				require.True(t, fault.Permanent(err), "%v", err)
				return
			}
			require.NoError(t, clips.Compare(filepath.Join(review, r.Assets.MP4), filepath.Join(publish, p.Assets.MP4)))
			if r.Assets.Remuxed {
				frameHashes(t, filepath.Join(review, r.Assets.MP4), ownVideo)
			}
		})
	}
}
