package plan

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/testkit/clips"
	"github.com/storyreel/storyreel/transcode/refusal"
)

func TestNew_RefusesWhatHardwareCannotEncode(t *testing.T) {
	for name, o := range map[string]Options{
		"AV1":             {Encoder: NVENC, AV1: true},
		"high quality":    {Encoder: VAAPI, Quality: High},
		"unknown encoder": {Encoder: "abacus"},
	} {
		t.Run(name, func(t *testing.T) {
			o.Profile = Publish
			_, err := New(clips.Media(nil), o, refusal.DefaultLimits())
			require.Equal(t, refusal.CodeBadOptions, fault.CodeOf(err))
		})
	}
}
