package transcode

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/clips"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
)

// TestRun_AnEncoderThatFailsGivesWay: a machine without the device publishes
// all the same, and the result names what coded it.
func TestRun_AnEncoderThatFailsGivesWay(t *testing.T) {
	tr := transcoder(t)
	src := clips.Get(t, "two-sounds")
	m, err := tr.Probe(t.Context(), src, DefaultLimits())
	require.NoError(t, err)
	for _, e := range Hardware {
		t.Run(string(e), func(t *testing.T) {
			plan, err := NewPlan(m, Order{Profile: Publish, Encoder: e, Known: &media.Findings{Silent: true}},
				DefaultLimits())
			require.NoError(t, err)
			res, err := tr.Run(t.Context(), plan, src, t.TempDir(), nil)
			require.NoError(t, err)
			want := e
			if err := tr.Try(t.Context(), e); err != nil {
				t.Logf("no %s here: %v", e, err)
				want = Software
			}
			require.Equal(t, want, res.Encoder)
		})
	}
}

func TestEncoder_ByName(t *testing.T) {
	tr := transcoder(t)
	require.NoError(t, tr.Try(t.Context(), Software), "the trial itself works")
	for _, name := range []string{"", "software"} {
		e, err := tr.Encoder(t.Context(), name)
		require.NoError(t, err)
		require.Equal(t, Software, e)
	}
	first := Software
	for _, h := range Hardware {
		e, err := tr.Encoder(t.Context(), string(h))
		if err != nil {
			require.Equal(t, fault.Unavailable, fault.KindOf(err))
			continue
		}
		require.Equal(t, h, e)
		if first == Software {
			first = h
		}
	}
	e, err := tr.Encoder(t.Context(), AutoEncoder)
	require.NoError(t, err)
	require.Equal(t, first, e)
	_, err = tr.Encoder(t.Context(), "abacus")
	require.Equal(t, fault.Invalid, fault.KindOf(err))
}

func TestNewPlan_HardwareHasNoOtherOrders(t *testing.T) {
	for _, o := range []Order{{Encoder: NVENC, AV1: true}, {Encoder: VAAPI, Quality: High}, {Encoder: "abacus"}} {
		o.Profile = Publish
		_, err := NewPlan(good(nil), o, DefaultLimits())
		require.Equal(t, CodeBadOptions, fault.CodeOf(err))
	}
}

// TestLacks_NothingOfWhatPlansCallFor: every encoder, muxer and filter of the
// recorded arguments is asked for, and this machine's ffmpeg has it.
func TestLacks_NothingOfWhatPlansCallFor(t *testing.T) {
	lacks, err := transcoder(t).Lacks(t.Context(), Order{AV1: true})
	require.NoError(t, err)
	require.Empty(t, lacks)

	// nothing to encode, and demuxers
	known := map[string]bool{"copy": true, "mov": true, "mpegts": true, av1Encoder: true}
	for _, d := range devices {
		known[d.codec] = true
	}
	for _, names := range needs {
		for _, n := range names {
			known[n] = true
		}
	}
	known["hwupload"] = true // of an encoder of hardware, which is tried whole
	files, err := filepath.Glob("testdata/*.args")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	label := regexp.MustCompile(`\[[^]]*\]`)
	for _, f := range files {
		b, err := os.ReadFile(f)
		require.NoError(t, err)
		args := strings.Split(string(b), "\n")
		for i, a := range args {
			switch {
			case a == "-f", strings.HasPrefix(a, "-c:"), a == "-c":
				require.True(t, known[args[i+1]], "%s: %s %s", f, a, args[i+1])
			case strings.HasPrefix(a, "-filter:"), a == "-filter_complex":
				chain := strings.ReplaceAll(args[i+1], `\,`, "")
				for _, one := range strings.FieldsFunc(chain, func(r rune) bool { return r == ',' || r == ';' }) {
					name, _, _ := strings.Cut(label.ReplaceAllString(one, ""), "=")
					require.True(t, known[name], "%s: filter %s", f, name)
				}
			}
		}
	}
}
