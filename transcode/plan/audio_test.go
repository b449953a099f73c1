package plan

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/testkit/clips"
	"github.com/storyreel/storyreel/transcode/refusal"
)

func TestNew_Gain(t *testing.T) {
	f := func(lufs, peak float64) *media.Findings {
		return &media.Findings{LoudnessLUFS: &lufs, TruePeakDBTP: &peak}
	}
	for _, c := range []struct {
		name  string
		f     *media.Findings
		db    float64
		limit bool
	}{
		{"on target", f(-16, -3), 0, false},
		{"too loud", f(-10, 0.5), -6, false},
		{"raised within the headroom", f(-24, -10), 8, false},
		{"limited", f(-24, -4), 8, true},
		{"limited by at most 8 dB", f(-30, -2), 9, true},
		{"raised by at most 25 dB", f(-50, -40), 25, false},
		{"almost silent", f(-61, -50), 0, false},
		{"silent", &media.Findings{Silent: true}, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := New(clips.Media(nil), Options{Profile: Publish, Findings: c.f}, refusal.DefaultLimits())
			require.NoError(t, err)
			require.Equal(t, c.db, p.Audio.GainDB)
			require.Equal(t, c.limit, p.Audio.Limit)
			require.False(t, p.Audio.Measure)
		})
	}
}
