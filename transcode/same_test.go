package transcode

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
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
	for _, c := range slices.Concat(clips.Irregular, clips.Recorded, clips.Formats, clips.MotionPhotos) {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			src := c.Path(t)
			m, err := tr.Probe(t.Context(), src, refusal.DefaultLimits())
			require.NoError(t, err)
			require.Equal(t, [2]int{c.Width, c.Height}, [2]int{m.Video.Width, m.Video.Height})
			require.Equal(t, c.Audio, m.Audio != nil)
			review := runProfile(t, tr, src, m, plan.Review, c)
			require.Equal(t, c.Remux, review.res.Assets.Remuxed)
			publish := runProfile(t, tr, src, m, plan.Publish, c)
			requireSameStory(t, review, publish)
			requireSameFrames(t, src, m, review)
			requireFirst(t, tr, review)
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
	if s := m.Section; s != nil {
		b, err := os.ReadFile(src)
		require.NoError(t, err)
		src = filepath.Join(t.TempDir(), "video.mp4")
		require.NoError(t, os.WriteFile(src, b[s.Offset:s.Offset+s.Bytes], 0o600))
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

// TestNew_EncodesIrregularAudio: of a video that can be copied, audio with two
// descriptions or with gaps is encoded.
func TestNew_EncodesIrregularAudio(t *testing.T) {
	tr := transcoder(t)
	for _, name := range []string{"audio-two-descriptions", "gaps-mp4"} {
		t.Run(name, func(t *testing.T) {
			p := newPlan(t, tr, clips.Get(t, name), plan.Options{Profile: plan.Review})
			require.True(t, p.Remux)
			require.False(t, p.CopyAAC)
		})
	}
}

// TestRun_AudioOfPackedFramesIsUnbroken: no piece of the published audio is
// silent, and the review does not count the audio as damaged.
func TestRun_AudioOfPackedFramesIsUnbroken(t *testing.T) {
	tr := transcoder(t)
	for _, name := range []string{"amr-five", "amr-fifty", "amr-wide-ten", "h263-amr"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, profile := range []plan.Profile{plan.Review, plan.Publish} {
				dir := t.TempDir()
				res, err := pipeline(t.Context(), tr, clips.Get(t, name), dir, profile)
				require.NoError(t, err)
				require.NotContains(t, res.Findings.Warnings, WarnDamaged)
				require.Less(t, clips.SilentShare(t, filepath.Join(dir, res.Assets.MP4)), 0.05)
			}
		})
	}
}

// TestRun_WarnsOfMissingAudio: packets that decode to much less than their
// length are reported.
func TestRun_WarnsOfMissingAudio(t *testing.T) {
	tr := transcoder(t)
	src := clips.Get(t, "amr-five")
	m, err := tr.Probe(t.Context(), src, refusal.DefaultLimits())
	require.NoError(t, err)
	for name, audio := range map[string]func(*media.Audio){
		"a decoder that takes one frame of a packet": func(a *media.Audio) { a.Packed = false },
		"gaps between packets of several frames":     func(a *media.Audio) { a.Irregular = true },
	} {
		t.Run(name, func(t *testing.T) {
			m, a := m, *m.Audio
			m.Audio = &a
			audio(&a)
			p, err := plan.New(m, plan.Options{Profile: plan.Review}, refusal.DefaultLimits())
			require.NoError(t, err)
			res, err := tr.Run(t.Context(), p, src, t.TempDir(), nil)
			require.NoError(t, err)
			require.Contains(t, res.Findings.Warnings, WarnDamaged)
		})
	}
}

// TestRun_DamagedAudioIsNotSilenced: zzuf found a video whose damaged packets
// decode to bursts far above full scale. What is heard in review is audible
// when it is published.
func TestRun_DamagedAudioIsNotSilenced(t *testing.T) {
	tr := transcoder(t)
	b, err := os.ReadFile(clips.Get(t, "wind"))
	require.NoError(t, err)
	b = bytes.Clone(b)
	media := bytes.Index(b, []byte("mdat")) + 4
	for i := media; i < bytes.LastIndex(b, []byte("moov")); i += 997 { // one byte in each third packet
		b[i] ^= byte(1 << (i % 8))
	}
	src := filepath.Join(t.TempDir(), "video.mp4")
	require.NoError(t, os.WriteFile(src, b, 0o600))
	review, publish := t.TempDir(), t.TempDir()
	r, err := pipeline(t.Context(), tr, src, review, plan.Review)
	require.NoError(t, err)
	p, err := pipeline(t.Context(), tr, src, publish, plan.Publish)
	require.NoError(t, err)
	require.Contains(t, r.Findings.Warnings, WarnDamaged)
	require.NoError(t, clips.Compare(filepath.Join(review, r.Assets.MP4), filepath.Join(publish, p.Assets.MP4)))
	require.Less(t, clips.SilentShare(t, filepath.Join(publish, p.Assets.MP4)), 0.5)
}
