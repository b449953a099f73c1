package transcode

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/testkit/clips"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// TestRun_FallsBackToSoftware: publishing works on a machine without the
// device, and the result names the encoder that was used.
func TestRun_FallsBackToSoftware(t *testing.T) {
	tr := transcoder(t)
	src := clips.Get(t, "two-audio-tracks")
	m, err := tr.Probe(t.Context(), src, refusal.DefaultLimits())
	require.NoError(t, err)
	for _, e := range plan.Hardware {
		t.Run(string(e), func(t *testing.T) {
			p, err := plan.New(m,
				plan.Options{Profile: plan.Publish, Encoder: e, Findings: &media.Findings{Silent: true}},
				refusal.DefaultLimits())
			require.NoError(t, err)
			res, err := tr.Run(t.Context(), p, src, t.TempDir(), nil)
			require.NoError(t, err)
			want := e
			if err := tr.Try(t.Context(), e); err != nil {
				t.Logf("no %s on this machine: %v", e, err)
				want = plan.Software
			}
			require.Equal(t, want, res.Encoder)
		})
	}
}

func TestEncoder_ByName(t *testing.T) {
	tr := transcoder(t)
	require.NoError(t, tr.Try(t.Context(), plan.Software), "the trial works with x264")
	for _, name := range []string{"", "software"} {
		e, err := tr.Encoder(t.Context(), name)
		require.NoError(t, err)
		require.Equal(t, plan.Software, e)
	}
	first := plan.Software
	for _, h := range plan.Hardware {
		e, err := tr.Encoder(t.Context(), string(h))
		if err != nil {
			require.Equal(t, fault.Unavailable, fault.KindOf(err))
			require.NotContains(t, err.Error(), refusal.CodeCorrupt, "a trial has no video to refuse")
			continue
		}
		require.Equal(t, h, e)
		if first == plan.Software {
			first = h
		}
	}
	e, err := tr.Encoder(t.Context(), plan.AutoEncoder)
	require.NoError(t, err)
	require.Equal(t, first, e)
	_, err = tr.Encoder(t.Context(), "abacus")
	require.Equal(t, fault.Invalid, fault.KindOf(err))
}

func TestMissing_IsEmptyOnATestMachine(t *testing.T) {
	missing, err := transcoder(t).Missing(t.Context(), plan.Options{AV1: true})
	require.NoError(t, err)
	require.Empty(t, missing)
}
