package command

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/transcode/plan"
)

// TestNeeds_ListWhatArgumentsUse: every encoder, muxer and filter of the
// recorded arguments is in Needs.
func TestNeeds_ListWhatArgumentsUse(t *testing.T) {
	// copy is no encoder, mov and mpegts are demuxers
	known := map[string]bool{"copy": true, "mov": true, "mpegts": true, AV1Encoder: true}
	for _, e := range plan.Hardware {
		known[e.Device().Codec] = true
	}
	for _, names := range Needs {
		for _, n := range names {
			known[n] = true
		}
	}
	known["hwupload"] = true // a trial covers hardware encoders with their filters
	files, err := filepath.Glob("testdata/*.args")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	label := regexp.MustCompile(`\[[^]]*\]`)
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			b, err := os.ReadFile(f)
			require.NoError(t, err)
			args := strings.Split(string(b), "\n")
			for i, a := range args {
				switch {
				case a == "-f", strings.HasPrefix(a, "-c:"), a == "-c":
					require.True(t, known[args[i+1]], "%s %s", a, args[i+1])
				case strings.HasPrefix(a, "-filter:"), a == "-filter_complex":
					chain := strings.ReplaceAll(args[i+1], `\,`, "")
					for _, one := range strings.FieldsFunc(chain, func(r rune) bool { return r == ',' || r == ';' }) {
						name, _, _ := strings.Cut(label.ReplaceAllString(one, ""), "=")
						require.True(t, known[name], "filter %s", name)
					}
				}
			}
		})
	}
}
