package transcode

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/transcode/plan"
)

func TestStoryboardVTT_CoversTheVideo(t *testing.T) {
	b := plan.Storyboard{Step: 1, Tiles: 13, Columns: 10, Rows: 2, Width: 108, Height: 192}
	v := storyboardVTT(b, "storyboard.jpg", 12340*time.Millisecond)
	require.True(t, strings.HasPrefix(v, "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nstoryboard.jpg#xywh=0,0,108,192\n"))
	require.Contains(t, v, "00:00:10.000 --> 00:00:11.000\nstoryboard.jpg#xywh=0,192,108,192\n")
	require.True(t, strings.HasSuffix(v, "00:00:12.000 --> 00:00:12.340\nstoryboard.jpg#xywh=216,192,108,192\n"))
}
