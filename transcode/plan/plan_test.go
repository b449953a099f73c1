package plan

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/testkit/clips"
	"github.com/storyreel/storyreel/transcode/refusal"
)

func TestNew_RefusesUnknownOptions(t *testing.T) {
	for name, o := range map[string]Options{
		"no profile": {}, "profile": {Profile: "kit"}, "quality": {Profile: Publish, Quality: "best"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(clips.Media(nil), o, refusal.DefaultLimits())
			require.Equal(t, refusal.CodeBadOptions, fault.CodeOf(err))
		})
	}
}

func TestNew_RefusesSourcesOutsideTheLimits(t *testing.T) {
	for code, change := range map[string]func(*media.Media){
		refusal.CodePixels:   clips.Size(7680, 4320),
		refusal.CodeTooSmall: clips.Size(60, 60),
		refusal.CodeAspect:   clips.Size(2000, 100),
		refusal.CodeTooLong:  func(m *media.Media) { m.Duration = 183 * time.Second },
		refusal.CodeTooShort: func(m *media.Media) { m.Duration = 200 * time.Millisecond },
		refusal.CodeRate:     func(m *media.Media) { m.Video.AvgRate = 1000 },
		refusal.CodeCodec:    func(m *media.Media) { m.Video.DolbyVision = 5 },
		refusal.CodeCorrupt:  func(m *media.Media) { m.Video.Frames = 1 },
	} {
		t.Run(code, func(t *testing.T) {
			_, err := New(clips.Media(change), Options{Profile: Publish}, refusal.DefaultLimits())
			require.Equal(t, code, fault.CodeOf(err))
			require.True(t, fault.Permanent(err))
		})
	}
}

func TestNew_AcceptsSourcesAtTheLimits(t *testing.T) {
	for name, change := range map[string]func(*media.Media){
		"largest frame": clips.Size(4096, 2304), "4K portrait": clips.Size(2160, 3840),
		"within the tolerance": func(m *media.Media) { m.Duration = 181 * time.Second },
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(clips.Media(change), Options{Profile: Publish}, refusal.DefaultLimits())
			require.NoError(t, err)
		})
	}
}

func TestNew_IsPure(t *testing.T) {
	m := clips.Media(nil)
	a, err := New(m, Options{Profile: Publish}, refusal.DefaultLimits())
	require.NoError(t, err)
	b, err := New(m, Options{Profile: Publish}, refusal.DefaultLimits())
	require.NoError(t, err)
	require.Equal(t, a, b)
	require.Equal(t, clips.Media(nil), m, "New leaves its input unchanged")
}
