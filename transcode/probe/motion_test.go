package probe

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/testkit/clips"
	"github.com/storyreel/storyreel/transcode/refusal"
)

func TestSniff_FindsTheVideoOfAMotionPhoto(t *testing.T) {
	for _, c := range clips.MotionPhotos {
		t.Run(c.Name, func(t *testing.T) {
			kind, part, err := Sniff(c.Path(t))
			require.NoError(t, err)
			require.Equal(t, "mov", kind)
			b, err := os.ReadFile(c.Path(t))
			require.NoError(t, err)
			require.Equal(t, "ftyp", string(b[part.Offset+4:part.Offset+8]))
			kind, whole, err := sniff(bytes.NewReader(b[part.Offset:part.Offset+part.Bytes]), part.Bytes)
			require.NoError(t, err)
			require.Equal(t, "mov", kind)
			require.Nil(t, whole)
		})
	}
}

// TestSniff_RefusesPhotosWithoutVideo: distances that lead nowhere, beyond the
// file or to something else than a video are ignored.
func TestSniff_RefusesPhotosWithoutVideo(t *testing.T) {
	good, err := os.ReadFile(clips.Get(t, "photo-micro-video"))
	require.NoError(t, err)
	at := bytes.Index(good, []byte(`Offset="`)) + 8
	for name, b := range map[string][]byte{
		"beyond the file":  append(append(bytes.Clone(good[:at]), `999999999999`...), good[at+6:]...),
		"zero":             append(append(bytes.Clone(good[:at]), `0" x="`...), good[at+6:]...),
		"elsewhere":        append(append(bytes.Clone(good[:at]), `12" x="`...), good[at+6:]...),
		"cut":              good[:at+200],
		"a plain photo":    {0xFF, 0xD8, 0xFF, 0xD9},
		"endless segments": bytes.Repeat([]byte{0xFF, 0xD8, 0xFF, 0xE1, 0, 0}, 5000),
		"HEIC":             []byte("\x00\x00\x00\x14ftypheic\x00\x00\x00\x00mif1"),
		"an empty box":     []byte("\x00\x00\x00\x14ftypheic\x00\x00\x00\x00mif1\x00\x00\x00\x08mpvd"),
		"samsung, nothing": []byte("\xFF\xD8\xFF\xD9MotionPhoto_Data"),
	} {
		t.Run(name, func(t *testing.T) {
			_, part, err := sniff(bytes.NewReader(b), int64(len(b)))
			require.Equal(t, refusal.CodeContainer, fault.CodeOf(err), "%v", part)
		})
	}
}

func FuzzMotionPart(f *testing.F) {
	for _, c := range clips.MotionPhotos {
		b, err := os.ReadFile(c.Path(f))
		require.NoError(f, err)
		f.Add(b[:min(len(b), 4096)])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if p := motionPart(bytes.NewReader(b), int64(len(b))); p != nil {
			require.True(t, p.Offset > 0 && p.Bytes > 0 && p.Offset+p.Bytes <= int64(len(b)), fmt.Sprint(p))
		}
	})
}
