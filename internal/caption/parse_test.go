package caption

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
)

const webvtt = "\ufeffWEBVTT Kind: captions\n\nSTYLE\n::cue { background: url(https://example.com/spy) }\n\nNOTE " +
	"said in the kitchen\n\n" +
	"first\n00:01.000 --> 00:02.500 line:80%\n<v Ana>We <i>danced</i> &amp; sang</v>\nall night\n\n00:00:00.000 --> " +
	"00:00:00.900\n<script>alert(1)</script> 2 &lt; 3\n"

func TestParse_WebVTTBecomesPlain(t *testing.T) {
	cues, err := Parse(webvtt)
	require.NoError(t, err)
	require.Len(t, cues, 2)
	require.Equal(t, Cue{time.Second, 2500 * time.Millisecond, "We danced & sang\nall night"}, cues[1],
		"in order of time")
	out := VTT(cues)
	require.NotContains(t, out, "spy")
	require.NotContains(t, out, "<")
	require.Contains(t, out, "00:00:01.000 --> 00:00:02.500\nWe danced &amp; sang\nall night\n")
	again, err := Parse(out)
	require.NoError(t, err)
	require.Equal(t, cues, again, "what is written is read as the same")
}

func TestParse_SubRip(t *testing.T) {
	cues, err := Parse(
		"1\r\n00:00:01,000 --> 00:00:02,000\r\nHallo <b>Köln</b>\r\n\r\n2\r\n01:00:03,5 --> 01:00:04,000\r\n" +
			"Tschüss\r\n")
	require.NoError(t, err)
	require.Equal(t,
		[]Cue{
			{time.Second, 2 * time.Second, "Hallo Köln"},
			{time.Hour + 3500*time.Millisecond, time.Hour + 4*time.Second, "Tschüss"},
		}, cues)
}

func TestParse_Refuses(t *testing.T) {
	for name, file := range map[string]string{
		"empty": "", "only a head": "WEBVTT\n\n", "not captions": "Dear team,\nplease find attached.",
		"backwards": "WEBVTT\n\n00:05.000 --> 00:04.000\nx\n",
		"binary":    "\x00\x01\x02\xff", "too long": "WEBVTT\n\n" + strings.Repeat("x", MaxBytes),
		"no text":           "WEBVTT\n\n00:01.000 --> 00:02.000\n \n",
		"codes in disguise": "WEBVTT\n\n00:01.000 --> 00:02.000\n&#123;\\an8}\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(file)
			require.True(t, fault.Is(err, "caption.invalid"), err)
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add(webvtt)
	f.Add("1\n00:00:01,000 --> 00:00:02,000\nx\n")
	f.Fuzz(func(t *testing.T, file string) {
		cues, err := Parse(file)
		if err != nil {
			return
		}
		again, err := Parse(VTT(cues))
		if err != nil || len(again) != len(cues) {
			t.Fatalf("%d cues became %d: %v\n%s", len(cues), len(again), err, VTT(cues))
		}
	})
}
