package plan

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/testkit/clips"
	"github.com/storyreel/storyreel/transcode/refusal"
)

func TestNew_HardwareHasStandardQualityOnly(t *testing.T) {
	for _, o := range []Options{{Encoder: NVENC, AV1: true}, {Encoder: VAAPI, Quality: High}, {Encoder: "abacus"}} {
		o.Profile = Publish
		_, err := New(clips.Media(nil), o, refusal.DefaultLimits())
		require.Equal(t, refusal.CodeBadOptions, fault.CodeOf(err))
	}
}
