//go:build media

package mediatest

import (
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// streamInfo is ffprobe's description of a stream of an output.
type streamInfo struct {
	Kind     string `json:"codec_type"`
	Codec    string `json:"codec_name"`
	Pix      string `json:"pix_fmt"`
	SAR      string `json:"sample_aspect_ratio"`
	Matrix   string `json:"color_space"`
	Range    string `json:"color_range"`
	Channels int    `json:"channels"`
}

// streams returns the streams of a file.
func streams(t *testing.T, path string) []streamInfo {
	t.Helper()
	out, err := exec.Command("ffprobe", "-v", "error", "-of", "json", "-show_streams", path).Output()
	require.NoError(t, err)
	var got struct {
		Streams []streamInfo `json:"streams"`
	}
	require.NoError(t, json.Unmarshal(out, &got))
	return got.Streams
}

// loudnessOf returns the integrated loudness in LUFS and checks the true peak.
func loudnessOf(t *testing.T, path string) float64 {
	t.Helper()
	out, err := exec.Command("ffmpeg", "-nostdin", "-v", "error", "-i", path, "-map", "0:a",
		"-af", "ebur128=peak=true:metadata=1,ametadata=mode=print:file=-", "-f", "null", "-").Output()
	require.NoError(t, err)
	all := regexp.MustCompile(`lavfi\.r128\.I=(\S+)`).FindAllStringSubmatch(string(out), -1)
	require.NotEmpty(t, all)
	v, err := strconv.ParseFloat(all[len(all)-1][1], 64)
	require.NoError(t, err)
	for _, p := range regexp.MustCompile(`lavfi\.r128\.true_peaks_ch\d=(\S+)`).FindAllStringSubmatch(string(out), -1) {
		peak, _ := strconv.ParseFloat(p[1], 64)
		require.LessOrEqual(t, 20*math.Log10(max(peak, 1e-9)), -0.3, "true peak")
	}
	return v
}

// harmless matches tag values that many files have and that reveal nothing.
var harmless = regexp.MustCompile(`(?i)^(und|eng|isom\w*|mp4\d|qt|lavf.*|lavc.*|.*handle.*|core media .*|` +
	`\d+|\d{2}:\d{2}:[\d.:;]+)$`)

// requireClean searches every output for the source's other tag values.
func requireClean(t *testing.T, src string, o outcome) {
	t.Helper()
	out, err := exec.Command("ffprobe", "-v", "quiet", "-of", "json", "-show_entries",
		"format_tags:stream_tags", src).Output()
	require.NoError(t, err)
	var got struct {
		Streams []struct{ Tags map[string]string }
		Format  struct{ Tags map[string]string }
	}
	require.NoError(t, json.Unmarshal(out, &got))
	secrets := map[string]bool{"<script": true}
	for _, s := range append(got.Streams, struct{ Tags map[string]string }{got.Format.Tags}) {
		for _, v := range s.Tags {
			if v = strings.TrimSpace(v); len(v) >= 5 && !harmless.MatchString(v) {
				secrets[v] = true
			}
		}
	}
	require.NoError(t, filepath.WalkDir(o.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for v := range secrets {
			require.False(t, strings.Contains(string(b), v), "%s contains %q of the source's metadata", d.Name(), v)
		}
		return nil
	}))
}
