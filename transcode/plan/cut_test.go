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

func TestNew_Cut(t *testing.T) {
	const s = time.Second
	for name, c := range map[string]struct {
		cut   media.Cut
		want  media.Cut
		remux bool
	}{
		"uncut":              {media.Cut{}, media.Cut{To: 20 * s}, true},
		"whole length given": {media.Cut{To: 20 * s}, media.Cut{To: 20 * s}, true},
		"beyond the end":     {media.Cut{From: 5 * s, To: 99 * s}, media.Cut{From: 5 * s, To: 20 * s}, false},
		"to the end":         {media.Cut{From: 5 * s}, media.Cut{From: 5 * s, To: 20 * s}, false},
		"from the beginning": {media.Cut{To: 5 * s}, media.Cut{To: 5 * s}, false},
		"middle":             {media.Cut{From: 2 * s, To: 18 * s}, media.Cut{From: 2 * s, To: 18 * s}, false},
		"less than a frame removed": {
			media.Cut{From: 30 * time.Millisecond, To: 19970 * time.Millisecond}, media.Cut{To: 20 * s}, true,
		},
		"one frame removed": {
			media.Cut{From: 34 * time.Millisecond}, media.Cut{From: 34 * time.Millisecond, To: 20 * s}, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := New(clips.Media(nil), Options{Profile: Review, Cut: c.cut}, refusal.DefaultLimits())
			require.NoError(t, err)
			require.Equal(t, c.want, p.Cut)
			require.Equal(t, c.want.To-c.want.From, p.Duration)
			require.Equal(t, c.remux, p.Remux)
			require.Equal(t, newStoryboard(1920, 1080, p.Duration.Seconds()), p.Storyboard)
		})
	}
}

func TestNew_RefusesBadCuts(t *testing.T) {
	const s = time.Second
	long := func(d time.Duration) media.Media { return clips.Media(func(m *media.Media) { m.Duration = d }) }
	for name, c := range map[string]struct {
		m    media.Media
		cut  media.Cut
		code string
	}{
		"end before beginning": {clips.Media(nil), media.Cut{From: 5 * s, To: 4 * s}, refusal.CodeCut},
		"nothing between":      {clips.Media(nil), media.Cut{From: 5 * s, To: 5 * s}, refusal.CodeCut},
		"negative":             {clips.Media(nil), media.Cut{From: -s}, refusal.CodeCut},
		"negative end":         {clips.Media(nil), media.Cut{To: -s}, refusal.CodeCut},
		"after the end":        {clips.Media(nil), media.Cut{From: 20 * s}, refusal.CodeCutOutside},
		"too little left": {
			clips.Media(nil), media.Cut{From: 5 * s, To: 5*s + 200*time.Millisecond}, refusal.CodeTooShort,
		},
		"too little before the end": {
			clips.Media(nil), media.Cut{From: 19900 * time.Millisecond}, refusal.CodeTooShort,
		},
		"too much left":               {long(300 * s), media.Cut{From: 60 * s}, refusal.CodeTooLong},
		"too long uncut":              {long(300 * s), media.Cut{}, refusal.CodeTooLong},
		"source over MaxSource":       {long(723 * s), media.Cut{To: 60 * s}, refusal.CodeTooLong},
		"source just below MaxSource": {long(720 * s), media.Cut{From: 600 * s, To: 700 * s}, ""},
		"a third of a long source":    {long(300 * s), media.Cut{From: 200 * s, To: 300 * s}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(c.m, Options{Profile: Publish, Cut: c.cut}, refusal.DefaultLimits())
			if c.code == "" {
				require.NoError(t, err)
				return
			}
			require.Equal(t, c.code, fault.CodeOf(err))
			require.True(t, fault.Permanent(err))
		})
	}
}

func TestNew_RefusesSourcesOverMaxSource(t *testing.T) {
	const s = time.Second
	l := refusal.DefaultLimits()
	l.MaxSource = 30 * s
	m := clips.Media(func(m *media.Media) { m.Duration = 40 * s })
	_, err := New(m, Options{Profile: Publish, Cut: media.Cut{To: 5 * s}}, l)
	require.Equal(t, refusal.CodeTooLong, fault.CodeOf(err))
}
