//go:build media

package mediatest

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
)

// TestHostile runs the files of expected.json. max_seconds limits the CPU time
// of each file, because the elapsed time depends on other load.
func TestHostile(t *testing.T) {
	dir := folder(t, "HOSTILE")
	tr := newTranscoder(t)
	b, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	require.NoError(t, err)
	var list []struct {
		File       string   `json:"file"`
		Expected   []string `json:"expected"`
		MaxSeconds float64  `json:"max_seconds"`
		MaxMB      int64    `json:"max_mb"`
	}
	require.NoError(t, json.Unmarshal(b, &list))
	require.NotEmpty(t, list)
	for _, c := range list {
		t.Run(c.File, func(t *testing.T) {
			peakBefore, cpuBefore := peakRSS(t), cpuTime(t)
			ctx, stop := context.WithTimeout(t.Context(), hangLimit)
			defer stop()
			o := pipeline(ctx, t, tr, filepath.Join(dir, c.File))
			got := "ACCEPT"
			if o.err != nil {
				got = fault.CodeOf(o.err)
				require.True(t, fault.Permanent(o.err), "a hostile file is not retried: %v", o.err)
			} else {
				requireClean(t, filepath.Join(dir, c.File), o)
				compareWhatIsSeen(t, filepath.Join(dir, c.File), "", o)
			}
			mb := max(o.review.Usage.MaxRSS, o.publish.Usage.MaxRSS) >> 20
			if now := peakRSS(t); now > peakBefore {
				mb = max(mb, now>>20)
			}
			t.Logf("%s in %.2f s, %d MB", got, o.took.Seconds(), mb)
			ok := slices.Contains(c.Expected, got) || got == "ACCEPT" && slices.Contains(c.Expected, "ACCEPT_PARTIAL")
			require.True(t, ok, "%s, expected are %v: %v", got, c.Expected, o.err)
			require.LessOrEqual(t, (cpuTime(t) - cpuBefore).Seconds(), c.MaxSeconds, "CPU seconds")
			require.LessOrEqual(t, mb, c.MaxMB)
		})
	}
}

// cpuTime returns the CPU time of all ended children so far.
func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var ru syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_CHILDREN, &ru))
	return time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
}

// peakRSS returns the largest resident size of any ended child so far, bytes.
func peakRSS(t *testing.T) int64 {
	t.Helper()
	var ru syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_CHILDREN, &ru))
	return ru.Maxrss << 10
}
