package probe

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/testkit/clips"
	"github.com/storyreel/storyreel/transcode/ffmpeg"
	"github.com/storyreel/storyreel/transcode/mp4"
)

func TestFamilyOf(t *testing.T) {
	for head, want := range map[string]string{
		"\x00\x00\x00\x18ftypisom":     "mov",
		"\x00\x00\x00\x64uuid\x85\xC0": "mov", // some cameras begin with a box of their own
		"\x00\x00\x00\x18stypmsdh":     "mov",
		"\x1A\x45\xDF\xA3\x01":         "matroska",
		"RIFF\x00\x00\x00\x00AVI LIST": "avi",
		"RIFF\x00\x00\x00\x00WAVEfmt ": "",
		"\x00\x00\x01\xBA\x44\x00\x04": "mpegps",
		"FLV\x01\x05\x00":              "flv",
		"OggS\x00\x02":                 "ogg",
		"\x30\x26\xB2\x75\x8E\x66\xCF\x11\xA6\xD9\x00\xAA\x00\x62\xCE\x6C": "asf",
		"": "",
	} {
		t.Run(fmt.Sprintf("%q", head), func(t *testing.T) { require.Equal(t, want, familyOf([]byte(head))) })
	}
}

func FuzzSniff(f *testing.F) {
	for _, c := range clips.Hostile {
		if len(c.Args) == 0 {
			b, err := os.ReadFile(c.Path(f))
			require.NoError(f, err)
			f.Add(b)
		}
	}
	b, err := os.ReadFile(clips.Get(f, "short"))
	require.NoError(f, err)
	f.Add(b[:min(len(b), 4096)])
	f.Fuzz(func(t *testing.T, b []byte) {
		kind, part, err := sniff(bytes.NewReader(b), int64(len(b)))
		require.True(t, err != nil || ffmpeg.Demuxers[kind] != "")
		require.True(t, part == nil || part.Offset > 0 && part.Bytes > 0 && part.Offset+part.Bytes <= int64(len(b)))
		_, _ = mp4.ParseTrack(bytes.NewReader(b), int64(len(b)), "vide")
	})
}
