package transcode

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/sandbox"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// A copy of the test program with one of these names replaces ffmpeg.
const (
	hangs     = "hangs"     // never ends
	complains = "complains" // prints a message and never ends
)

// hangLimit ends a run that hangs, whose error then has an unexpected code. It
// is far above the time of any run.
const hangLimit = 4 * time.Minute

func TestMain(m *testing.M) {
	switch filepath.Base(os.Args[0]) {
	case complains:
		fmt.Fprintln(os.Stderr, "[Parsed_zscale_1 @ 0x1] code 3074: no path between colorspaces")
		fallthrough
	case hangs:
		time.Sleep(time.Hour) //nolint:forbidigo // this program hangs on purpose; pause(2) is denied
	}
	sandbox.Main()
	os.Exit(m.Run())
}

// newPlan probes src and plans a run.
func newPlan(t *testing.T, tr *Transcoder, src string, o plan.Options) plan.Plan {
	t.Helper()
	m, err := tr.Probe(t.Context(), src, refusal.DefaultLimits())
	require.NoError(t, err)
	p, err := plan.New(m, o, refusal.DefaultLimits())
	require.NoError(t, err)
	return p
}
