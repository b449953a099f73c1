package ffmpeg_test

import (
	"bytes"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/sandbox"
	"github.com/storyreel/storyreel/internal/testkit"
	"github.com/storyreel/storyreel/transcode/ffmpeg"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	testkit.Main(m)
}

// TestBackground_IsNice runs a program that prints its niceness.
func TestBackground_IsNice(t *testing.T) {
	t.Parallel()
	r, err := ffmpeg.NewRunner("nice", "", sandbox.Auto)
	require.NoError(t, err)
	niceness := func(r *ffmpeg.Runner) int {
		var out bytes.Buffer
		_, err := r.FFmpeg(t.Context(), ffmpeg.Spec{Step: "test", Dir: t.TempDir(), Stdout: &out})
		require.NoError(t, err)
		n, err := strconv.Atoi(strings.TrimSpace(out.String()))
		require.NoError(t, err)
		return n
	}
	before := niceness(r)
	require.Equal(t, max(before, 10), niceness(r.Background()))
	require.Equal(t, 10*time.Minute, r.Background().Stall)
	require.Equal(t, before, niceness(r), "the runner itself stays as it is")
}
