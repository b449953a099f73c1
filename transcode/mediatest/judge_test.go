//go:build media

package mediatest

import (
	"encoding/binary"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
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
		require.Less(t, silentShare(t, review), 0.05, "share of silence in the review copy")
		require.Less(t, silentShare(t, publish), 0.05, "share of silence")
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

// silentShare returns the share of pieces of 20 ms that are 40 dB below the
// loudest one.
func silentShare(t *testing.T, path string) float64 {
	t.Helper()
	const size = 2 * 160
	out, err := exec.Command("ffmpeg", "-nostdin", "-v", "error", "-i", path, "-map", "0:a:0", "-ac", "1",
		"-ar", "8000", "-f", "s16le", "-").Output()
	require.NoError(t, err)
	var energy []float64
	for piece := range slices.Chunk(out[:len(out)-len(out)%size], size) {
		sum := 0.0
		for i := 0; i < size; i += 2 {
			v := float64(int16(binary.LittleEndian.Uint16(piece[i:])))
			sum += v * v
		}
		energy = append(energy, sum)
	}
	require.NotEmpty(t, energy)
	silent := 0
	for _, e := range energy {
		if e < slices.Max(energy)/1e4 {
			silent++
		}
	}
	return float64(silent) / float64(len(energy))
}
