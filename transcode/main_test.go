package transcode

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/sandbox"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// A copy of the test program under one of these names stands in for ffmpeg.
const (
	hangs     = "hangs"     // says nothing and never ends
	complains = "complains" // says the same line and never ends
)

func TestMain(m *testing.M) {
	switch filepath.Base(os.Args[0]) {
	case complains:
		fmt.Fprintln(os.Stderr, "[Parsed_zscale_1 @ 0x1] code 3074: no path between colorspaces")
		fallthrough
	case hangs:
		_ = syscall.Pause()
	}
	sandbox.Main()
	os.Exit(m.Run())
}

// Planned is what the order makes of a video that must be taken.
func planned(t *testing.T, tr *Transcoder, src string, o plan.Options) plan.Plan {
	t.Helper()
	m, err := tr.Probe(t.Context(), src, refusal.DefaultLimits())
	require.NoError(t, err)
	plan, err := plan.New(m, o, refusal.DefaultLimits())
	require.NoError(t, err)
	return plan
}
