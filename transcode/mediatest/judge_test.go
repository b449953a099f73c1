//go:build media

package mediatest

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/testkit/clips"
	"github.com/storyreel/storyreel/transcode/plan"
)

// What a right result may demand beside sizes and lengths.
var (
	warnings = regexp.MustCompile("warning `?(\\w+)")
	unbroken = regexp.MustCompile(`unbroken|whole audio|all audio`)
)

// compareWhatIsSeen checks what holds for every accepted file: the review copy
// and the published video play to their ends, show the same, and have their
// audio in time; and the warnings and unbroken audio that the right result
// names.
func compareWhatIsSeen(t *testing.T, src, right string, o outcome) {
	t.Helper()
	review := filepath.Join(o.dir, string(plan.Review), o.review.Assets.MP4)
	publish := filepath.Join(o.dir, string(plan.Publish), o.publish.Assets.MP4)
	requirePlays(t, review)
	requirePlays(t, publish)
	require.NoError(t, clips.Compare(review, publish))
	for _, m := range warnings.FindAllStringSubmatch(right, -1) {
		require.Contains(t, o.review.Findings.Warnings, m[1])
	}
	a := o.media.Audio
	if a == nil {
		return
	}
	if unbroken.MatchString(right) {
		require.Less(t, clips.SilentShare(t, review), 0.05, "share of silence in the review copy")
		require.Less(t, clips.SilentShare(t, publish), 0.05, "share of silence")
	}
	if !a.Packed && o.media.Section == nil { // ffmpeg alone reads neither
		require.NoError(t, clips.CompareAudioTimes(src, strconv.Itoa(a.Index), o.media.Offset, review))
		require.NoError(t, clips.CompareAudioTimes(src, strconv.Itoa(a.Index), o.media.Offset, publish))
	}
}

// requirePlays decodes a file of ours completely, without a message.
func requirePlays(t *testing.T, path string) {
	t.Helper()
	out, err := exec.Command("ffmpeg", "-nostdin", "-v", "warning", "-xerror", "-i", path, "-f", "null", "-").
		CombinedOutput()
	require.NoError(t, err, "%s: %s", path, out)
	require.Empty(t, strings.TrimSpace(string(out)), path)
}
